// ATTACKS rows 34 and 38: patterns and names that try to cost time, memory or the readability of logs.
import { expect } from 'chai'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { loadConfig } from '../../../config/load.js'
import { createMetrics } from '../../../control/metrics.js'
import { attachTelemetry } from '../../../control/telemetry.js'
import { gathererCatalog } from '../../../gatherers/catalog.js'
import { routeTo } from '../../support/gateway.js'
import { openArena, requestOf, type Arena } from './arena.js'
import { RawClient } from './raw-client.js'

describe('row 34: catastrophic route patterns', () => {
  it('are refused when the configuration loads', () => {
    for (const pattern of ['/(a+)+$', '/(a|a)*b', '/^(.*)*$', '/.*.*.*x', '/a{1,9}{1,9}', '/**/**/x', '/[a-z]+/x']) {
      const text = `services: { s: { url: "http://127.0.0.1:1" } }\nroutes: [{ name: r, match: { path: "${pattern}" }, service: s }]\n`
      const loaded = loadConfig({ file: 'waybill.yaml', text, env: {}, readFile: () => '' }, gathererCatalog())
      expect(loaded.ok, pattern).to.equal(false)
      if (!loaded.ok) expect(loaded.errors.map((error) => error.path)).to.deep.equal(['routes[0].match.path'])
    }
  })

  it('and those that are allowed are matched in one walk', async () => {
    const deep = Array.from({ length: 100 }, (_, at) => `{p${at}}`).join('/')
    const arena = await openArena({
      routes: (port) => [
        ...Array.from({ length: 200 }, (_, at) =>
          routeTo(port, { name: `deep-${at}`, match: { path: `/${deep}/end${at}` } }),
        ),
        routeTo(port, { name: 'rest' }),
      ],
    })
    const path = 'a/'.repeat(7_000)
    const verdict = await arena.attack(requestOf(`GET /${path}! HTTP/1.1`))
    expect(verdict.statuses).to.deep.equal([200])
    await arena.close()
  })
})

describe('row 38: names from outside', () => {
  const lines: string[] = []
  const metrics = createMetrics()
  let arena: Arena
  before(async () => {
    arena = await openArena({ routes: (port) => [routeTo(port, { name: 'one', match: { path: '/still-serving' } })] })
    const sink = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        lines.push(chunk.toString())
        done()
      },
    })
    attachTelemetry(arena.gateway.signals, { logger: pino({ level: 'trace' }, sink), metrics })
  })
  after(() => arena.close())

  it('a hundred thousand random paths and names leave labels bounded and logs at one line an event', async () => {
    const connections = 10
    const batch = 500
    const rounds = 20
    const clients = Array.from({ length: connections }, () => new RawClient(arena.port))
    for (let round = 0; round < rounds; round++) {
      const done = clients.map((client, at) => {
        let bytes = ''
        for (let one = 0; one < batch; one++) {
          const name = `${round}-${at}-${one}`
          bytes += `GET /${name}%0d%0alevel=50%1b[2J HTTP/1.1\r\nHost: h${name}\r\nWaybill-X${name}: \x80\r\n\r\n`
        }
        return client.send(bytes).answered((round + 1) * batch)
      })
      await Promise.all(done)
    }
    const statuses = new Set(clients.flatMap((client) => client.statuses))
    expect([...statuses]).to.deep.equal([404])
    expect(clients.flatMap((client) => client.statuses)).to.have.length(connections * batch * rounds)
    await arena.judge(clients[0] ?? new RawClient(arena.port))
    for (const client of clients) client.leave()

    const exposed = metrics.exposition()
    expect(exposed).to.include('waybill_exchanges_refused_total{code="WB_NO_ROUTE",route=""} 100000\n')
    expect(exposed.split('\n').length).to.be.lessThan(500)
    const refused = lines.filter((line) => line.includes('exchangeRefused'))
    expect(refused).to.have.length(100_000)
    for (const line of lines) {
      if (!line.endsWith('}\n') || line.slice(0, -1).search(/[\u0000-\u001f\u007f-\u009f\u2028]/) >= 0)
        expect.fail(line)
    }
  }).timeout(120_000)
})
