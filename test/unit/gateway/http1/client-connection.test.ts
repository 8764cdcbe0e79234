import { expect } from 'chai'
import { once } from 'node:events'
import net, { type AddressInfo, type Socket } from 'node:net'
import { ClientConnection, type RequestTaker } from '../../../../gateway/http1/client-connection.js'
import type { ClientStream } from '../../../../gateway/http1/client-stream.js'
import { ConnectionHop } from '../../../../gateway/http1/connection-hop.js'
import { defaultGatewaySettings } from '../../../../gateway/settings.js'
import { until } from '../../../support/until.js'

const { limits, timeouts } = defaultGatewaySettings
/** More than the system takes off the gateway's hands. */
const answer = Buffer.alloc(48 * 1024 * 1024, 'x')
const place = { scheme: 'http' as const, port: 80 }

const closing: (() => void)[] = []
function closeAll(): void {
  for (const close of closing.splice(0)) close()
}

/** A client and the socket on which it is served, until `closeAll`. */
async function connected(options: { readonly allowHalfOpen: boolean }): Promise<{ client: Socket; socket: Socket }> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = net.connect({ port, host: '127.0.0.1', ...options }).on('error', () => undefined)
  client.pause()
  const [socket] = (await once(server, 'connection')) as [Socket]
  closing.push(() => {
    client.destroy()
    server.close()
  })
  return { client, socket }
}

describe('an answer that ends its connection', () => {
  afterEach(closeAll)

  /** A client that has asked, and reads nothing until it is resumed; its answer is handed over whole. */
  async function answered(bodyIdle: number): Promise<{ client: Socket; socket: Socket; connection: ClientConnection }> {
    // to stay open behind the answer's end
    const { client, socket } = await connected({ allowHalfOpen: true })
    const taker: RequestTaker = {
      take: (stream) => {
        stream.persistent = false
        stream.write(answer)
        stream.end()
      },
      refused: () => undefined,
    }
    const connection = new ClientConnection(socket, {
      taker,
      settings: { limits, timeouts: { ...timeouts, bodyIdle } },
      hop: new ConnectionHop('127.0.0.1', place, () => false),
      clock: { now: performance.now() },
    })
    client.write('GET / HTTP/1.0\r\n\r\n')
    await until(() => socket.writableLength > 0)
    return { client, socket, connection }
  }

  it('waits for a client that takes its time, and lets go of one that has it all', async () => {
    const { client, socket, connection } = await answered(60_000)
    connection.look(performance.now() + 60_000)
    expect(socket.destroyed).to.equal(false)
    let bytes = 0
    client.on('data', (chunk: Buffer) => (bytes += chunk.length))
    client.resume()
    await once(socket, 'finish')
    connection.look(performance.now() + 1_000)
    expect(socket.destroyed).to.equal(false)
    connection.look(performance.now() + 60_000)
    expect(socket.destroyed).to.equal(true)
    await once(client, 'end')
    expect(bytes).to.equal(answer.length)
  })

  for (const [what, drop] of [
    ['a client that takes nothing for long', undefined],
    ['a gateway that waits no longer', (connection: ClientConnection) => connection.drop()],
  ] as const) {
    it(`is broken by ${what}, never cleanly`, async () => {
      const { socket, connection } = await answered(200)
      // a client of Node reads a reset behind unread bytes as an end
      let reset = false
      const resetAndDestroy = socket.resetAndDestroy.bind(socket)
      socket.resetAndDestroy = () => {
        reset = true
        return resetAndDestroy()
      }
      drop?.(connection)
      await until(() => socket.destroyed)
      expect(reset).to.equal(true)
    })
  }
})

describe('a body that has no taker yet', () => {
  afterEach(closeAll)

  /** A client that has sent a head and `sent` bytes of its body, which nobody reads. */
  async function sending(sent: number) {
    const { client, socket } = await connected({ allowHalfOpen: false })
    let stream: ClientStream | undefined
    const taker: RequestTaker = {
      take: (taken) => {
        stream = taken
        taken.frame({ kind: 'length', length: sent })
      },
      refused: () => undefined,
    }
    const parts = { taker, settings: { limits, timeouts }, hop: new ConnectionHop('127.0.0.1', place, () => false) }
    new ClientConnection(socket, { ...parts, clock: { now: performance.now() } })
    client.write(
      Buffer.concat([Buffer.from(`POST / HTTP/1.1\r\nContent-Length: ${sent}\r\n\r\n`), Buffer.alloc(sent, 'b')]),
    )
    await until(() => stream !== undefined)
    return { socket, stream: stream as unknown as ClientStream }
  }

  it('stays in the client’s hands but for two buffers', async () => {
    const sent = 32 * 1024 * 1024
    const { socket, stream } = await sending(sent)
    await until(() => socket.isPaused())
    // with what its own buffer takes, 64 KiB and a read more in Node 24
    expect(socket.bytesRead).to.be.lessThan(320 * 1024)
    let read = 0
    const whole = new Promise<void>((ended) => {
      stream.readBody({ take: (bytes) => (read += bytes.length) > 0, ended: () => ended() })
    })
    await whole
    expect(read).to.equal(sent)
  })

  it('does not hold up its client where it is short', async () => {
    const { socket, stream } = await sending(10_000)
    await until(() => socket.bytesRead > 10_000)
    expect(socket.isPaused()).to.equal(false)
    let read = ''
    stream.readBody({ take: (bytes) => (read += bytes.toString('latin1')) !== '', ended: () => undefined })
    expect(read).to.equal('b'.repeat(10_000))
  })
})
