// Open-loop load in a process of its own: a request falls due every 1/rate seconds, whether or not earlier ones were
// answered, and is measured from the moment it was due, also while it waits for a free connection (so a stall counts
// against every request that it delays: coordinated omission). Plain sockets and answers framed by Content-Length, to
// take little of the machine; between two due times it sleeps at most 0.1 ms. Argument: one JSON plan; prints one JSON line.
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'

const plan = JSON.parse(process.argv[2] ?? '{}')
const url = new URL(plan.url)
const body = plan.body === undefined ? undefined : readFileSync(plan.body)
const request = Buffer.concat([
  Buffer.from(
    body === undefined
      ? `GET ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\n\r\n`
      : `POST ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`,
  ),
  body ?? Buffer.alloc(0),
])
const total = Math.round(plan.rate * plan.seconds)
const micros = new Float64Array(total)
const free = []
const waiting = []
let sent = 0
let answered = 0
let non2xx = 0
let broken = 0
let latestMs = 0

function openConnection() {
  const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true })
  const connection = { socket, at: -1, due: 0, left: -1, head: '' }
  socket.on('data', (chunk) => receive(connection, chunk))
  socket.on('error', () => lose(connection))
  socket.on('close', () => lose(connection))
  return new Promise((resolve) => socket.once('connect', () => resolve(connection)))
}

function receive(connection, chunk) {
  if (connection.left < 0) {
    connection.head += chunk.toString('latin1')
    const end = connection.head.indexOf('\r\n\r\n')
    if (end < 0) return
    const length = /\r\ncontent-length: *(\d+)/i.exec(connection.head.slice(0, end + 2))
    if (length === null) throw new Error(`an answer without Content-Length:\n${connection.head.slice(0, end)}`)
    if (connection.head.charAt(9) !== '2') non2xx += 1
    connection.left = Number(length[1]) - (connection.head.length - end - 4)
  } else connection.left -= chunk.length
  if (connection.left > 0) return
  micros[connection.at] = (performance.now() - connection.due) * 1000
  answered += 1
  Object.assign(connection, { at: -1, left: -1, head: '' })
  const next = waiting.shift()
  if (next === undefined) free.push(connection)
  else send(connection, next)
  if (answered + broken === total) report()
}

function lose(connection) {
  const index = free.indexOf(connection)
  if (index >= 0) free.splice(index, 1)
  if (connection.at < 0) return
  micros[connection.at] = Number.POSITIVE_INFINITY
  connection.at = -1
  broken += 1
  if (answered + broken === total) report()
}

function send(connection, { at, due }) {
  connection.at = at
  connection.due = due
  connection.socket.write(request)
}

function report() {
  const sorted = micros.sort()
  const at = (percent) => sorted[Math.min(total - 1, Math.ceil((percent / 100) * total) - 1)]
  const quantiles = {
    p50Micros: at(50),
    p90Micros: at(90),
    p99Micros: at(99),
    p999Micros: at(99.9),
    maxMicros: at(100),
  }
  process.stdout.write(`${JSON.stringify({ answered, non2xx, broken, latestMs, ...quantiles })}\n`, () =>
    process.exit(0),
  )
}

free.push(...(await Promise.all(Array.from({ length: plan.connections }, openConnection))))
const sleeper = new Int32Array(new SharedArrayBuffer(4))
const began = performance.now() + 50
function tick() {
  let now = performance.now()
  for (; sent < total; sent += 1) {
    const due = began + (sent * 1000) / plan.rate
    if (due > now) {
      Atomics.wait(sleeper, 0, 0, Math.min(0.1, due - now))
      break
    }
    latestMs = Math.max(latestMs, now - due)
    const connection = free.pop()
    if (connection === undefined) waiting.push({ at: sent, due })
    else send(connection, { at: sent, due })
    now = performance.now()
  }
  if (sent < total) setImmediate(tick)
}
tick()
