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
import { createRecorder, type RecorderHandle } from '../../../recorder/recorder.js'
import { defaultRecorderSettings as settings } from '../../../recorder/settings.js'
import { captureOf, recordedRoute, recordOf } from '../../support/recorded-routes.js'

describe('a process that dies', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'waybill-crash-'))
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  const routes = [recordedRoute('later', { mode: 'async' }), recordedRoute('now', { mode: 'durable' })] as const

  async function start(folder: string): Promise<{ ledger: LedgerClient; recorder: RecorderHandle }> {
    const signals = createSignals()
    const ledger = await openLedger({ dir: folder, signals })
    const parts = { dir: folder, ledger, routes, rules: redactionRules(), settings, clock: systemClock, signals }
    return { ledger, recorder: await createRecorder(parts) }
  }

  it('while the answers of a commit leave, in which records of async were too, names none of them as under way', async () => {
    const [living, dead] = [join(dir, 'living'), join(dir, 'dead')]
    const { ledger, recorder } = await start(living)
    const records = routes.map((route) => recordOf(route))
    const open = ({ id, mode, route, startedAt: time }: ExchangeRecord) =>
      new Promise((resolve) => recorder.open({ id, mode, route, time, method: 'POST' }, resolve))
    await Promise.all(records.map(open))
    await new Promise<void>((resolve) => {
      for (const record of records) {
        recorder.close(record, captureOf('', ''), () => {
          if (record.mode === 'async') return
          cpSync(living, dead, { recursive: true })
          resolve()
        })
      }
    })
    await recorder.shutdown()
    await ledger.close()

    const next = await start(dead)
    await next.recorder.drain(5_000)
    await next.recorder.shutdown()
    await next.ledger.close()
    const rows = openLedgerRows(dead)
    const leaves = rows.leavesAfter(0, 10).map(({ leaf }) => (leaf.kind === 'gap' ? leaf.id : leaf.kind))
    rows.close()
    expect(leaves).to.deep.equal(['exchange', 'exchange'])
  })
})
