import { expect } from 'chai'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { createMetrics } from '../../control/metrics.js'
import { attachTelemetry } from '../../control/telemetry.js'
import { systemClock } from '../../core/clock.js'
import { redactionRules } from '../../core/redaction.js'
import { createSignals } from '../../core/signals.js'
import { openLedger } from '../../lineage/ledger/client.js'
import type { FactsLeaf, GapLeaf } from '../../lineage/model/fact.js'
import { keptCaptures } from '../../recorder/capture-ring.js'
import { createRecorder } from '../../recorder/recorder.js'
import { defaultRecorderSettings as settings } from '../../recorder/settings.js'
import { leavesIn } from '../support/data-folders.js'
import { startRecorderChild } from '../support/recorder-child.js'
import { captureOf, modelUse, recordedRoute, recordOf } from '../support/recorded-routes.js'

describe('without room for captures', function () {
  this.timeout(60_000)
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'waybill-captures-'))
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  function told(): { facts: FactsLeaf[]; gaps: GapLeaf[] } {
    const leaves = leavesIn(dir)
    const facts = leaves.flatMap((leaf) => (leaf.kind === 'facts' ? [leaf] : []))
    return { facts, gaps: leaves.flatMap((leaf) => (leaf.kind === 'gap' ? [leaf] : [])) }
  }

  it('no fact is lost: each says that no capture is kept of it, and all are counted, until there is room', async () => {
    const folder = join(dir, 'captures')
    writeFileSync(folder, 'in the way')
    const signals = createSignals()
    const metrics = createMetrics()
    attachTelemetry(signals, { logger: pino({ level: 'silent' }), metrics })
    const ledger = await openLedger({ dir, signals })
    const route = recordedRoute('train', { mode: 'required', uses: [modelUse], wait: 10_000 })
    const parts = { dir, ledger, routes: [route], rules: redactionRules(), settings, clock: systemClock, signals }
    const recorder = await createRecorder(parts)
    const capture = captureOf('{}', '{"run":7,"model":"churn","version":"3"}')
    const close = () => new Promise((resolve) => recorder.close(recordOf(route), capture, resolve))
    expect(await Promise.all(Array.from({ length: 20 }, close))).to.deep.equal(Array(20).fill(undefined))
    rmSync(folder)
    await close()
    await recorder.shutdown()
    await ledger.close()

    expect(metrics.exposition()).to.contain('waybill_captures_lost_total{route="train",reason="EEXIST"} 20\n')
    const { facts, gaps } = told()
    expect(gaps).to.deep.equal([])
    expect(facts.every(({ gathered }) => gathered[0]!.facts.length > 0)).to.equal(true)
    const kept = [...keptCaptures(dir)].map(({ digest }) => digest)
    expect(facts.map((leaf) => leaf.capture)).to.deep.equal([...Array<null>(20).fill(null), kept[0]])
  })

  it('in the middle of one, what is said to be kept can be read, and no fact is lost', async () => {
    const body = JSON.stringify({ run: 7, model: 'churn', version: '3', notes: 'x'.repeat(20_000) })
    const [mode, uses] = ['durable' as const, [modelUse]]
    const child = startRecorderChild(
      { dir, mode, uses, body, exchanges: 400, fileLimit: 3 * 1024 * 1024 },
      () => undefined,
    )
    expect(await child.ended).to.equal(0)
    const { facts, gaps } = told()
    expect(gaps).to.deep.equal([])
    expect(facts).to.have.length(400)
    expect(facts.every(({ gathered }) => gathered[0]!.facts.length > 0)).to.equal(true)
    const readable = new Set([...keptCaptures(dir)].map(({ digest }) => digest))
    const [kept, none] = [
      facts.filter(({ capture }) => capture !== null),
      facts.filter(({ capture }) => capture === null),
    ]
    expect(none, 'the file was full once').not.to.be.empty
    expect(kept, 'and another was begun').not.to.be.empty
    expect(kept.filter(({ capture }) => !readable.has(capture ?? ''))).to.deep.equal([])
  })
})
