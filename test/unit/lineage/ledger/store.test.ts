import { expect } from 'chai'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { canonicalJson } from '../../../../core/canonical-json.js'
import type { Micros } from '../../../../core/ids.js'
import { createRecordPacker } from '../../../../core/packed-record.js'
import { everyTenant } from '../../../../core/tenant.js'
import { openLedgerRows } from '../../../../lineage/ledger/reader.js'
import { openLedgerStore } from '../../../../lineage/ledger/store.js'
import { openDatabase } from '../../../../lineage/sqlite/driver.js'
import { createDiskFaults, setDiskFull } from '../../../../lineage/sqlite/faults.js'
import { leafId } from '../../../../lineage/model/leaf.js'
import { batchOf, exchangeRecord, factsLeaf, frameOf, gapLeaf } from '../../../support/leaves.js'

describe('ledger.db', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'waybill-ledger-'))
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  describe('store', () => {
    it('keeps leaves in order, each once, with the RFC 6962 hash of canonical {body, recorded}', () => {
      const store = openLedgerStore(dir)
      const record = exchangeRecord({ peer: 'é\u{1F600}' })
      const gap = gapLeaf('queue-full/train/1')
      store.append([frameOf(batchOf(record, gap)), frameOf(batchOf(record, factsLeaf(record)))])
      expect(store.append([frameOf(batchOf(gap))])).to.deep.equal({ seq: 3, taken: 5 })
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
      const store = openLedgerStore(dir)
      const pack = createRecordPacker()
      const records = Array.from({ length: 400 }, (_, at) => exchangeRecord({ peer: 'é"\\'.repeat(at * 8) }))
      const gap = gapLeaf('queue-full/train/1')
      const bodies = records.map((record, at) => (at % 3 === 0 ? canonicalJson(record) : pack(record)))
      const ids = records.map(leafId)
      store.append([frameOf({ ids, bodies }), frameOf(batchOf(gap))])
      store.append([frameOf({ ids, bodies: records.map(pack) })])
      store.close()
      const database = openDatabase(join(dir, 'ledger.db'), { readonly: true, synchronous: 'FULL' })
      const rows = database.prepare<{ body: string }>('SELECT body FROM leaf').all()
      database.close()
      expect(rows.map(({ body }) => body)).to.deep.equal([...records, gap].map(canonicalJson))
    })

    it('knows every leaf again, new or old, in this run or the next, and finds those of an exchange', () => {
      const records = Array.from({ length: 50_000 }, () => exchangeRecord())
      const first = openLedgerStore(dir)
      for (let at = 0; at < records.length; at += 2_500) {
        first.append([frameOf(batchOf(...records.slice(at, at + 2_500)))])
      }
      const again = [records[0]!, records[20_000]!, records.at(-1)!, gapLeaf('queue-full/train/1')]
      expect(first.append([frameOf(batchOf(...again))])).to.deep.equal({ seq: 50_001, taken: 50_004 })
      first.close()
      const second = openLedgerStore(dir)
      expect(second.append([frameOf(batchOf(...again))])).to.deep.equal({ seq: 50_001, taken: 50_008 })
      const late = factsLeaf(records[20_000]!)
      second.append([frameOf(batchOf(late, factsLeaf(records.at(-1)!)))])
      const rows = openLedgerRows(dir)
      expect(rows.leavesOf(late.exchange).map(({ leaf }) => leaf)).to.deep.equal([records[20_000], late])
      expect(rows.leavesOf(records.at(-1)!.id).map(({ seq }) => seq)).to.deep.equal([50_000, 50_003])
      expect(rows.count()).to.equal(50_003)
      expect(rows.taken()).to.equal(50_010)
      expect([50_000, 50_003, 50_004, 50_008, 50_009].map((taken) => rows.seqOf(taken))).to.deep.equal([
        50_000, 50_000, 50_001, 50_001, 50_002,
      ])
      rows.close()
      second.close()
    })

    it('never lets a leaf be changed or removed', () => {
      const store = openLedgerStore(dir)
      store.append([frameOf(batchOf(exchangeRecord()))])
      store.close()
      const database = openDatabase(join(dir, 'ledger.db'), { readonly: false, synchronous: 'FULL' })
      expect(() => database.exec(`UPDATE segment SET bodies = x'00'`)).to.throw('append only')
      expect(() => database.exec('DELETE FROM segment')).to.throw('append only')
      database.close()
    })

    it('goes on without a hole after a commit that failed', () => {
      const faults = createDiskFaults()
      const store = openLedgerStore(dir, faults)
      store.append([frameOf(batchOf(exchangeRecord()))])
      setDiskFull(faults, true)
      expect(() => store.append([frameOf(batchOf(exchangeRecord()))])).to.throw('full')
      setDiskFull(faults, false)
      expect(store.append([frameOf(batchOf(exchangeRecord()))]).seq).to.equal(2)
      store.close()
    })

    it('stores all of a transaction that failed when it comes again, whatever its memory of newest leaves did meanwhile', () => {
      const faults = createDiskFaults()
      const store = openLedgerStore(dir, faults)
      const records = Array.from({ length: 16_600 }, () => exchangeRecord())
      store.append([frameOf(batchOf(...records.slice(0, 16_300)))])
      const rest = frameOf(batchOf(...records.slice(16_300)))
      setDiskFull(faults, true)
      expect(() => store.append([rest])).to.throw('full')
      setDiskFull(faults, false)
      expect(store.append([rest])).to.deep.equal({ seq: 16_600, taken: 16_600 })
      store.close()
    })

    it('never lets record time go back, whatever the clock did, and keeps apart what was committed at different times', () => {
      const store = openLedgerStore(dir)
      const frames = [3, 5, 5, 4, 6].map((time) => frameOf(batchOf(exchangeRecord()), time as Micros))
      store.append(frames.slice(0, 2))
      store.append(frames.slice(2))
      store.close()
      const rows = openLedgerRows(dir)
      expect(rows.leavesAfter(0, 10).map(({ recorded }) => recorded)).to.deep.equal([3, 5, 5, 5, 6])
      rows.close()
    })
  })

  describe('rows', () => {
    it('answers with the record that stands for an exchange, its facts and its gaps', () => {
      const store = openLedgerStore(dir)
      const closing = exchangeRecord({ gatherers: ['http-json'] })
      const opening = { ...closing, phase: 'opening' as const }
      store.append([frameOf(batchOf(opening, closing))])
      const rows = openLedgerRows(dir)
      expect(rows.exchange(closing.id, everyTenant)?.gaps[0]?.reason).to.equal('facts-pending')
      const facts = factsLeaf(closing)
      store.append([frameOf(batchOf(facts))])
      const stored = rows.exchange(closing.id, everyTenant)
      expect(stored?.record).to.deep.equal(closing)
      expect(stored?.facts).to.deep.equal([facts])
      expect(stored?.gaps).to.deep.equal([])
      expect(rows.exchange(closing.id, { all: false, tenants: [] })).to.equal(undefined)
      rows.close()
      store.close()
    })

    it('lists exchanges newest first by filter, page by page, each once', () => {
      const store = openLedgerStore(dir)
      const records = Array.from({ length: 5 }, (_, index) =>
        exchangeRecord({ route: index % 2 === 0 ? 'even' : 'odd', startedAt: (1000 + index) as Micros }),
      )
      const opening = { ...records[0]!, phase: 'opening' as const }
      store.append([frameOf(batchOf(opening, ...records))])
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
