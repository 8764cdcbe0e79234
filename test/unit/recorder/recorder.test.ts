import { expect } from 'chai'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../../core/clock.js'
import type { WaybillError } from '../../../core/errors.js'
import type { Capture, ExchangeRecord } from '../../../core/exchange.js'
import { redactionRules } from '../../../core/redaction.js'
import { createSignals, onEverySignal, type SignalMessage } from '../../../core/signals.js'
import { everyTenant } from '../../../core/tenant.js'
import { openLedger, type LedgerClient } from '../../../lineage/ledger/client.js'
import { openLedgerRows } from '../../../lineage/ledger/reader.js'
import type { Leaf } from '../../../lineage/model/leaf.js'
import type { LeafBatch } from '../../../lineage/ports.js'
import { createDiskFaults, setDiskFull } from '../../../lineage/sqlite/faults.js'
import {
  createRecorder,
  type RecordedRoute,
  type RecorderHandle,
  type RecorderParts,
} from '../../../recorder/recorder.js'
import { defaultRecorderSettings, type RecorderSettings } from '../../../recorder/settings.js'
import { committedLeaves, leavesIn } from '../../support/data-folders.js'
import { bodyCapture, captureOf, modelUse, recordedRoute, recordOf } from '../../support/recorded-routes.js'

const answer = '{"run":7,"model":"churn","version":"3","password":"hunter2"}'

describe('recorder', () => {
  let dir: string
  let ledger: LedgerClient
  let recorder: RecorderHandle
  let seen: SignalMessage[]
  const faults = createDiskFaults()

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'waybill-recorder-'))
    setDiskFull(faults, false)
    seen = []
  })
  afterEach(async () => {
    await recorder.shutdown()
    await ledger.close()
    rmSync(dir, { recursive: true, force: true })
  })

  async function start(
    routes: readonly RecordedRoute[],
    settings: Partial<RecorderSettings> = {},
    more: Pick<RecorderParts, 'shares'> = {},
  ): Promise<void> {
    const signals = createSignals()
    onEverySignal(signals, (message) => seen.push(message))
    ledger = await openLedger({ dir, signals, faults })
    recorder = await createRecorder({
      dir,
      ledger,
      routes,
      rules: redactionRules({ body: ['$..password'] }),
      settings: { ...defaultRecorderSettings, ...settings },
      clock: systemClock,
      signals,
      ...more,
    })
  }

  const open = ({ id, route, mode, startedAt, request }: ExchangeRecord) =>
    new Promise<WaybillError | undefined>((resolve) =>
      recorder.open({ id, route, mode, time: startedAt, method: request.method }, resolve),
    )
  const close = (record: ExchangeRecord, capture: Capture = captureOf('{}', answer)) =>
    new Promise<WaybillError | undefined>((resolve) => recorder.close(record, capture, resolve))

  async function leaves(): Promise<Leaf[]> {
    await ledger.filed()
    return leavesIn(dir)
  }

  it('tells the ledger where records lie whose jobs are in memory that is used again, and sends those of long bodies', async () => {
    const route = recordedRoute('train', { uses: [modelUse] })
    await start([route])
    const append = ledger.append.bind(ledger)
    const sent: LeafBatch[] = []
    ledger.append = (batch) => {
      sent.push(batch)
      return append(batch)
    }
    const [short, long] = [recordOf(route), recordOf(route)]
    await close(short)
    await close(long, captureOf(`"${'x'.repeat(700_000)}"`, answer))
    expect(sent.map(({ ids, shared }) => [ids, shared?.length])).to.deep.equal([
      [[], 1],
      [[`x/${long.id}/closing`], 0],
    ])
    expect(committedLeaves(dir).filter(({ kind }) => kind === 'exchange')).to.deep.equal([short, long])
    await recorder.drain(5_000)
    const facts = (await leaves()).filter(({ kind }) => kind === 'facts')
    expect(facts).to.have.length(2)
  })

  it('has a durable record on disk when it says so, and its facts soon after', async () => {
    const route = recordedRoute('train', { uses: [modelUse] })
    await start([route])
    const record = recordOf(route)
    expect(await open(record)).to.equal(undefined)
    expect(await close(record)).to.equal(undefined)
    expect(committedLeaves(dir)[0]).to.deep.equal(record)
    await recorder.drain(5_000)
    await ledger.filed()
    const rows = openLedgerRows(dir)
    const stored = rows.exchange(record.id, everyTenant)
    rows.close()
    expect(stored?.facts[0]?.gathered[0]?.facts.map(({ kind }) => kind)).to.include('generated')
    expect(stored?.facts[0]?.capture).to.match(/^sha256:[0-9a-f]{64}$/)
    expect(stored?.gaps).to.deep.equal([])
  })

  it('answers for `required` when facts are there too', async () => {
    const route = recordedRoute('train', { mode: 'required', wait: 5_000, uses: [modelUse] })
    await start([route])
    const record = recordOf(route)
    expect(await open(record)).to.equal(undefined)
    expect(await close(record)).to.equal(undefined)
    expect(committedLeaves(dir).map(({ kind }) => kind)).to.have.members(['exchange', 'facts'])
  })

  it('presses its gatherers while somebody waits for facts or a drain, and no longer', async () => {
    const presses: number[] = []
    const share = { memory: new SharedArrayBuffer(12), press: (by: 1 | -1) => void presses.push(by) }
    const route = recordedRoute('train', { mode: 'required', wait: 5_000, uses: [modelUse] })
    await start([route], {}, { shares: { forThread: () => share, close: () => undefined } })
    const record = recordOf(route)
    await open(record)
    await close(record)
    expect(presses).to.deep.equal([1, -1])
    await recorder.drain(5_000)
    expect(presses).to.deep.equal([1, -1, 1, -1])
  })

  it('reports what `shadow` would record, and stores nothing', async () => {
    const route = recordedRoute('train', { mode: 'shadow', uses: [modelUse] })
    await start([route])
    await close(recordOf(route))
    await recorder.drain(5_000)
    expect(await leaves()).to.deep.equal([])
    expect(seen.map(({ name }) => name)).to.include('shadowGathered')
  })

  it('counts what `async` has no room for', async () => {
    const route = recordedRoute('train', { mode: 'async' })
    await start([route], { queue: 2 })
    for (let count = 0; count < 5; count += 1) {
      const record = recordOf(route)
      await open(record)
      recorder.close(record, captureOf('', ''), () => undefined)
      recorder.close(recordOf(route), captureOf('', ''), () => undefined)
      recorder.close(recordOf(route), captureOf('', ''), () => undefined)
    }
    await recorder.drain(5_000)
    const all = await leaves()
    const records = all.filter(({ kind }) => kind === 'exchange').length
    const missing = all.flatMap((leaf) => (leaf.kind === 'gap' ? [leaf] : []))
    expect(missing.every(({ reason, exact }) => reason === 'queue-full' && exact)).to.equal(true)
    expect(records + missing.reduce((sum, { count }) => sum + count, 0)).to.equal(15)
    expect(records).to.be.lessThan(15)
  })

  it('names what finds no room before the gatherers, and only counts it where the ledger takes no gaps', async () => {
    const route = recordedRoute('train', { uses: [modelUse] })
    await start([route], { queueBytes: 0, gaps: 3 })
    const lost: string[] = []
    setDiskFull(faults, true)
    for (let count = 0; count < 5; count += 1) {
      const record = recordOf(route)
      lost.push(record.id)
      await open(record)
      await close(record)
    }
    setDiskFull(faults, false)
    await recorder.drain(5_000)
    const full = (await leaves()).flatMap((leaf) => (leaf.kind === 'gap' && leaf.reason === 'queue-full' ? [leaf] : []))
    const named = full.flatMap(({ exchange, exact }) => (exchange !== null && exact ? [exchange] : []))
    const counted = full.filter(({ exchange, exact }) => exchange === null && !exact)
    expect(named.length).to.be.greaterThan(0)
    expect(lost).to.include.members(named)
    expect(named.length + counted.reduce((sum, { count }) => sum + count, 0)).to.equal(5)
    expect(counted.length).to.equal(1)
  })

  it('answers for `durable` on a full disk and writes the gap when there is room', async () => {
    const route = recordedRoute('train')
    await start([route])
    setDiskFull(faults, true)
    for (const record of [recordOf(route), recordOf(route)]) {
      expect(await open(record)).to.equal(undefined)
      expect(await close(record, captureOf('', ''))).to.equal(undefined)
    }
    setDiskFull(faults, false)
    await recorder.drain(5_000)
    const gaps = (await leaves()).flatMap((leaf) => (leaf.kind === 'gap' ? [leaf] : []))
    expect(gaps.every(({ reason, at, exact }) => reason === 'ledger-unavailable' && at === 'train' && exact)).to.equal(
      true,
    )
    expect(gaps.reduce((sum, { count }) => sum + count, 0)).to.equal(2)
  })

  it('refuses `required` before it is forwarded on a full disk, and says what it did afterwards', async () => {
    const route = recordedRoute('train', { mode: 'required' })
    await start([route])
    const record = recordOf(route)
    expect(await open(record)).to.equal(undefined)
    setDiskFull(faults, true)
    expect((await close(record, captureOf('', '')))?.code).to.equal('WB_RECORD_FAILED')
    expect((await open(recordOf(route)))?.code).to.equal('WB_RECORD_UNAVAILABLE')
    setDiskFull(faults, false)
    expect(await open(recordOf(route))).to.equal(undefined)
  })

  it('keeps no secret of a body, and says what it could not read', async () => {
    const route = recordedRoute('train', { uses: [modelUse] })
    await start([route])
    const [read, unread] = [recordOf(route), recordOf(route)]
    await close(read)
    await close(unread, { request: bodyCapture('{"password":"hunter2"'), response: bodyCapture(answer) })
    await recorder.drain(5_000)
    const text = JSON.stringify(await leaves())
    expect(text).not.to.include('hunter2')
    expect(text).to.include('"unredactable"')
  })

  it('computes a digest that a gatherer asks for from pieces, and names one that it can not', async () => {
    const route = recordedRoute('train', { uses: [{ gatherer: 'digests', options: {} }] })
    const modules = [new URL('../../support/odd-gatherers.mjs', import.meta.url).href]
    await start([route], { modules, digestBytes: 10 })
    const [whole, dropped] = [recordOf(route), recordOf(route)]
    for (const piece of ['hello ', 'world']) {
      recorder.chunk(dropped.id, 'response', Buffer.from(piece))
    }
    recorder.chunk(whole.id, 'response', Buffer.from('hi'))
    const cut = { bytes: Buffer.from('h'), truncated: true }
    await close(whole, { request: bodyCapture(), response: { ...cut, total: 2 } })
    await close(dropped, { request: bodyCapture(), response: { ...cut, total: 11 } })
    await recorder.drain(5_000)
    const text = JSON.stringify(await leaves())
    // SHA-256 of "hi"
    expect(text).to.include('sha256:8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4')
    expect(text).to.include('"digest-skipped"')
  })

  it('gives no digest of a body whose end did not come, and says that it was cut', async () => {
    const route = recordedRoute('train', { uses: [{ gatherer: 'digests', options: {} }] })
    const modules = [new URL('../../support/odd-gatherers.mjs', import.meta.url).href]
    await start([route], { modules })
    const record = recordOf(route)
    recorder.chunk(record.id, 'response', Buffer.from('hi'))
    const cut = { truncated: true, cut: true, total: 2 }
    await close(record, { request: bodyCapture('in', cut), response: bodyCapture('h', cut) })
    await recorder.drain(5_000)
    const text = JSON.stringify(await leaves())
    expect(text).not.to.include('sha256:8f434346648f6b96')
    expect(text).to.include('"digest-skipped"').and.include('"body-truncated"')
  })
})
