import { expect } from 'chai'
import type http from 'node:http'
import net from 'node:net'
import type { AddressInfo } from 'node:net'
import { routeTo, startGateway, startUpstream, type TestGateway, type TestUpstream } from '../../support/gateway.js'
import { Asking } from '../../support/asking.js'
import { settle, until } from '../../support/until.js'
import { RawClient } from '../attacks/raw-client.js'

async function silentUpstream(onSocket: (socket: net.Socket) => void) {
  const sockets = new Set<net.Socket>()
  const server = net.createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    onSocket(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () => {
    for (const socket of sockets) socket.destroy()
    return new Promise<void>((resolve) => server.close(() => resolve()))
  }
  return { port: (server.address() as AddressInfo).port, close }
}

const hasty = { connect: 300, head: 300, idle: 300 }

describe('what the gateway answers itself', () => {
  const closing: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0)) await close()
  })

  async function before(
    port: number,
    ...[route, settings]: [Parameters<typeof routeTo>[1]?, object?]
  ): Promise<TestGateway> {
    const gateway = await startGateway([routeTo(port, route)], settings)
    closing.push(() => gateway.close())
    return gateway
  }

  async function upstreamThat(handler: Parameters<typeof startUpstream>[0]): Promise<TestUpstream> {
    const upstream = await startUpstream(handler)
    closing.push(() => upstream.close())
    return upstream
  }

  async function problem(gateway: TestGateway, options = {}): Promise<[number, string, string | undefined]> {
    const asking = await new Asking(gateway.port, '/any', options).over()
    expect(asking.fields['content-type']).to.equal('application/problem+json')
    const { code, status } = JSON.parse(asking.text) as { code: string; status: number }
    expect(status).to.equal(asking.status)
    return [asking.status, code, asking.fields['retry-after']]
  }

  describe('of what the service does', () => {
    it('502 where the connection is refused, the name does not resolve, or the connection is reset', async () => {
      const gone = await startUpstream(() => undefined)
      await gone.close()
      expect(await problem(await before(gone.port))).to.deep.equal([502, 'WB_UPSTREAM_REFUSED', undefined])
      const nowhere = { url: new URL('http://nowhere.invalid') }
      expect((await problem(await before(1, { service: nowhere })))[1]).to.equal('WB_UPSTREAM_REFUSED')
      const resetting = await upstreamThat((request) => request.socket.resetAndDestroy())
      expect((await problem(await before(resetting.port)))[1]).to.equal('WB_UPSTREAM_RESET')
    })

    it('502 where the answer is not HTTP', async () => {
      const odd = await silentUpstream((socket) => socket.once('data', () => socket.end('SSH-2.0-x\r\n\r\n')))
      closing.push(odd.close)
      expect((await problem(await before(odd.port))).slice(0, 2)).to.deep.equal([502, 'WB_UPSTREAM_INVALID'])
    })

    it('503 where no connection to the service is free for as long as one may take; the next is answered', async () => {
      const held: http.ServerResponse[] = []
      const busy = await upstreamThat((request, response) => {
        if (request.url === '/held') held.push(response)
        else response.end('free')
      })
      const gateway = await before(busy.port, { service: { connections: 1, timeouts: { ...hasty, head: 60_000 } } })
      const first = new Asking(gateway.port, '/held')
      await until(() => held.length === 1)
      const refused = await new Asking(gateway.port, '/any').over()
      expect([refused.status, refused.fields['retry-after']]).to.deep.equal([503, '1'])
      expect(JSON.parse(refused.text)).to.include({ code: 'WB_OVERLOADED' })
      expect(refused.text).to.match(/no connection to service \S+ was free within 300 ms/)
      const waiting = new Asking(gateway.port, '/any')
      held[0]?.end('late')
      expect((await first.over()).text).to.equal('late')
      expect((await waiting.over()).text).to.equal('free')
    })

    it('504 where the head does not come; a body that stalls breaks the answer off', async () => {
      const silent = await silentUpstream(() => undefined)
      closing.push(silent.close)
      const route = { service: { timeouts: hasty } }
      expect((await problem(await before(silent.port, route))).slice(0, 2)).to.deep.equal([504, 'WB_UPSTREAM_TIMEOUT'])
      const stalling = await upstreamThat((_, response) =>
        response.writeHead(200, { 'Content-Length': 9 }).write('half'),
      )
      const gateway = await before(stalling.port, route)
      expect((await new Asking(gateway.port, '/').over()).state).to.equal('broken')
    })
  })

  it('404 without a route, 405 for TRACE and CONNECT, 417 for an unknown expectation', async () => {
    const upstream = await upstreamThat((_, response) => response.end())
    const gateway = await before(upstream.port, { match: { path: '/known' } })
    expect(await problem(gateway)).to.deep.equal([404, 'WB_NO_ROUTE', undefined])
    expect(await problem(gateway, { method: 'TRACE' })).to.deep.equal([405, 'WB_METHOD_REFUSED', undefined])
    expect(await problem(gateway, { headers: { Expect: 'wonders' } })).to.deep.equal([
      417,
      'WB_EXPECTATION_FAILED',
      undefined,
    ])
    const client = await new RawClient(gateway.port)
      .send('CONNECT a.example:443 HTTP/1.1\r\nHost: a.example\r\n\r\n')
      .answered()
    expect(client.statuses).to.deep.equal([405])
    client.leave()
    expect(upstream.count()).to.equal(0)
  })

  it('without a body where HEAD asked: the next answer follows the head', async () => {
    const upstream = await upstreamThat((_, response) => response.end('next'))
    for (const [mode, line] of [
      ['off', 'HEAD /none HTTP/1.1'],
      ['off', 'HEAD /dead HTTP/1.1'],
      ['async', 'HEAD /dead HTTP/1.1'],
      ['durable', 'HEAD /dead HTTP/1.1'],
      ['required', 'HEAD /dead HTTP/1.1'],
    ] as const) {
      const dead = routeTo(1, { name: 'dead', match: { path: '/dead' }, mode })
      const gateway = await startGateway([dead, routeTo(upstream.port, { match: { path: '/known' } })])
      closing.push(() => gateway.close())
      const client = new RawClient(gateway.port).send(`${line}\r\nHost: h\r\n\r\n`)
      await client.answered()
      await client.send('GET /known HTTP/1.1\r\nHost: h\r\n\r\n').answered(2)
      expect(client.finals[0]?.fields.join(), line).to.match(/Content-Length: [1-9]/)
      expect([client.finals[1]?.status, client.finals[1]?.body, client.unparsed], line).to.deep.equal([200, 'next', ''])
      client.leave()
    }
  })

  it('503 with Retry-After when full', async () => {
    const waiting: (() => void)[] = []
    const upstream = await upstreamThat((_, response) => waiting.push(() => response.end()))
    const gateway = await before(
      upstream.port,
      {},
      { limits: { headBytes: 16_384, fields: 100, inFlight: 1, connections: 100 } },
    )
    const first = new Asking(gateway.port, '/')
    await until(() => waiting.length === 1)
    expect(await problem(gateway)).to.deep.equal([503, 'WB_OVERLOADED', '1'])
    waiting[0]?.()
    expect((await first.over()).status).to.equal(200)
    const second = new Asking(gateway.port, '/')
    await until(() => waiting.length === 2)
    waiting[1]?.()
    expect((await second.over()).status).to.equal(200)
  })

  it('431 for a long field and for many fields, each with its limit counted', async () => {
    const upstream = await upstreamThat((_, response) => response.end())
    const gateway = await before(upstream.port)
    for (const fields of [`X: ${'x'.repeat(20_000)}\r\n`, 'a: b\r\n'.repeat(2_500)]) {
      const client = await new RawClient(gateway.port).send(`GET / HTTP/1.1\r\nHost: a\r\n${fields}\r\n`).answered()
      expect(client.statuses).to.deep.equal([431])
      client.leave()
    }
    expect(upstream.count()).to.equal(0)
  })

  it('431 for a long target, however its bytes are cut, and none up to the limit', async () => {
    const upstream = await upstreamThat((_, response) => response.end())
    const limits = { headBytes: 4_096, fields: 100, inFlight: 10, connections: 100 }
    const gateway = await before(upstream.port, {}, { limits })
    const headOf = (bytes: number) => {
      const [start, end] = ['GET /', ' HTTP/1.1\r\nHost: a\r\n\r\n']
      return `${start}${'x'.repeat(bytes - start.length - end.length)}${end}`
    }
    for (const [bytes, status] of [
      [4_096, 200],
      [4_097, 431],
      [10_000, 431],
    ] as const) {
      for (const cut of [0, bytes - 2, bytes - 20]) {
        const client = new RawClient(gateway.port).send(headOf(bytes).slice(0, cut))
        if (cut > 0) await settle()
        await client.send(headOf(bytes).slice(cut)).answered()
        expect(client.statuses, `${bytes} cut at ${cut}`).to.deep.equal([status])
        client.leave()
      }
    }
    expect(upstream.count()).to.equal(3)
  })

  it('408 for a head or a body that does not come', async () => {
    const upstream = await upstreamThat((request, response) => {
      request.resume()
      request.on('end', () => response.end())
    })
    const gateway = await before(
      upstream.port,
      { mode: 'durable' },
      { timeouts: { head: 300, bodyIdle: 300, keepAlive: 5_000 } },
    )
    for (const half of ['GET / HTTP/1.1\r\nHo', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf']) {
      const client = await new RawClient(gateway.port).send(half).ending()
      expect(client.statuses).to.deep.equal([408])
    }
    expect(gateway.recorder.closed.map(({ record }) => record.error)).to.deep.equal(['WB_REQUEST_TIMEOUT'])
  })
})

describe('a client that expects 100 (Continue)', () => {
  it('gets it from the gateway once the route is found, and the upstream sees no expectation', async () => {
    const upstream = await startUpstream((request, response) => {
      request.on('data', () => undefined)
      request.on('end', () => response.end(request.headers.expect ?? 'none'))
    })
    const gateway = await startGateway([routeTo(upstream.port, { match: { path: '/known' }, mode: 'required' })])
    const head = (path: string) =>
      `POST ${path} HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n`
    const client = new RawClient(gateway.port).send(head('/known'))
    await client.until(() => client.answers.length === 1)
    expect([client.statuses, upstream.count()]).to.deep.equal([[100], 0])
    client.send('ok')
    await client.answered()
    expect(client.finals[0]?.body).to.equal('none')
    client.leave()
    const refused = await new RawClient(gateway.port).send(head('/other')).answered()
    expect(refused.statuses).to.deep.equal([404])
    refused.leave()
    await gateway.close()
    await upstream.close()
  })
})

describe('an answer that the gateway makes itself', () => {
  it('says when it was made (RFC 9110 section 6.6.1)', async () => {
    const gateway = await startGateway([routeTo(1, { match: { path: '/known' } })])
    const dated = async (path: string, method: string) => {
      const asking = new Asking(gateway.port, path, { method, headers: { 'Max-Forwards': '0' } })
      const { status, fields } = await asking.over()
      expect(fields.date, String(status)).to.match(/^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/)
      expect(Math.abs(Date.parse(fields.date ?? '') - Date.now())).to.be.lessThan(10_000)
      return status
    }
    expect(await dated('/other', 'GET')).to.equal(404)
    expect(await dated('/known', 'OPTIONS')).to.equal(204)
    expect(await dated('/known', 'GET')).to.equal(502)
    const unread = await new RawClient(gateway.port).send('GET / HTTP/1.1\r\n\r\n').answered()
    expect(unread.statuses).to.deep.equal([400])
    expect(unread.finals[0]?.fields.join()).to.match(/Date: \w{3}, /)
    unread.leave()
    await gateway.close()
  })
})

describe('an OPTIONS request that may be forwarded so many more times', () => {
  it('loses one of them on its way, and is answered here where none is left (RFC 9110 section 7.6.2)', async () => {
    const upstream = await startUpstream((request, response) => response.end(request.headers['max-forwards'] ?? 'none'))
    const gateway = await startGateway([routeTo(upstream.port, { mode: 'durable' })])
    const ask = async (method: string, left: string) => {
      const { status, text } = await new Asking(gateway.port, '/a', {
        method,
        headers: { 'Max-Forwards': left },
      }).over()
      return [status, text]
    }
    expect(await ask('OPTIONS', '3')).to.deep.equal([200, '2'])
    expect(await ask('OPTIONS', 'many')).to.deep.equal([200, 'many'])
    expect(await ask('GET', '0')).to.deep.equal([200, '0'])
    expect(await ask('OPTIONS', '0')).to.deep.equal([204, ''])
    expect([upstream.count(), gateway.recorder.closed.length]).to.deep.equal([3, 3])
    await gateway.close()
    await upstream.close()
  })
})
