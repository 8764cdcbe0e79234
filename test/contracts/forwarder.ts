// What every forwarder does, whatever carries it: one suite, run on each implementation.
import { expect } from 'chai'
import http from 'node:http'
import net from 'node:net'
import type { AddressInfo } from 'node:net'
import type { Forwarder, ForwardRequest } from '../../gateway/forwarder.js'
import type { Service } from '../../gateway/route.js'
import { routeTo } from '../support/gateway.js'
import { Listening } from '../support/listening-handler.js'

const host = ['Host', 'service.example']
const plain: Omit<ForwardRequest, 'fields'> = {
  method: 'GET',
  path: '/a?b=c',
  chunked: false,
  upgrade: null,
  body: null,
}

/** Is not done with the bytes when it is told of the end: its own reader is slow. */
class Keeping extends Listening {
  readonly kept: Buffer[] = []

  override onChunk(chunk: Buffer): boolean {
    super.onChunk(chunk)
    this.kept.push(chunk)
    const whole = this.kept.reduce((sum, { length }) => sum + length, 0) === 30_000
    // what is not the last piece has been taken when the call returns
    if (!whole) this.kept[this.kept.length - 1] = Buffer.from(chunk)
    return !whole
  }
}

export function itForwards(name: string, create: (service: Service) => Forwarder): void {
  describe(`the ${name} forwarder`, () => {
    const closing: (() => Promise<unknown>)[] = []
    afterEach(async () => {
      for (const close of closing.splice(0)) await close()
    })

    function forwarderTo(port: number, service: Partial<Service> = {}): Forwarder {
      const forwarder = create(routeTo(port, { service }).service)
      closing.push(() => forwarder.close())
      return forwarder
    }

    async function forwarderBefore(handler: http.RequestListener, service: Partial<Service> = {}): Promise<Forwarder> {
      const server = http.createServer(handler)
      return forwarderTo(await listening(server), service)
    }

    async function forwarderBeforeRaw(onData: (socket: net.Socket) => void, service: Partial<Service> = {}) {
      const sockets = new Set<net.Socket>()
      const server = net.createServer((socket) => {
        sockets.add(socket)
        socket.on('error', () => socket.destroy())
        socket.on('close', () => sockets.delete(socket))
        socket.once('data', () => onData(socket))
      })
      const port = await listening(server)
      closing.unshift(() => {
        for (const socket of sockets) socket.destroy()
        return Promise.resolve()
      })
      return { forwarder: forwarderTo(port, service), sockets }
    }

    async function listening(server: net.Server): Promise<number> {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      closing.push(
        () =>
          new Promise((resolve) => {
            server.close(resolve)
            if (server instanceof http.Server) server.closeAllConnections()
          }),
      )
      return (server.address() as AddressInfo).port
    }

    it('sends method, target, Host and fields as given, duplicates apart', async () => {
      let seen: http.IncomingMessage | undefined
      const forwarder = await forwarderBefore((request, response) => {
        seen = request
        response.end()
      })
      const handler = new Listening()
      forwarder.dispatch(
        { ...plain, fields: [...host, 'X-One', '1', 'x-two', 'b', 'X-Two', 'a', 'Accept', '*/*'] },
        handler,
      )
      await handler.over()
      expect(seen?.method).to.equal('GET')
      expect(seen?.url).to.equal('/a?b=c')
      expect(seen?.headers.host).to.equal('service.example')
      const own = new Set(['host', 'connection'])
      const raw = seen?.rawHeaders ?? []
      const pairs = raw.flatMap((part, at) =>
        at % 2 === 0 && !own.has(part.toLowerCase()) ? [[part, raw[at + 1]]] : [],
      )
      expect(pairs).to.deep.equal([
        ['X-One', '1'],
        ['x-two', 'b'],
        ['X-Two', 'a'],
        ['Accept', '*/*'],
      ])
    })

    it('gives the answer’s head with case, order and duplicates, its chunks, its end', async () => {
      const forwarder = await forwarderBefore((_request, response) => {
        response.writeHead(418, 'Short And Stout', [
          'Set-Cookie',
          'a',
          'X-Case',
          'y',
          'Set-Cookie',
          'b',
          'X-\xe9'.slice(0, 2) + 'Latin',
          '\xe9',
        ])
        response.end('tea')
      })
      const handler = new Listening()
      forwarder.dispatch({ ...plain, fields: host }, handler)
      await handler.over()
      const [head] = handler.events
      expect(head).to.deep.include({ kind: 'head', status: 418, reason: 'Short And Stout' })
      const fields = head?.kind === 'head' ? head.fields : []
      expect(fields.slice(0, 8)).to.deep.equal(['Set-Cookie', 'a', 'X-Case', 'y', 'Set-Cookie', 'b', 'X-Latin', '\xe9'])
      expect(handler.text).to.equal('tea')
      expect(handler.events.at(-1)?.kind).to.equal('end')
    })

    it('sends a whole body with its length', async () => {
      const forwarder = await forwarderBefore((request, response) => {
        request.pipe(response)
        response.setHeader('X-Length', request.headers['content-length'] ?? 'none')
      })
      const handler = new Listening()
      const body = Buffer.from('forty-two')
      forwarder.dispatch(
        { ...plain, method: 'POST', body, fields: [...host, 'Content-Length', String(body.length)] },
        handler,
      )
      await handler.over()
      expect(handler.text).to.equal('forty-two')
      const head = handler.events[0]
      expect(head?.kind === 'head' && head.fields.includes('9')).to.equal(true)
    })

    it('passes interim answers on before the head', async () => {
      const forwarder = await forwarderBefore((_request, response) => {
        response.writeEarlyHints({ link: '</style.css>; rel=preload' }, () => response.end('ok'))
      })
      const handler = new Listening()
      forwarder.dispatch({ ...plain, fields: host }, handler)
      await handler.over()
      expect(handler.events.map(({ kind }) => kind)).to.deep.equal(['information', 'head', 'chunk', 'end'])
      expect(handler.events[0]).to.deep.include({ status: 103 })
    })

    it('gives trailers', async () => {
      const forwarder = await forwarderBefore((_request, response) => {
        response.writeHead(200, { Trailer: 'X-Sum' })
        response.write('a')
        response.addTrailers({ 'X-Sum': '1' })
        response.end()
      })
      const handler = new Listening()
      forwarder.dispatch({ ...plain, fields: host }, handler)
      await handler.over()
      expect(handler.events.at(-1)).to.deep.equal({ kind: 'end', trailers: ['X-Sum', '1'] })
    })

    it('gives no chunk while paused, and the rest on resume', async () => {
      const size = 4_000_000
      const forwarder = await forwarderBefore((_request, response) => response.end(Buffer.alloc(size, 'x')))
      const handler = new Listening()
      handler.flow = false
      const call = forwarder.dispatch({ ...plain, fields: host }, handler)
      await handler.until(() => handler.events.length === 1)
      for (let rounds = 0; rounds < 3; rounds++) await new Promise(setImmediate)
      expect(handler.events.map(({ kind }) => kind)).to.deep.equal(['head'])
      handler.flow = true
      call.resume()
      await handler.over()
      expect(handler.text.length).to.equal(size)
    })

    it('leaves bytes that are in use as they are when the next request goes over the same connection', async () => {
      const size = 30_000
      let answers = 0
      const forwarder = await forwarderBefore(
        (_request, response) => response.end(Buffer.alloc(size, (answers++).toString())),
        { connections: 1 },
      )
      const [first, second] = [new Keeping(), new Listening()]
      forwarder.dispatch({ ...plain, fields: host }, first)
      forwarder.dispatch({ ...plain, fields: host }, second)
      await first.over()
      await second.over()
      expect(second.text).to.equal('1'.repeat(size))
      expect(first.kept.map((chunk) => chunk.toString()).join('')).to.equal('0'.repeat(size))
    })

    it('ends the upstream’s connection on abort and says no more', async () => {
      let left = false
      const handler = new Listening()
      const forwarder = await forwarderBefore((_request, response) => {
        response.on('close', () => {
          left = true
          void handler.until(() => true)
        })
        response.write('first')
      })
      const gone = new Promise<void>((resolve) => {
        const look = () => (left ? resolve() : setImmediate(look))
        look()
      })
      const call = forwarder.dispatch({ ...plain, fields: host }, handler)
      await handler.until(() => handler.text !== '')
      const heard = handler.events.length
      call.abort()
      await gone
      expect(handler.events.length).to.equal(heard)
    })

    it('names a refused connection', async () => {
      const server = net.createServer()
      const port = await listening(server)
      await new Promise((resolve) => server.close(resolve))
      const handler = new Listening()
      forwarderTo(port).dispatch({ ...plain, fields: host }, handler)
      await handler.over()
      expect(handler.failure?.code).to.equal('WB_UPSTREAM_REFUSED')
    })

    it('names a connection that breaks before the head, and one that breaks in the body', async () => {
      for (const [sent, code] of [
        ['', 'WB_UPSTREAM_RESET'],
        ['HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf', 'WB_UPSTREAM_RESET'],
        ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nha', 'WB_UPSTREAM_RESET'],
      ] as const) {
        const { forwarder } = await forwarderBeforeRaw((socket) => socket.end(sent))
        const handler = new Listening()
        forwarder.dispatch({ ...plain, fields: host }, handler)
        await handler.over()
        expect(handler.failure?.code, JSON.stringify(sent)).to.equal(code)
      }
    })

    it('names an answer that is not HTTP', async () => {
      const { forwarder } = await forwarderBeforeRaw((socket) => socket.end('220 mail.example ESMTP\r\n'))
      const handler = new Listening()
      forwarder.dispatch({ ...plain, fields: host }, handler)
      await handler.over()
      expect(handler.failure?.code).to.equal('WB_UPSTREAM_INVALID')
    })

    it('gives up on a head that does not come', async () => {
      const { forwarder } = await forwarderBeforeRaw(() => undefined, {
        timeouts: { connect: 500, head: 300, idle: 300 },
      })
      const handler = new Listening()
      forwarder.dispatch({ ...plain, fields: host }, handler)
      await handler.over()
      expect(handler.failure?.code).to.equal('WB_UPSTREAM_TIMEOUT')
    })

    it('gives up on a head that drips: its time runs from the end of the request', async () => {
      const { forwarder } = await forwarderBeforeRaw(
        (socket) => {
          socket.write('HTTP/1.1 200 OK\r\n')
          const drip = setInterval(() => socket.write('X: y\r\n'), 50)
          socket.on('close', () => clearInterval(drip))
        },
        { timeouts: { connect: 500, head: 300, idle: 300 } },
      )
      const handler = new Listening()
      forwarder.dispatch({ ...plain, fields: host }, handler)
      await handler.over()
      expect(handler.failure?.code).to.equal('WB_UPSTREAM_TIMEOUT')
    })

    it('gives up on a body that stalls', async () => {
      const { forwarder } = await forwarderBeforeRaw(
        (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'),
        { timeouts: { connect: 500, head: 300, idle: 300 } },
      )
      const handler = new Listening()
      forwarder.dispatch({ ...plain, fields: host }, handler)
      await handler.over()
      expect(handler.failure?.code).to.equal('WB_UPSTREAM_TIMEOUT')
    })
  })
}
