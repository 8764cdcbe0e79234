import { expect } from 'chai'
import http from 'node:http'
import { once } from 'node:events'
import { routeTo, startGateway, startUpstream, type TestGateway, type TestUpstream } from '../../support/gateway.js'
import { settle, until } from '../../support/until.js'

const chunk = Buffer.alloc(64 * 1024, 'x')
const mebi = 1024 * 1024
/** What is passed on and not yet collected counts as held, and newer Nodes collect it later: far below the whole is flat. */
const longBody = 768 * mebi

/** Writes `total` bytes as fast as they are taken; `taken` counts them. */
async function pour(into: NodeJS.WritableStream, total: number, taken: (bytes: number) => void): Promise<void> {
  for (let sent = 0; sent < total; sent += chunk.length) {
    taken(chunk.length)
    if (!into.write(chunk)) await once(into, 'drain')
  }
  into.end()
}

/** Bytes of buffers that the process holds. */
function held(): number {
  const { arrayBuffers, external } = process.memoryUsage()
  return Math.max(arrayBuffers, external)
}

describe('long bodies', () => {
  let upstream: TestUpstream
  let gateway: TestGateway
  let total: number
  let poured: number
  let received: number
  let slow: http.IncomingMessage | undefined
  beforeEach(async () => {
    poured = 0
    received = 0
    slow = undefined
    upstream = await startUpstream((request, response) => {
      if (request.url === '/stalls') slow = request
      else if (request.method === 'GET') void pour(response, total, (bytes) => (poured += bytes)).catch(() => undefined)
      else {
        request.on('data', (bytes: Buffer) => (received += bytes.length))
        request.on('end', () => response.end(String(received)))
      }
    })
    gateway = await startGateway([routeTo(upstream.port, { mode: 'durable' })])
  })
  afterEach(async () => {
    slow?.destroy()
    await gateway.close()
    await upstream.close()
  })

  const ask = (path: string, method = 'GET') =>
    http.request({ port: gateway.port, host: '127.0.0.1', path, method, agent: false })

  it('pass down in flat memory', async () => {
    total = longBody
    const before = held()
    let most = 0
    const request = ask('/')
    request.end()
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    let got = 0
    for await (const bytes of response) {
      got += (bytes as Buffer).length
      most = Math.max(most, held() - before)
    }
    expect(got).to.equal(total)
    expect(most).to.be.lessThan(longBody / 3)
    expect(gateway.recorder.closed[0]?.record.response?.bytes).to.equal(total)
  }).timeout(120_000)

  it('pass up in flat memory', async () => {
    total = longBody
    const before = held()
    let most = 0
    const request = ask('/', 'POST')
    request.flushHeaders()
    const answered = once(request, 'response') as Promise<[http.IncomingMessage]>
    await pour(request, total, () => (most = Math.max(most, held() - before)))
    const [response] = await answered
    response.resume()
    await once(response, 'end')
    expect(received).to.equal(total)
    expect(most).to.be.lessThan(longBody / 3)
    expect(gateway.recorder.closed[0]?.record.request.bytes).to.equal(total)
  }).timeout(120_000)

  it('stop at a client that does not read', async () => {
    total = 512 * mebi
    const request = ask('/')
    request.end()
    request.on('error', () => undefined)
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    response.pause()
    await stalls(() => poured)
    expect(poured / mebi).to.be.lessThan(64)
    response.destroy()
  })

  it('stop at an upstream that does not read', async () => {
    total = 512 * mebi
    const request = ask('/stalls', 'POST')
    request.on('error', () => undefined)
    let sent = 0
    void pour(request, total, (bytes) => (sent += bytes)).catch(() => undefined)
    await until(() => slow !== undefined)
    await stalls(() => sent)
    expect(sent / mebi).to.be.lessThan(64)
    request.destroy()
  })
})

/** Resolves when the count has stopped growing. */
async function stalls(count: () => number): Promise<void> {
  for (let same = 0, last = -1; same < 10;) {
    await settle()
    await new Promise((resolve) => setTimeout(resolve, 10))
    const now = count()
    same = now === last ? same + 1 : 0
    last = now
  }
}
