// What is answered after the recorder was closed: the numbers of its files may be another's by then.
import { expect } from 'chai'
import { closeSync, fstatSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../../core/clock.js'
import { WaybillError } from '../../../core/errors.js'
import type { ExchangeRecord } from '../../../core/exchange.js'
import { redactionRules } from '../../../core/redaction.js'
import { createSignals } from '../../../core/signals.js'
import { openLedger, type LedgerClient } from '../../../lineage/ledger/client.js'
import { openLedgerRows } from '../../../lineage/ledger/reader.js'
import { createRecorder, type RecorderHandle } from '../../../recorder/recorder.js'
import { defaultRecorderSettings as settings } from '../../../recorder/settings.js'
import { captureOf, recordedRoute, recordOf } from '../../support/recorded-routes.js'
import { settle } from '../../support/until.js'

describe('a recorder that was closed', () => {
  let dir: string
  let others: number[]
  let ledgers: LedgerClient[]
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'waybill-closed-'))
    others = []
    ledgers = []
  })
  afterEach(async () => {
    for (const ledger of ledgers) await ledger.close()
    for (const fd of others) closeSync(fd)
    rmSync(dir, { recursive: true, force: true })
  })

  const [durable, required] = [recordedRoute('now'), recordedRoute('sure', { mode: 'required' })]

  async function start(append?: LedgerClient['append']): Promise<{ ledger: LedgerClient; recorder: RecorderHandle }> {
    const signals = createSignals()
    const opened = await openLedger({ dir: join(dir, 'data'), signals })
    ledgers.push(opened)
    const ledger = append === undefined ? opened : { ...opened, append }
    const parts = { routes: [durable, required], rules: redactionRules(), settings, clock: systemClock, signals }
    return { ledger: opened, recorder: await createRecorder({ ...parts, dir: join(dir, 'data'), ledger }) }
  }

  const open = (recorder: RecorderHandle, { id, mode, route, startedAt: time }: ExchangeRecord) =>
    new Promise<WaybillError | undefined>((resolve) =>
      recorder.open({ id, mode, route, time, method: 'POST' }, resolve),
    )
  const close = (recorder: RecorderHandle, record: ExchangeRecord) =>
    new Promise<WaybillError | undefined>((resolve) => recorder.close(record, captureOf('', ''), resolve))

  /** More than a recorder may have given back. */
  function takeNumbers(): void {
    others = Array.from({ length: 100 }, (_, index) => openSync(join(dir, `another-${index}`), 'w+'))
  }

  it('writes to none of its files, whatever is answered then; the next start tells what became of it', async () => {
    const held: (() => void)[] = []
    const failing = new Set<string>()
    const { ledger, recorder } = await start(async (batch) => {
      await new Promise<void>((resolve) => held.push(resolve))
      if (batch.ids.some((id) => failing.has(id.split('/')[1] ?? ''))) {
        throw new WaybillError('WB_RECORD_UNAVAILABLE', { route: '-', reason: 'test' })
      }
      await ledger.append(batch)
    })
    const [stored, lost, late] = [recordOf(durable), recordOf(durable), recordOf(required)]
    failing.add(lost.id)
    await Promise.all([stored, lost].map((record) => open(recorder, record)))
    const first = close(recorder, stored)
    await settle()
    const second = close(recorder, lost)
    await settle()
    await recorder.shutdown()
    takeNumbers()

    for (const answer of held.splice(0)) answer()
    await Promise.all([first, second])
    const refused = await open(recorder, late)
    await settle()
    expect(others.filter((fd) => fstatSync(fd).size > 0)).to.deep.equal([])
    expect(refused?.code).to.equal('WB_RECORD_UNAVAILABLE')
    await ledger.close()

    const next = await start()
    await next.recorder.drain(5_000)
    await next.recorder.shutdown()
    await next.ledger.close()
    const rows = openLedgerRows(join(dir, 'data'))
    const leaves = rows.leavesAfter(0, 10).map(({ leaf }) => (leaf.kind === 'gap' ? leaf.id : leaf.kind))
    rows.close()
    expect(leaves).to.deep.equal(['exchange', `in-flight-at-crash/${lost.id}`])
  })
})
