import { expect } from 'chai'
import fc from 'fast-check'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExchangeRecord } from '../../../../core/exchange.js'
import { newExchangeId, type Micros } from '../../../../core/ids.js'
import { openLedgerRows } from '../../../../lineage/ledger/reader.js'
import { openLedgerStore } from '../../../../lineage/ledger/store.js'
import type { Leaf, RecordedLeaf } from '../../../../lineage/model/leaf.js'
import { batchOf, frameOf, exchangeRecord, factsLeaf, gapLeaf } from '../../../support/leaves.js'

/** Texts that look like what is looked for. */
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(
    ',"route":"x","service":"',
    '","service":"',
    '\\","tenant":{',
    ',"references":["a"],"request":',
    'é',
    '}',
  ),
  fc.constantFrom('"gatherers":[],"headAt":', ',"startedAt":1,"tenant":', '\\', '"', ',"traceId":'),
)
const pairs = fc.array(text, { maxLength: 4 })
const moment = fc.nat(2 ** 51).map((time) => time as Micros)
const record: fc.Arbitrary<ExchangeRecord> = fc
  .record({
    phase: fc.constantFrom('opening', 'progress', 'closing'),
    route: text,
    service: text,
    serviceKind: text,
    tenant: fc.record({ project: text, domain: text }),
    peer: text,
    claim: fc.option(fc.record({ agent: text, by: fc.constant('asserted' as const) })),
    traceId: fc.option(text),
    references: fc.array(
      fc.nat(3).map(() => newExchangeId()),
      { maxLength: 2 },
    ),
    request: fc.record({ method: text, target: text, authority: text, fields: pairs, bytes: fc.nat() }),
    response: fc.option(fc.record({ status: fc.nat(), fields: pairs, bytes: fc.nat() })),
    startedAt: moment,
    headAt: fc.option(moment),
    error: fc.option(text),
    gatherers: pairs,
  })
  .map((over) => exchangeRecord(over))

describe('a stored leaf', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'waybill-leaf-'))
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  const stored = (...leaves: Leaf[]): RecordedLeaf[] => {
    const store = openLedgerStore(dir)
    const from = store.filed().seq
    store.append([frameOf(batchOf(...leaves))])
    store.close()
    const rows = openLedgerRows(dir)
    const read = rows.leavesAfter(from, leaves.length)
    rows.close()
    return read
  }

  it('gives of a record what the graph needs as its whole text has it, whatever clients and names put into it', () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 5 }), (records) => {
        const leaves = stored(...records)
        expect(leaves).to.have.length(records.length)
        leaves.forEach((leaf, index) => {
          expect(records[index]).to.deep.include(leaf.lean?.())
          expect(leaf.leaf).to.deep.equal(records[index])
        })
      }),
      { numRuns: 60 },
    )
  })

  it('gives facts and gaps whole', () => {
    const facts = factsLeaf(exchangeRecord({ route: 'é' }))
    const gap = gapLeaf('queue-full/train/1')
    expect(stored(facts, gap).map((leaf) => leaf.lean?.())).to.deep.equal([facts, gap])
  })

  it('leaves nothing of itself behind where another is put at its place', () => {
    const [leaf] = stored(exchangeRecord())
    const gap = gapLeaf('not-projected/1')
    const other: RecordedLeaf = { ...leaf!, leaf: gap }
    expect(other).not.to.have.property('lean')
    expect(other).to.include({ seq: 1, recorded: leaf!.recorded, leaf: gap })
  })
})
