// The folder as a process leaves it that dies at a moment of our choice: a copy, taken in the middle of a callback.
import { expect } from 'chai'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../../core/clock.js'
import type { ExchangeRecord } from '../../../core/exchange.js'
import { redactionRules } from '../../../core/redaction.js'
import { createSignals } from '../../../core/signals.js'
import { openLedger, type LedgerClient } from '../../../lineage/ledger/client.js'
import { openLedgerRows } from '../../../lineage/ledger/reader.js'
import { createDiskFaults, setCommitDelay, setLateThreadDeaths } from '../../../lineage/sqlite/faults.js'
import { createRecorder, type RecorderHandle } from '../../../recorder/recorder.js'
import { defaultRecorderSettings as settings } from '../../../recorder/settings.js'
import { captureOf, recordedRoute, recordOf } from '../../support/recorded-routes.js'

interface Started {
  readonly ledger: LedgerClient
  readonly recorder: RecorderHandle
}

describe('a process that dies', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'waybill-crash-'))
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  const routes = [recordedRoute('later', { mode: 'async' }), recordedRoute('now', { mode: 'durable' })] as const

  const faults = createDiskFaults()

  async function start(folder: string, signals = createSignals()): Promise<Started> {
    const ledger = await openLedger({ dir: folder, signals, faults })
    const parts = { dir: folder, ledger, routes, rules: redactionRules(), settings, clock: systemClock, signals }
    return { ledger, recorder: await createRecorder(parts) }
  }

  const opened = ({ recorder }: Started, { id, mode, route, startedAt: time }: ExchangeRecord) =>
    new Promise((resolve) => recorder.open({ id, mode, route, time, method: 'POST' }, resolve))

  async function stop({ ledger, recorder }: Started): Promise<void> {
    await recorder.shutdown()
    await ledger.close()
  }

  /** What the ledger of a folder holds when the next start has told what was left open. */
  async function toldAfter(folder: string): Promise<string[]> {
    const next = await start(folder)
    await next.recorder.drain(5_000)
    await stop(next)
    const rows = openLedgerRows(folder)
    const leaves = rows.leavesAfter(0, 10).map(({ leaf }) => (leaf.kind === 'gap' ? leaf.id : leaf.kind))
    rows.close()
    return leaves
  }

  it('while the answers of a commit leave, in which records of async were too, names none of them as under way', async () => {
    const [living, dead] = [join(dir, 'living'), join(dir, 'dead')]
    const started = await start(living)
    const records = routes.map((route) => recordOf(route))
    await Promise.all(records.map((record) => opened(started, record)))
    await new Promise<void>((resolve) => {
      for (const record of records) {
        started.recorder.close(record, captureOf('', ''), () => {
          if (record.mode === 'async') return
          cpSync(living, dead, { recursive: true })
          resolve()
        })
      }
    })
    await stop(started)
    expect(await toldAfter(dead)).to.deep.equal(['exchange', 'exchange'])
  })

  it('after its ledger thread, which had told nobody of its last commit, names only what was under way', async () => {
    const [living, dead] = [join(dir, 'living'), join(dir, 'dead')]
    const signals = createSignals()
    const started = await start(living, signals)
    const [stored, underWay] = [recordOf(routes[1]), recordOf(routes[1])]
    const copied = new Promise<void>((resolve) =>
      signals.ledgerRestarted.subscribe(() => {
        void opened(started, underWay).then(() => {
          cpSync(living, dead, { recursive: true })
          resolve()
        })
      }),
    )
    await opened(started, stored)
    setLateThreadDeaths(faults, 1)
    const closed = new Promise((resolve) => started.recorder.close(stored, captureOf('', ''), resolve))
    // the new thread is not to answer before the intent of the second is written, and with it the page
    setCommitDelay(faults, 200)
    await copied
    setCommitDelay(faults, 0)
    await closed
    await stop(started)
    expect(await toldAfter(dead)).to.deep.equal(['exchange', `in-flight-at-crash/${underWay.id}`])
  })
})
