import { expect } from 'chai'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../../core/clock.js'
import type { ExchangeRecord } from '../../../core/exchange.js'
import { redactionRules } from '../../../core/redaction.js'
import { createSignals } from '../../../core/signals.js'
import { everyTenant } from '../../../core/tenant.js'
import { openLedger, type LedgerClient } from '../../../lineage/ledger/client.js'
import { openLedgerRows } from '../../../lineage/ledger/reader.js'
import { createDiskFaults, setThreadDeaths } from '../../../lineage/sqlite/faults.js'
import { createRecorder, type RecordedRoute, type RecorderHandle } from '../../../recorder/recorder.js'
import { defaultRecorderSettings } from '../../../recorder/settings.js'
import { captureOf, modelUse, recordedRoute, recordOf } from '../../support/recorded-routes.js'
import { until } from '../../support/until.js'

const answer = '{"run":7,"model":"churn","version":"3"}'
const use = (gatherer: string) => ({ gatherer, options: {} })

describe('gatherer worker', () => {
  let dir: string
  let ledger: LedgerClient
  let recorder: RecorderHandle
  let limit: number
  let modules: string[]
  let ends: number[]
  const faults = createDiskFaults()

  beforeEach(() => {
    limit = 200
    modules = [new URL('../../support/odd-gatherers.mjs', import.meta.url).href]
    ends = []
    dir = mkdtempSync(join(tmpdir(), 'waybill-worker-'))
  })
  afterEach(async () => {
    await recorder.shutdown()
    await ledger.close()
    rmSync(dir, { recursive: true, force: true })
  })

  async function start(...routes: readonly RecordedRoute[]): Promise<void> {
    const signals = createSignals()
    signals.gathererReplaced.subscribe(() => ends.push(performance.now()))
    const settings = { ...defaultRecorderSettings, modules, watchdog: limit, memory: 32 * 1024 * 1024 }
    ledger = await openLedger({ dir, signals, faults })
    recorder = await createRecorder({
      dir,
      ledger,
      routes,
      rules: redactionRules(),
      settings,
      clock: systemClock,
      signals,
    })
  }

  const close = (record: ExchangeRecord) =>
    new Promise((resolve) => recorder.close(record, captureOf('{}', answer), resolve))

  const drained = async (): Promise<void> => {
    await recorder.drain(15_000)
    await ledger.filed()
  }

  function yieldsOf({ id }: ExchangeRecord) {
    const rows = openLedgerRows(dir)
    const stored = rows.exchange(id, everyTenant)
    rows.close()
    return stored?.facts[0]?.gathered ?? []
  }

  it('is replaced when a gatherer hangs: the gap names it, other gatherers and other exchanges keep their facts', async () => {
    const bad = recordedRoute('bad', { uses: [use('hangs'), modelUse] })
    const good = recordedRoute('good', { uses: [modelUse] })
    await start(bad, good)
    const records = [recordOf(good), recordOf(bad), recordOf(good), recordOf(bad), recordOf(good)]
    await Promise.all(records.map(close))
    await drained()
    for (const record of records) {
      const yields = yieldsOf(record)
      expect(yields.flatMap(({ facts }) => facts)).not.to.be.empty
      const gaps = yields.flatMap((one) => one.gaps)
      if (record.route === 'good') expect(gaps).to.deep.equal([])
      else expect(gaps).to.deep.equal([{ reason: 'gatherer-timeout', about: 'hangs: more than 200 ms' }])
    }
  })

  it('is replaced when a gatherer ends it, and named as failed', async () => {
    const bad = recordedRoute('bad', { uses: [use('exits'), modelUse] })
    await start(bad)
    const record = recordOf(bad)
    await close(record)
    await drained()
    const [first, second] = yieldsOf(record)
    expect(first?.gaps[0]?.reason).to.equal('gatherer-failed')
    expect(second?.facts).not.to.be.empty
  })

  it('is replaced when a gatherer takes all the memory there is, and named as failed', async () => {
    limit = 10_000
    const bad = recordedRoute('bad', { uses: [use('hoards'), modelUse] })
    await start(bad)
    const record = recordOf(bad)
    await close(record)
    await drained()
    const [first, second] = yieldsOf(record)
    expect(first?.gaps[0]?.reason).to.equal('gatherer-failed')
    expect(first?.gaps[0]?.about).to.match(/memory/)
    expect(second?.facts).not.to.be.empty
  })

  it('is started again after longer and longer pauses where it can’t even start; a stop may come in one', async () => {
    modules = ['data:text/javascript,throw new Error("broken")']
    const good = recordedRoute('good', { uses: [modelUse] })
    await start(good)
    await until(() => ends.length === 4)
    await close(recordOf(good))
    await until(() => ends.length === 6)
    const [fourth = 0, fifth = 0, sixth = 0] = ends.slice(3)
    expect(fifth - fourth).to.be.at.least(249)
    expect(sixth - fifth).to.be.at.least(499)
  })

  it('takes a gatherer that throws, or yields what is no fact, for a gap', async () => {
    const throwing = recordedRoute('throwing', { uses: [use('throws'), modelUse] })
    const odd = recordedRoute('odd', { uses: [use('not-json')] })
    await start(throwing, odd)
    const records = [recordOf(throwing), recordOf(odd)]
    await Promise.all(records.map(close))
    await drained()
    for (const record of records) expect(yieldsOf(record)[0]?.gaps[0]?.reason).to.equal('gatherer-failed')
    expect(yieldsOf(records[0]!)[1]?.facts).not.to.be.empty
  })

  it('sends its facts again when the ledger thread dies under them', async () => {
    const good = recordedRoute('good', { uses: [modelUse] })
    await start(good)
    const records = Array.from({ length: 20 }, () => recordOf(good))
    setThreadDeaths(faults, 2)
    await Promise.all(records.map(close))
    await drained()
    for (const record of records) expect(yieldsOf(record)).not.to.be.empty
  })
})
