// What follows a request on its connection (rows 1 to 6 beyond the first request): later requests wait for their turn, and
// nothing that was sent behind a refused head or behind junk is ever taken for a request or answered into another answer.
import { expect } from 'chai'
import { expectRefused, openArena, requestOf, type Arena } from './arena.js'
import { RawClient } from './raw-client.js'

for (const mode of ['off', 'async', 'durable'] as const) {
  describe(`attacks behind a request, recording ${mode}`, () => {
    let arena: Arena
    let release: (() => void) | undefined
    before(async () => {
      arena = await openArena({
        mode,
        answer: (request, socket) => {
          if (request.line.includes('/slow')) {
            socket.write('HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf')
            release = () => socket.write('half')
            return undefined
          }
          return 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
        },
      })
    })
    after(() => arena.close())

    it('requests of one connection reach the upstream one after the other, and are answered in order', async () => {
      const bytes = ['POST', 'GET', 'DELETE', 'GET'].map((method, at) =>
        requestOf(
          `${method} /${at} HTTP/1.1`,
          method === 'POST' ? ['Content-Length: 3'] : [],
          method === 'POST' ? 'abc' : '',
        ),
      )
      const verdict = await arena.attack(bytes.join(''), 4)
      expect(verdict.statuses).to.deep.equal([200, 200, 200, 200])
      expect(verdict.upstream.map((request) => request.line)).to.deep.equal([
        'POST /0 HTTP/1.1',
        'GET /1 HTTP/1.1',
        'DELETE /2 HTTP/1.1',
        'GET /3 HTTP/1.1',
      ])
    })

    it('nothing is served after a refused head, nor after Connection: close', async () => {
      const next = requestOf('GET /next HTTP/1.1')
      expectRefused(await arena.attack(requestOf('GET /a#b HTTP/1.1') + next, 2), 400)
      expectRefused(await arena.attack(requestOf('GET /a HTTP/1.1', ['Host: a', 'Host: b']) + next, 2), 400)
      const closing = await arena.attack(requestOf('GET /last HTTP/1.1', ['Connection: close']) + next, 2)
      expect(closing.statuses).to.deep.equal([200])
      expect(closing.closed).to.equal(true)
      expect(closing.upstream.map((request) => request.line)).to.deep.equal(['GET /last HTTP/1.1'])
    })

    it('junk behind a request does not land in its answer', async () => {
      const client = new RawClient(arena.port).send(`${requestOf('GET /slow HTTP/1.1')}junk\r\n\r\n`)
      await client.send('more\r\n\r\n').until(() => client.unparsed.endsWith('half'))
      release?.()
      await client.ending()
      expect(client.finals.map((answer) => answer.status)).to.deep.equal([200, 400])
      expect(client.finals[0]?.body).to.equal('halfhalf')
      expect(client.unparsed).to.equal('')
      expect((await arena.judge(client)).upstream).to.have.length(1)
    })

    it('an upgrade behind a request that is not answered yet does no harm', async () => {
      for (const upgrade of ['h2c', 'custom', 'websocket']) {
        const asked = requestOf('GET /up HTTP/1.1', ['Connection: Upgrade', `Upgrade: ${upgrade}`])
        const client = new RawClient(arena.port).send(requestOf('GET /slow HTTP/1.1') + asked)
        await client.until(() => client.unparsed.endsWith('half'))
        release?.()
        await client.answered(2)
        expect(client.finals[0]?.body).to.equal('halfhalf')
        expect(client.finals.length === 2 || client.closed).to.equal(true)
        await arena.judge(client)
      }
    })

    it('junk in a body whose answer has begun breaks the connection', async () => {
      const head = requestOf('POST /early HTTP/1.1', ['Transfer-Encoding: chunked'], '3\r\nabc\r\n')
      const early = await openArena({ mode })
      try {
        early.upstream.onHead = (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf')
        const client = new RawClient(early.port).send(head)
        await client.until(() => client.unparsed.endsWith('half'))
        await client.send('zzz\r\n').ending()
        expect(client.unparsed).to.match(/half$/)
        expect(client.finals).to.deep.equal([])
      } finally {
        await early.close()
      }
    })
  })
}
