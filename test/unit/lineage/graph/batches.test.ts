import { expect } from 'chai'
import fc from 'fast-check'
import { createRests } from '../../../../core/processor-share.js'
import type { Micros } from '../../../../core/ids.js'
import { createBatches, type Batches, type Taken } from '../../../../lineage/graph/batches.js'
import { planOf } from '../../../../lineage/graph/planning.js'
import { createProjection } from '../../../../lineage/graph/projection.js'
import { graphMigrations } from '../../../../lineage/graph/schema.js'
import type { Leaf, RecordedLeaf } from '../../../../lineage/model/leaf.js'
import { openDatabase, type Database } from '../../../../lineage/sqlite/driver.js'
import { commitsOf, createDiskFaults, setDiskFull, type DiskFaults } from '../../../../lineage/sqlite/faults.js'
import { migrate } from '../../../../lineage/sqlite/migrations.js'
import { databaseDump } from '../../../support/graph-dumps.js'
import { factsOf, generated, recordOf, used } from '../../../support/graphs.js'

/** leaves of a batch: two exchanges with their facts */
const size = 4
const rests = createRests(undefined)

describe('batches of the graph', () => {
  let faults: DiskFaults
  let db: Database
  let before: number
  beforeEach(() => {
    faults = createDiskFaults()
    db = openMemory(faults)
    before = commitsOf(faults)
  })
  afterEach(() => db.close())
  const commits = (): number => commitsOf(faults) - before

  it('share a transaction while more of them follow, eight at most, and give what each for itself does', () => {
    const ledger = ledgerOf(12)
    const batches = batchesOn(db, ledger)
    for (let at = 0; at < 11; at += 1) {
      expect(projectNext(batches, ledger, at * size, true)).to.deep.equal(projected((at + 1) * size))
    }
    expect(commits(), 'the ninth to the eleventh are open').to.equal(1)
    expect(projectNext(batches, ledger, 11 * size, false)).to.deep.equal(projected(12 * size))
    expect(commits()).to.equal(2)
    expect(databaseDump(db)).to.deep.equal(dumpOfEach(ledger))
  })

  it('commit what is open before they go on without a plan, and when they end', () => {
    const ledger = ledgerOf(3)
    const batches = batchesOn(db, ledger)
    projectNext(batches, ledger, 0, true)
    expect(batches.project(undefined, false)).to.deep.equal({ kind: 'projected', reached: 12, leaves: 8 })
    expect(commits()).to.equal(2)
    expect(batches.project(undefined, false)).to.deep.equal({ kind: 'none', reached: 12 })
    const more = [...ledger, ...ledgerOf(1, 12)]
    const others = batchesOn(db, more)
    projectNext(others, more, 12, true)
    expect(commits()).to.equal(2)
    others.commit()
    expect(commits()).to.equal(3)
    expect(databaseDump(db)).to.deep.equal(dumpOfEach(more))
  })

  it('go back to the last commit when the disk refuses, and go on from there', () => {
    const ledger = ledgerOf(3)
    const batches = batchesOn(db, ledger)
    projectNext(batches, ledger, 0, false)
    projectNext(batches, ledger, 4, true)
    setDiskFull(faults, true)
    const reason = 'database or disk is full'
    expect(projectNext(batches, ledger, 8, false)).to.deep.equal({ kind: 'refused', reached: 4, reason })
    expect(batches.project(undefined, false)).to.deep.equal({ kind: 'refused', reached: 4, reason })
    setDiskFull(faults, false)
    expect(batches.project(undefined, false)).to.deep.equal({ kind: 'projected', reached: 12, leaves: 8 })
    expect(databaseDump(db)).to.deep.equal(dumpOfEach(ledger))
  })

  it('are added to no transaction that is a second old', () => {
    const ledger = ledgerOf(3)
    let time = 0
    const batches = batchesOn(db, ledger, () => time)
    projectNext(batches, ledger, 0, true)
    time = 1_000
    projectNext(batches, ledger, 4, true)
    expect(commits()).to.equal(1)
    projectNext(batches, ledger, 8, true)
    expect(commits()).to.equal(1)
    batches.commit()
    expect(databaseDump(db)).to.deep.equal(dumpOfEach(ledger))
  })

  it('are done again where SQLite took back what was open, for a query that the disk failed', () => {
    for (const planned of [true, false]) {
      const ledger = ledgerOf(3)
      const shared = openMemory(createDiskFaults())
      const batches = batchesOn(shared, ledger)
      projectNext(batches, ledger, 0, true)
      shared.exec('ROLLBACK')
      const taken = planned ? projectNext(batches, ledger, 4, false) : batches.project(undefined, false)
      expect(taken).to.deep.equal({ kind: 'taken back', reached: 0 })
      while (batches.project(undefined, false).kind !== 'none');
      expect(databaseDump(shared)).to.deep.equal(dumpOfEach(ledger))
      shared.close()
    }
  })

  it('are as without sharing, whatever leaf is spoilt and wherever they end', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 23 }), { maxLength: 3 }),
        fc.array(fc.tuple(fc.boolean(), fc.boolean()), { minLength: 1, maxLength: 12 }),
        (spoilt, choices) => {
          const ledger = ledgerOf(6).map((one, at) => (spoilt.includes(at) ? spoil(one) : one))
          const shared = openMemory(createDiskFaults())
          const batches = batchesOn(shared, ledger)
          let reached = 0
          for (let turn = 0; reached < ledger.length; turn += 1) {
            expect(turn).to.be.lessThan(60)
            const [more = false, planned = true] = choices[turn % choices.length] ?? []
            const follows = more && reached + size < ledger.length
            const taken = planned ? projectNext(batches, ledger, reached, follows) : batches.project(undefined, false)
            expect(taken.kind).to.be.oneOf(['projected', 'taken back'])
            reached = taken.reached
          }
          batches.commit()
          expect(databaseDump(shared)).to.deep.equal(dumpOfEach(ledger))
          shared.close()
        },
      ),
      { numRuns: 60 },
    )
  })
})

function openMemory(faults: DiskFaults): Database {
  const made = openDatabase(':memory:', { readonly: false, synchronous: 'NORMAL', faults })
  migrate(made, graphMigrations)
  return made
}

function batchesOn(db: Database, ledger: readonly RecordedLeaf[], now = (): number => 0): Batches {
  return createBatches({
    projection: createProjection(db),
    read: (after) => ledger.slice(after, after + size * 2),
    now,
  })
}

/** The next batch behind `reached`, as a plan where it can be one. */
function projectNext(batches: Batches, ledger: readonly RecordedLeaf[], reached: number, more: boolean): Taken {
  return batches.project(planOf(ledger.slice(reached, reached + size), rests), more)
}

function projected(reached: number): Taken {
  return { kind: 'projected', reached, leaves: size }
}

/** Of so many batches, behind leaf `from`. */
function ledgerOf(count: number, from = 0): RecordedLeaf[] {
  const leaves = Array.from({ length: (count * size) / 2 }, (_, at): Leaf[] => {
    const number = from / 2 + at + 1
    const facts = [
      used(number, `run:${number}`, `object:a@${number % 5}`),
      generated(number, `run:${number}`, `model:m@${number}`),
    ]
    return [recordOf(number), factsOf(number, facts)]
  }).flat()
  return leaves.map((leaf, at) => ({ seq: from + at + 1, recorded: (from + at + 1) as Micros, leaf }))
}

/** It can be planned, and not written: no column takes a half. */
function spoil({ seq, recorded }: RecordedLeaf): RecordedLeaf {
  const fact = { ...used(1, `run:${seq}`, 'object:a@1'), time: 1.5 as Micros }
  return { seq, recorded, leaf: factsOf(Math.ceil(seq / 2), [fact]) }
}

/** What it says of leaves that came one by one. */
function dumpOfEach(ledger: readonly RecordedLeaf[]): string {
  const db = openMemory(createDiskFaults())
  const batches = createBatches({ projection: createProjection(db), read: (after) => ledger.slice(after, after + 1) })
  for (let taken = batches.project(undefined, false); taken.kind !== 'none';) taken = batches.project(undefined, false)
  const dump = databaseDump(db)
  db.close()
  return dump
}
