// ATTACKS row 25: clients that send or read slowly, or not at all, hold a connection and no more, and not for ever.
import { expect } from 'chai'
import { defaultGatewaySettings } from '../../../gateway/settings.js'
import { openArena, requestOf, type Arena } from './arena.js'
import { RawClient } from './raw-client.js'

const { timeouts, limits } = defaultGatewaySettings
const short = { ...timeouts, head: 500, bodyIdle: 500, keepAlive: 500 }
const mebi = 1024 * 1024

describe('slow clients', () => {
  let arena: Arena
  before(async () => {
    arena = await openArena({ settings: { timeouts: short } })
  })
  after(() => arena.close())

  for (const [what, bytes] of [
    ['half a request line', 'GET /a HT'],
    ['half a field', 'GET /a HTTP/1.1\r\nHost: h\r\nX: '],
  ] as const) {
    it(`${what} is answered 408 and closed`, async () => {
      const client = await new RawClient(arena.port).send(bytes).ending()
      expect(client.statuses).to.deep.equal([408])
      expect((await arena.judge(client)).upstream).to.deep.equal([])
    })
  }

  it('a head that drips is answered 408 too: its time runs from the first byte', async () => {
    const client = new RawClient(arena.port).send('GET /a HTTP/1.1\r\nHost: h\r\n')
    const drip = setInterval(() => client.send('X: y\r\n'), 100)
    await client.ending()
    clearInterval(drip)
    expect(client.statuses).to.deep.equal([408])
    expect((await arena.judge(client)).upstream).to.deep.equal([])
  })

  it('a connection that sends nothing is closed', async () => {
    const client = await new RawClient(arena.port).ending()
    expect(client.statuses).to.satisfy((all: number[]) => all.length === 0 || all[0] === 408)
  })

  it('a connection that stays after its answer is closed', async () => {
    const client = await new RawClient(arena.port).send(requestOf('GET / HTTP/1.1')).ending()
    expect(client.statuses).to.deep.equal([200])
    await arena.judge(client)
  })

  for (const [framing, part] of [
    ['Content-Length: 10', 'half'],
    ['Content-Length: 10', ''],
    ['Transfer-Encoding: chunked', '4\r\nhalf\r\n'],
    ['Transfer-Encoding: chunked', '4\r\nha'],
  ] as const) {
    it(`a body that stops (${framing}, ${JSON.stringify(part)}) is answered 408, and never whole upstream`, async () => {
      const client = await new RawClient(arena.port).send(requestOf('POST /a HTTP/1.1', [framing], part)).ending()
      expect(client.statuses).to.deep.equal([408])
      expect((await arena.judge(client)).upstream).to.deep.equal([])
    })
  }

  for (const part of ['', 'ha']) {
    it(`a body that stops (${JSON.stringify(part)}) behind its refusal closes the connection`, async () => {
      const client = new RawClient(arena.port).send(requestOf('GET /%2f HTTP/1.1', ['Content-Length: 4'], part))
      await client.ending()
      expect(client.statuses).to.deep.equal([400])
      expect((await arena.judge(client)).upstream).to.deep.equal([])
    })
  }

  it('a reader that takes nothing stops the upstream, and loses its connection', async () => {
    let written = 0
    let stopped = false
    const big = await openArena({
      settings: { timeouts: short },
      answer: (_request, socket) => {
        const piece = Buffer.from(`${mebi.toString(16)}\r\n${'x'.repeat(mebi)}\r\n`)
        socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
        const more = () => {
          do written += piece.length
          while (socket.write(piece))
        }
        socket.on('drain', more)
        socket.on('close', () => (stopped = true))
        more()
        return undefined
      },
    })
    const client = new RawClient(big.port)
    client.socket.pause()
    client.send(requestOf('GET /big HTTP/1.1'))
    await big.upstream.until(() => stopped)
    // what the kernel buffers on both connections, and no more
    expect(written).to.be.lessThan(64 * mebi)
    client.socket.resume()
    await client.ending()
    expect(client.finals).to.deep.equal([])
    await big.judge(client)
    await big.close()
  })

  it('a thousand idle connections cost little, and do not keep others out', async () => {
    const many = await openArena({ settings: { timeouts: { ...timeouts, head: 2_000 } } })
    const before = process.memoryUsage().rss
    const clients = Array.from({ length: 1000 }, (_, at) => {
      const client = new RawClient(many.port)
      return at % 2 === 0 ? client : client.send('GET /a HTTP/1.1\r\nHost: h\r\n')
    })
    await Promise.all(clients.map((client) => client.until(() => client.opened)))
    await many.attack(requestOf('GET / HTTP/1.1'))
    // both ends of each connection live in this process
    expect(process.memoryUsage().rss - before).to.be.lessThan(1000 * 96 * 1024)
    await Promise.all(clients.map((client) => client.ending()))
    await many.close()
  })

  it('connections beyond the limit are closed when they come', async () => {
    const few = await openArena({ settings: { limits: { ...limits, connections: 3 } } })
    const clients = Array.from({ length: 8 }, () => new RawClient(few.port))
    await Promise.all(clients.slice(3).map((client) => client.ending()))
    for (const client of clients) client.leave()
    await Promise.all(clients.map((client) => client.ending()))
    await few.attack(requestOf('GET / HTTP/1.1'))
    await few.close()
  })
})
