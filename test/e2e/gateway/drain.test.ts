import { expect } from 'chai'
import net from 'node:net'
import { routeTo, startGateway, startUpstream } from '../../support/gateway.js'
import { Asking } from '../../support/asking.js'
import { until } from '../../support/until.js'

describe('a gateway that drains', () => {
  it('lets exchanges in flight finish, accepts nothing new, and resolves when it is empty', async () => {
    const waiting: (() => void)[] = []
    const upstream = await startUpstream((_, response) => waiting.push(() => response.end('done')))
    const gateway = await startGateway([routeTo(upstream.port, { mode: 'durable' })])
    let drained: unknown
    gateway.signals.drained.subscribe((event) => (drained = event))
    const asking = new Asking(gateway.port, '/')
    await until(() => waiting.length === 1)
    const draining = gateway.gateway.drain(10_000)
    const refused = await new Promise((resolve) => {
      net.connect(gateway.port, '127.0.0.1').once('error', resolve)
    })
    expect((refused as NodeJS.ErrnoException).code).to.equal('ECONNREFUSED')
    waiting[0]?.()
    await asking.over()
    expect([asking.status, asking.text, asking.fields.connection]).to.deep.equal([200, 'done', 'close'])
    await draining
    expect(drained).to.include({ exchanges: 1 })
    expect(gateway.recorder.closed[0]?.record.outcome).to.equal('complete')
    await upstream.close()
  })

  it('ends a connection with the answer under way, and forwards nothing that was sent after it', async () => {
    const waiting: (() => void)[] = []
    const upstream = await startUpstream((_, response) => waiting.push(() => response.end('done')))
    const gateway = await startGateway([routeTo(upstream.port)])
    const socket = net.connect(gateway.port, '127.0.0.1')
    let got = ''
    socket.on('data', (chunk) => (got += chunk.toString()))
    socket.write('GET /1 HTTP/1.1\r\nHost: a\r\n\r\n')
    await until(() => waiting.length === 1)
    const draining = gateway.gateway.drain(10_000)
    socket.write('GET /2 HTTP/1.1\r\nHost: a\r\n\r\n')
    waiting[0]?.()
    await draining
    await until(() => socket.destroyed)
    expect(got).to.match(/^HTTP\/1.1 200 /)
    expect(upstream.count()).to.equal(1)
    await upstream.close()
  })

  it('cuts off what outlasts the limit, and records it', async () => {
    const upstream = await startUpstream((_, response) => response.write('half'))
    const gateway = await startGateway([routeTo(upstream.port, { mode: 'durable' })])
    const asking = await new Asking(gateway.port, '/').until(({ text }) => text === 'half')
    await gateway.gateway.drain(50)
    await asking.over()
    expect(asking.state).to.equal('broken')
    await gateway.recorder.until(({ closed }) => closed.length === 1)
    await upstream.close()
  })

  it('is named as what cut an exchange off, whether or not it had an answer, and no service is', async () => {
    const upstream = await startUpstream((request, response) => {
      if (request.url === '/silent') return
      if (request.url === '/events') response.setHeader('Content-Type', 'text/event-stream')
      else if (request.url === '/length') response.setHeader('Content-Length', 10)
      response.write('half')
    })
    for (const mode of ['async', 'durable', 'required'] as const) {
      const gateway = await startGateway([routeTo(upstream.port, { mode, service: { connections: 4 } })])
      const failed: unknown[] = []
      gateway.signals.upstreamFailed.subscribe((event) => failed.push(event))
      const paths = ['/events', '/length', '/open', '/silent', '/waits']
      const asked = paths.map((path) => new Asking(gateway.port, path))
      await until(() => gateway.recorder.intents.length === paths.length)
      await until(() => upstream.count() % 4 === 0 && upstream.count() > 0)
      await until(() => asked.filter(({ status }) => status === 200).length === 3)
      await gateway.gateway.drain(50)
      for (const asking of asked) expect((await asking.over()).state).to.equal('broken')
      const records = gateway.recorder.closed.map(({ record }) => record)
      expect(records.map(({ outcome, error }) => `${outcome} ${error}`)).to.deep.equal(
        paths.map(() => 'failed WB_DRAINING'),
        mode,
      )
      expect(failed).to.deep.equal([])
    }
    await upstream.close()
  })

  it('cuts off a request whose body has not come by the limit, and records it', async () => {
    const upstream = await startUpstream((_, response) => response.end())
    const gateway = await startGateway([routeTo(upstream.port, { mode: 'durable' })])
    const socket = net.connect(gateway.port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n')
    await until(() => gateway.recorder.intents.length === 1)
    await gateway.gateway.drain(50)
    await until(() => socket.destroyed)
    expect(gateway.recorder.closed[0]?.record).to.include({ outcome: 'refused', error: 'WB_DRAINING' })
    await upstream.close()
  })
})
