import { expect } from 'chai'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { canonicalJson } from '../../../../core/canonical-json.js'
import { systemClock } from '../../../../core/clock.js'
import { WaybillError } from '../../../../core/errors.js'
import type { Micros } from '../../../../core/ids.js'
import { createRecordPacker } from '../../../../core/packed-record.js'
import { createSignals } from '../../../../core/signals.js'
import { everyTenant } from '../../../../core/tenant.js'
import { openLedger } from '../../../../lineage/ledger/client.js'
import { appendMessage, type FromLedger } from '../../../../lineage/ledger/protocol.js'
import { openLedgerRows } from '../../../../lineage/ledger/reader.js'
import { openLedgerStore } from '../../../../lineage/ledger/store.js'
import { openDatabase } from '../../../../lineage/sqlite/driver.js'
import {
  createDiskFaults,
  setDiskFull,
  setLateThreadDeaths,
  setThreadDeaths,
} from '../../../../lineage/sqlite/faults.js'
import { leafId } from '../../../../lineage/model/leaf.js'
import { batchOf, exchangeRecord, factsLeaf, gapLeaf } from '../../../support/leaves.js'

describe('ledger', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'waybill-ledger-'))
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  describe('store', () => {
    it('keeps leaves in order, each once, with the RFC 6962 hash of canonical {body, recorded}', () => {
      const store = openLedgerStore(dir, { now: () => 1_800_000_000_000_000 as Micros })
      const record = exchangeRecord({ peer: 'é\u{1F600}' })
      const gap = gapLeaf('queue-full/train/1')
      store.append([appendMessage(1, batchOf(record, gap)), appendMessage(2, batchOf(record, factsLeaf(record)))])
      expect(store.append([appendMessage(3, batchOf(gap))])).to.deep.equal({ seq: 3, records: 0 })
      store.close()
      const database = openDatabase(join(dir, 'ledger.db'), { readonly: true, synchronous: 'FULL' })
      const rows = database
        .prepare<{ seq: number; hash: Buffer; recorded: number; body: string }>('SELECT * FROM leaf')
        .all()
      database.close()
      expect(rows.map(({ seq }) => seq)).to.deep.equal([1, 2, 3])
      for (const { body, recorded, hash } of rows) {
        const leaf = canonicalJson({ body: JSON.parse(body) as unknown, recorded })
        expect(hash).to.deep.equal(createHash('sha256').update(`\0${leaf}`).digest())
      }
      expect(JSON.parse(rows[0]!.body)).to.deep.equal(record)
    })

    it('stores records that came packed as it stores their JSON, however many and long they are', () => {
      const store = openLedgerStore(dir, { now: () => 1_800_000_000_000_000 as Micros })
      const pack = createRecordPacker()
      const records = Array.from({ length: 400 }, (_, at) => exchangeRecord({ peer: 'é"\\'.repeat(at * 8) }))
      const gap = gapLeaf('queue-full/train/1')
      const bodies = records.map((record, at) => (at % 3 === 0 ? canonicalJson(record) : pack(record)))
      const ids = records.map(leafId)
      store.append([appendMessage(1, { ids, bodies }), appendMessage(2, batchOf(gap))])
      store.append([appendMessage(3, { ids, bodies: records.map(pack) })])
      store.close()
      const database = openDatabase(join(dir, 'ledger.db'), { readonly: true, synchronous: 'FULL' })
      const rows = database.prepare<{ body: string }>('SELECT body FROM leaf').all()
      database.close()
      expect(rows.map(({ body }) => body)).to.deep.equal([...records, gap].map(canonicalJson))
    })

    it('knows every leaf again, new or old, in this run or the next, and finds those of an exchange', () => {
      const records = Array.from({ length: 50_000 }, () => exchangeRecord())
      const first = openLedgerStore(dir, systemClock)
      for (let at = 0; at < records.length; at += 2_500) {
        first.append([appendMessage(1, batchOf(...records.slice(at, at + 2_500)))])
      }
      const again = [records[0]!, records[20_000]!, records.at(-1)!, gapLeaf('queue-full/train/1')]
      expect(first.append([appendMessage(2, batchOf(...again))])).to.deep.equal({ seq: 50_001, records: 1 })
      first.close()
      const second = openLedgerStore(dir, systemClock)
      expect(second.append([appendMessage(3, batchOf(...again))])).to.deep.equal({ seq: 50_001, records: 0 })
      const late = factsLeaf(records[20_000]!)
      second.append([appendMessage(4, batchOf(late, factsLeaf(records.at(-1)!)))])
      const rows = openLedgerRows(dir)
      expect(rows.leavesOf(late.exchange).map(({ leaf }) => leaf)).to.deep.equal([records[20_000], late])
      expect(rows.leavesOf(records.at(-1)!.id).map(({ seq }) => seq)).to.deep.equal([50_000, 50_003])
      expect(rows.count()).to.equal(50_003)
      rows.close()
      second.close()
    })

    it('never lets a leaf be changed or removed', () => {
      const store = openLedgerStore(dir, systemClock)
      store.append([appendMessage(1, batchOf(exchangeRecord()))])
      store.close()
      const database = openDatabase(join(dir, 'ledger.db'), { readonly: false, synchronous: 'FULL' })
      expect(() => database.exec(`UPDATE segment SET bodies = x'00'`)).to.throw('append only')
      expect(() => database.exec('DELETE FROM segment')).to.throw('append only')
      database.close()
    })

    it('goes on without a hole after a commit that failed', () => {
      const faults = createDiskFaults()
      const store = openLedgerStore(dir, systemClock, faults)
      store.append([appendMessage(1, batchOf(exchangeRecord()))])
      setDiskFull(faults, true)
      expect(() => store.append([appendMessage(2, batchOf(exchangeRecord()))])).to.throw('full')
      setDiskFull(faults, false)
      expect(store.append([appendMessage(3, batchOf(exchangeRecord()))]).seq).to.equal(2)
      store.close()
    })

    it('never lets record time go back, whatever the clock does', () => {
      const times = [3, 1, 2]
      const store = openLedgerStore(dir, { now: () => (times.shift() ?? 0) as Micros })
      for (const batch of [1, 2, 3]) store.append([appendMessage(batch, batchOf(exchangeRecord()))])
      store.close()
      const rows = openLedgerRows(dir)
      expect(rows.leavesAfter(0, 10).map(({ recorded }) => recorded)).to.deep.equal([3, 3, 3])
      rows.close()
    })
  })

  describe('client', () => {
    it('resolves when leaves are on disk, says so to listeners, and takes them over ports too', async () => {
      const ledger = await openLedger({ dir, signals: createSignals() })
      const seqs: number[] = []
      ledger.onCommit((seq) => seqs.push(seq))
      await ledger.append(batchOf(exchangeRecord(), exchangeRecord()))
      const port = ledger.port()
      const message = appendMessage(7, batchOf(exchangeRecord()))
      port.postMessage(message, [message.bytes.buffer])
      const [answer] = (await once(port, 'message')) as [FromLedger]
      expect(answer).to.deep.include({ kind: 'stored', batches: [7], seq: 3, records: 1 })
      await ledger.probe()
      expect(ledger.last()).to.equal(3)
      expect(seqs).to.deep.equal([2, 3])
      port.close()
      await ledger.close()
    })

    it('commits what is patient together with what is not, and by itself soon enough', async () => {
      const ledger = await openLedger({ dir, signals: createSignals() })
      const seqs: number[] = []
      ledger.onCommit((seq) => seqs.push(seq))
      const patient = ledger.append({ ...batchOf(exchangeRecord()), patient: true })
      await Promise.all([ledger.append(batchOf(exchangeRecord())), patient])
      await ledger.append({ ...batchOf(exchangeRecord()), patient: true })
      await ledger.probe()
      expect(seqs).to.deep.equal([2, 3])
      await ledger.close()
    })

    it('starts its thread again when it dies, and loses nothing that was under way', async () => {
      const faults = createDiskFaults()
      const signals = createSignals()
      const reasons: string[] = []
      signals.ledgerRestarted.subscribe(({ reason }) => reasons.push(reason))
      const ledger = await openLedger({ dir, signals, faults })
      setThreadDeaths(faults, 1)
      const records = [exchangeRecord(), exchangeRecord(), exchangeRecord()]
      await Promise.all(records.map((record) => ledger.append(batchOf(record))))
      expect(reasons).to.have.length(1)
      await ledger.close()
      const rows = openLedgerRows(dir)
      expect(rows.leavesAfter(0, 10).map(({ leaf }) => leaf)).to.deep.equal(records)
      rows.close()
    })

    it('does not count leaves as stored, of which a thread that died told nobody, before those who wait are told', async () => {
      const faults = createDiskFaults()
      const signals = createSignals()
      const ledger = await openLedger({ dir, signals, faults })
      const seqs: number[] = []
      ledger.onCommit((seq) => seqs.push(seq))
      const atRestart: number[] = []
      signals.ledgerRestarted.subscribe(() => atRestart.push(ledger.last()))
      await ledger.append(batchOf(exchangeRecord()))
      setLateThreadDeaths(faults, 1)
      await ledger.append(batchOf(exchangeRecord()))
      expect(atRestart).to.deep.equal([1])
      expect(ledger.last()).to.equal(2)
      await ledger.close()
      expect(seqs, 'and those who follow the ledger know of them').to.deep.equal([1, 2])
    })

    it('closed while its thread is started again, waits for it, stores what was under way and lets go of the file', async () => {
      const faults = createDiskFaults()
      const signals = createSignals()
      const died = new Promise((resolve) => signals.ledgerFailed.subscribe(resolve))
      const ledger = await openLedger({ dir, signals, faults })
      setThreadDeaths(faults, 1)
      const record = exchangeRecord()
      let answer = 'none'
      void ledger.append(batchOf(record)).then(
        () => (answer = 'stored'),
        () => (answer = 'refused'),
      )
      await died
      expect(ledger.up()).to.equal(false)
      await ledger.close()
      expect(answer).to.equal('stored')
      expect(ledger.up()).to.equal(false)
      // the last to let go of the file takes its log away
      expect(existsSync(join(dir, 'ledger.db-wal'))).to.equal(false)
      const rows = openLedgerRows(dir)
      expect(rows.leavesAfter(0, 10).map(({ leaf }) => leaf)).to.deep.equal([record])
      rows.close()
    })

    it('rejects what a full disk refused, and stores again when there is room', async () => {
      const faults = createDiskFaults()
      const ledger = await openLedger({ dir, signals: createSignals(), faults })
      setDiskFull(faults, true)
      const failure = await ledger.append(batchOf(exchangeRecord())).catch((thrown: unknown) => thrown)
      expect(failure).to.be.instanceOf(WaybillError).with.property('code', 'WB_RECORD_UNAVAILABLE')
      expect(await ledger.probe().catch(() => 'refused')).to.equal('refused')
      setDiskFull(faults, false)
      await ledger.probe()
      await ledger.append(batchOf(exchangeRecord()))
      expect(ledger.last()).to.equal(1)
      await ledger.close()
    })

    it('refuses a folder that another ledger has open', async () => {
      const ledger = await openLedger({ dir, signals: createSignals() })
      const second = await openLedger({ dir, signals: createSignals() }).catch((thrown: unknown) => thrown)
      expect(second).to.be.instanceOf(WaybillError).with.property('code', 'WB_DATA_FOLDER')
      await ledger.close()
      await (await openLedger({ dir, signals: createSignals() })).close()
    })
  })

  describe('rows', () => {
    it('answers with the record that stands for an exchange, its facts and its gaps', () => {
      const store = openLedgerStore(dir, systemClock)
      const closing = exchangeRecord({ gatherers: ['http-json'] })
      const opening = { ...closing, phase: 'opening' as const }
      store.append([appendMessage(1, batchOf(opening, closing))])
      const rows = openLedgerRows(dir)
      expect(rows.exchange(closing.id, everyTenant)?.gaps[0]?.reason).to.equal('facts-pending')
      const facts = factsLeaf(closing)
      store.append([appendMessage(2, batchOf(facts))])
      const stored = rows.exchange(closing.id, everyTenant)
      expect(stored?.record).to.deep.equal(closing)
      expect(stored?.facts).to.deep.equal([facts])
      expect(stored?.gaps).to.deep.equal([])
      expect(rows.exchange(closing.id, { all: false, tenants: [] })).to.equal(undefined)
      rows.close()
      store.close()
    })

    it('lists exchanges newest first by filter, page by page, each once', () => {
      const store = openLedgerStore(dir, systemClock)
      const records = Array.from({ length: 5 }, (_, index) =>
        exchangeRecord({ route: index % 2 === 0 ? 'even' : 'odd', startedAt: (1000 + index) as Micros }),
      )
      const opening = { ...records[0]!, phase: 'opening' as const }
      store.append([appendMessage(1, batchOf(opening, ...records))])
      const rows = openLedgerRows(dir)
      const first = rows.exchanges({ limit: 2, route: 'even' }, everyTenant)
      expect(first.items).to.deep.equal([records[4], records[2]])
      const second = rows.exchanges({ limit: 2, route: 'even', cursor: first.cursor ?? '' }, everyTenant)
      expect(second.items).to.deep.equal([records[0]])
      expect(second.cursor).to.equal(null)
      expect(rows.exchanges({ limit: 9, status: '2xx', method: 'POST' }, everyTenant).items).to.have.length(5)
      expect(rows.exchanges({ limit: 9, status: '404' }, everyTenant).items).to.deep.equal([])
      expect(rows.exchanges({ limit: 9, since: 1003 as Micros }, everyTenant).items).to.have.length(2)
      expect(rows.exchanges({ limit: 9 }, { all: false, tenants: [] }).items).to.deep.equal([])
      rows.close()
      store.close()
    })
  })
})
