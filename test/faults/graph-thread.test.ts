import { expect } from 'chai'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSignals, onEverySignal, type SignalName, type Signals } from '../../core/signals.js'
import { openLedgerRows } from '../../lineage/ledger/reader.js'
import { openDatabase } from '../../lineage/sqlite/driver.js'
import { createDiskFaults, setDiskFull, setThreadDeaths, type DiskFaults } from '../../lineage/sqlite/faults.js'
import { committedLeaves, leavesIn } from '../support/data-folders.js'
import { graphDump, rebuiltGraphDump } from '../support/graph-dumps.js'
import { startWaybill, type TestWaybill } from '../support/waybill.js'

const forGood = 1_000_000

describe('without its graph, a gateway', function () {
  this.timeout(60_000)
  let dir: string
  let service: Server
  let faults: DiskFaults
  let waybill: TestWaybill
  let signals: Signals
  let told: Map<SignalName, number>
  let answers: string[]

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'waybill-graphless-'))
    service = createServer((request, response) => {
      request.resume()
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ run: request.url, model: 'churn', version: request.url }))
    })
    await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
    answers = []
    await start()
  })
  afterEach(async () => {
    await waybill.stop()
    service.close()
    rmSync(dir, { recursive: true, force: true })
  })

  async function start(): Promise<void> {
    faults = createDiskFaults()
    told = new Map()
    signals = createSignals()
    onEverySignal(signals, ({ name }) => told.set(name, (told.get(name) ?? 0) + 1))
    const { port } = service.address() as AddressInfo
    waybill = await startWaybill(configuration(port), { data: dir, parts: { graphFaults: faults, signals } })
  }

  /** So many durable answers, each of which has its record when it ends. */
  async function answer(count: number): Promise<void> {
    for (let at = 0; at < count; at += 1) {
      const response = await fetch(`${waybill.url}/train/${answers.length}`, { method: 'POST', body: '{}' })
      expect(response.status).to.equal(200)
      await response.arrayBuffer()
      answers.push(response.headers.get('waybill-exchange') ?? '')
    }
    const leaves = [...committedLeaves(dir), ...leavesIn(dir)]
    const kinds = new Set(leaves.flatMap((leaf) => (leaf.kind === 'exchange' ? [leaf.id] : [])))
    expect(answers.filter((id) => !kinds.has(id as never))).to.deep.equal([])
  }

  const ask = (path: string) => fetch(new URL(path, waybill.controlUrl))
  const custody = () => ask(`/v1/custody/${answers.at(-1) ?? ''}`)
  const readiness = async () => {
    const response = await ask('/readyz')
    return { status: response.status, parts: ((await response.json()) as { parts: Record<string, string> }).parts }
  }
  const metric = async (name: string) =>
    Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(await (await ask('/metrics')).text())?.[1])

  /** Asks until the answer is the one that is waited for; the test's time-out is the limit. */
  async function eventually<T>(question: () => Promise<T>, right: (answer: T) => boolean): Promise<T> {
    for (;;) {
      const found = await question()
      if (right(found)) return found
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  function expectNothingMissing(): void {
    const rows = openLedgerRows(dir)
    const whole = mkdtempSync(join(dir, 'whole-'))
    expect(graphDump(dir, rows) === rebuiltGraphDump(whole, rows), 'the graph that the ledger gives').to.equal(true)
    const gaps = rows.leavesAfter(0, forGood).filter(({ leaf }) => leaf.kind === 'gap')
    rows.close()
    expect(gaps).to.deep.equal([])
  }

  it('goes on recording while its thread dies again and again, says so, and misses nothing after', async () => {
    await answer(5)
    await waybill.settled()
    expect((await readiness()).parts['graph']).to.equal('following')
    setThreadDeaths(faults, forGood)
    await answer(20)
    const { status, parts } = await eventually(readiness, (one) => one.parts['graph'] === 'down')
    expect(status, 'ready all the same').to.equal(200)
    expect(parts).to.include({ gateway: 'listening', ledger: 'open' })
    const refused = await eventually(custody, ({ status: code }) => code === 503)
    const problem = (await refused.json()) as Record<string, string>
    expect(problem).to.include({ title: 'WB_GRAPH_UNAVAILABLE' })
    expect(problem['detail']).to.match(/^the graph cannot be asked now: .*thread/)
    expect(problem['hint']).to.contain('Recording goes on')
    expect(await metric('waybill_graph_lag_leaves')).to.be.at.least(20)
    await eventually(
      () => metric('waybill_graph_failures_total'),
      (count) => count >= 3,
    )
    expect(await metric('waybill_graph_restarts_total')).to.be.greaterThan(0)
    await answer(5)

    setThreadDeaths(faults, 0)
    await eventually(custody, ({ status: code }) => code === 200)
    await eventually(
      () =>
        waybill
          .settled()
          .then(() => true)
          .catch(() => false),
      (done) => done,
    )
    expect((await readiness()).parts['graph']).to.equal('following')
    expect(await metric('waybill_graph_lag_leaves')).to.equal(0)
    await waybill.stop()
    expectNothingMissing()
  })

  it('stops in time while its thread dies, and the next start brings the graph up', async () => {
    setThreadDeaths(faults, forGood)
    await answer(20)
    await waybill.stop()
    await start()
    await waybill.settled()
    expect((await custody()).status).to.equal(200)
    await waybill.stop()
    expectNothingMissing()
  })

  it('answers from what it has while the graph’s disk is full, says that it stalls, and stops in time', async () => {
    await answer(5)
    await waybill.settled()
    setDiskFull(faults, true)
    const known = answers.at(-1) ?? ''
    await answer(20)
    await eventually(readiness, ({ parts }) => parts['graph'] === 'stalled')
    expect((await ask(`/v1/custody/${known}`)).status).to.equal(200)
    expect(await metric('waybill_graph_lag_leaves')).to.be.at.least(20)
    expect(told.get('graphFailed'), 'told once, not at each try').to.equal(1)
    await answer(5)
    await waybill.stop()

    await start()
    await waybill.settled()
    expect((await readiness()).parts['graph']).to.equal('following')
    await waybill.stop()
    expectNothingMissing()
  })

  /** Tears the file where its tables begin, but for the place that says how far the graph has come. */
  function tear(): void {
    const file = join(dir, 'graph.db')
    const db = openDatabase(file, { readonly: false, synchronous: 'NORMAL' })
    const size = Number(db.pragma('page_size'))
    const pages = db
      .prepare<{ page: number }>(
        "SELECT rootpage AS page FROM sqlite_master WHERE rootpage > 0 AND tbl_name <> 'position'",
      )
      .all()
    db.close()
    const fd = openSync(file, 'r+')
    for (const { page } of pages) writeSync(fd, Buffer.alloc(size, 0xa5), 0, size, (page - 1) * size)
    closeSync(fd)
  }

  for (const [who, meet] of [
    ['a question', async () => expect((await custody()).status).to.be.oneOf([500, 503])],
    ['the projection', () => answer(5)],
  ] as const) {
    it(`makes its graph anew where ${who} finds the file torn`, async () => {
      await answer(20)
      await waybill.settled()
      await waybill.stop()
      tear()
      await start()
      await meet()
      await eventually(custody, ({ status }) => status === 200)
      await eventually(readiness, ({ parts }) => parts['graph'] === 'following')
      expect(told.get('graphFailed')).to.equal(1)
      await waybill.settled()
      await waybill.stop()
      expectNothingMissing()
    })
  }

  it('catches up without a restart when the graph’s disk has room again', async () => {
    await answer(5)
    setDiskFull(faults, true)
    await answer(20)
    await eventually(readiness, ({ parts }) => parts['graph'] === 'stalled')
    setDiskFull(faults, false)
    await waybill.settled()
    expect((await readiness()).parts['graph']).to.equal('following')
    await waybill.stop()
    expectNothingMissing()
  })
})

function configuration(port: number): string {
  return `
services:
  trainer: { url: 'http://127.0.0.1:${port}' }
routes:
  - name: train
    match: { path: '/train/*' }
    service: trainer
    gather:
      - use: http-json
        with:
          activity: { type: training-run, id: 'trainer:{$.response.body.run}' }
          generated:
            - { type: model, name: 'models/{$.response.body.model}', version: '{$.response.body.version}' }
limits: { drain: 2s }
`
}
