import { expect } from 'chai'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { batchOf } from '../../../../bench/support/leaves.js'
import { createRests } from '../../../../core/processor-share.js'
import { createSignals } from '../../../../core/signals.js'
import { openGraph } from '../../../../lineage/graph/client.js'
import { readBatch } from '../../../../lineage/graph/leaf-batch.js'
import { createPlanAhead, type PlanAhead } from '../../../../lineage/graph/plan-ahead.js'
import type { Plan } from '../../../../lineage/graph/plan.js'
import { planOf } from '../../../../lineage/graph/planning.js'
import { graphFile } from '../../../../lineage/graph/schema.js'
import { openLedger } from '../../../../lineage/ledger/client.js'
import { openLedgerRows } from '../../../../lineage/ledger/reader.js'
import { openLedgerStore } from '../../../../lineage/ledger/store.js'
import type { LeafBatch } from '../../../../lineage/ports.js'
import { openDatabase } from '../../../../lineage/sqlite/driver.js'
import { exchangeId, longFactsOf } from '../../../support/graphs.js'
import { batchOf as leavesOf, frameOf } from '../../../support/leaves.js'
import { until } from '../../../support/until.js'

const rests = createRests(undefined)
const far = 20_000
const thousand = (from: number): LeafBatch => batchOf(from * 1_000, 1_000)
const spoilt: LeafBatch = { ids: [`f/${exchangeId(1)}/0`], bodies: ['{"kind":"facts"'] }

describe('plans made ahead', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'waybill-plan-ahead-'))
  })
  afterEach(() => rmSync(dir, { recursive: true }))

  function store(...batches: readonly LeafBatch[]): void {
    const ledger = openLedgerStore(dir)
    for (const batch of batches) ledger.append([frameOf(batch)])
    ledger.close()
  }
  function storeThousands(from: number, count: number): void {
    store(...Array.from({ length: count }, (_, at) => thousand(from + at)))
  }
  const take = (plans: PlanAhead, after: number, behind: number): Promise<Plan | undefined> =>
    new Promise((resolve) => plans.take(after, behind, resolve))

  function plansOf(folder: string, states: boolean[] = [], busy = (): boolean => false): PlanAhead {
    return createPlanAhead({
      dir: folder,
      share: undefined,
      busy,
      waits: { idleMs: 1_000, calmMs: 0 },
      onFar: (is) => states.push(is),
    })
  }
  /** Once its thread is there. */
  async function taken(plans: PlanAhead, after: number): Promise<Plan> {
    for (;;) {
      const plan = await take(plans, after, far)
      if (plan !== undefined) return plan
      await setTimeout(10)
    }
  }

  it('are those that the graph makes for itself, from a thread that is there while it is far behind', async () => {
    storeThousands(0, 5)
    const states: boolean[] = []
    const plans = plansOf(dir, states)
    expect(await take(plans, 0, 15_999), 'not far behind').to.equal(undefined)
    expect(states).to.deep.equal([])
    const rows = openLedgerRows(dir)
    expect(await taken(plans, 0)).to.deep.equal(planOf(readBatch(rows, 0, rests), rests))
    for (const after of [2_000, 4_000, 6_000, 8_000]) {
      expect(await take(plans, after, far)).to.deep.equal(planOf(readBatch(rows, after, rests), rests))
    }
    expect(await take(plans, 10_000, far), 'nothing is behind it').to.equal(undefined)
    rows.close()
    expect(states).to.deep.equal([true])
    await until(() => states.length === 2)
    expect(states, 'it ends when it is not asked').to.deep.equal([true, false])
  }).timeout(30_000)

  it('are left to the graph while clients are answered, until it has waited for them long enough', async () => {
    storeThousands(0, 2)
    const states: boolean[] = []
    let clients = true
    const plans = plansOf(dir, states, () => clients)
    expect(await take(plans, 0, 124_999)).to.equal(undefined)
    expect(states).to.deep.equal([])
    clients = false
    expect((await taken(plans, 0)).leaves).to.equal(2_000)
    clients = true
    expect(await take(plans, 0, 124_999), 'also when its thread is there').to.equal(undefined)
    expect((await take(plans, 0, 125_000))?.leaves).to.equal(2_000)
    expect((await take(plans, 2_000, 124_999))?.leaves, 'but for one that is under way').to.equal(2_000)
    expect(states, 'far behind and no client').to.deep.equal([true, false])
  }).timeout(30_000)

  it('go on with leaves that a plan before had no room for', async () => {
    store(leavesOf(...[1, 2, 3].map((number) => longFactsOf(number, 5_000_000))), thousand(0))
    const plans = plansOf(dir)
    expect((await taken(plans, 0)).leaves).to.equal(2)
    const rows = openLedgerRows(dir)
    const rest = await take(plans, 2, far)
    expect(rest?.last.seq).to.equal(2_000)
    expect(rest).to.deep.equal(planOf(readBatch(rows, 2, rests).slice(0, 1_998), rests))
    expect((await take(plans, 2_000, far))?.leaves).to.equal(3)
    rows.close()
  }).timeout(30_000)

  it('are left to the graph where they can’t be made', async () => {
    storeThousands(0, 1)
    store(spoilt, thousand(1))
    const plans = plansOf(dir)
    expect((await taken(plans, 0)).leaves).to.equal(2_000)
    expect(await take(plans, 2_000, far)).to.equal(undefined)
    expect((await take(plans, 2_001, far))?.leaves, 'and those behind are not').to.equal(2_000)
  }).timeout(30_000)

  it('are left to the graph where their thread can’t start, which is not tried again at once', async () => {
    const states: boolean[] = []
    const plans = plansOf(join(dir, 'nowhere'), states)
    expect(await take(plans, 0, far)).to.equal(undefined)
    await until(() => states.length === 2)
    expect(await take(plans, 0, far)).to.equal(undefined)
    expect(states).to.deep.equal([true, false])
  }).timeout(30_000)

  it('build the graph, with a gap for a leaf that can’t be read', async () => {
    storeThousands(0, 8)
    store(spoilt)
    storeThousands(8, 1)
    const signals = createSignals()
    const ledger = await openLedger({ dir, signals })
    const graph = await openGraph({ dir, signals, filed: () => ledger.filed() })
    await graph.caughtUp()
    await graph.close()
    await ledger.close()
    const file = openDatabase(join(dir, graphFile), { readonly: true, synchronous: 'FULL' })
    expect(file.prepare('SELECT seq FROM position').get()).to.deep.equal({ seq: 18_001 })
    expect(file.prepare('SELECT reason, at FROM gap').all()).to.deep.equal([{ reason: 'not-projected', at: 'ledger' }])
    expect(file.prepare('SELECT count(*) AS leaves FROM leaf').get()).to.deep.equal({ leaves: 9_000 })
    file.close()
  }).timeout(60_000)
})
