// Leaves of the ledger into rows of graph.db, a batch and its ledger position in one transaction. Rows are a function of
// the set of leaves: a leaf seen twice, or leaves in another order, give the same. Never merges, never reads for an answer.
import { createRests, type Rests } from '../../core/processor-share.js'
import type { FactsLeaf, GapLeaf } from '../model/fact.js'
import type { RecordedLeaf, RecordHead } from '../model/leaf.js'
import type { Database } from '../sqlite/driver.js'
import { createFactRows } from './fact-rows.js'
import { createInterning, type Interning } from './interning.js'
import { allRows, createRows, type Rows } from './rows.js'
import { endOfTime, isLeafOf, projectionVersion } from './schema.js'

export interface Position {
  readonly seq: number
  /** record time of that leaf: tells whether a ledger still has it */
  readonly recorded: number
  /** `projectionVersion` that made the rows; 0 where there are none */
  readonly projection: number
}

export interface Projection {
  /** ledger position that the graph has reached */
  position(): Position
  /** Commits all of `leaves`, in the ledger's order, or nothing. */
  project(leaves: readonly RecordedLeaf[]): void
}

export function createProjection(db: Database, rests: Rests = createRests(undefined)): Projection {
  const interning = createInterning(db)
  const batch: Batch = { waiting: new Set(), fresh: new Set(), gathered: new Set() }
  const writers = {
    facts: factsWriter(db, interning, batch),
    record: recordWriter(db, interning, batch),
    gap: gapWriter(db, interning),
  }
  const setPosition = db.prepare('UPDATE position SET seq = ?, recorded = ?, projection = ? WHERE seq < ?')
  const write = (one: RecordedLeaf): void => {
    const { recorded } = one
    const leaf = one.lean?.() ?? one.leaf
    if (leaf.kind === 'facts') writers.facts.write(leaf, recorded)
    else if (leaf.kind === 'gap') writers.gap(leaf, recorded)
    else writers.record.write(leaf, recorded)
  }
  return {
    position: () => positionOf(db),
    project: (leaves) => {
      try {
        db.transaction(() => {
          for (const leaf of leaves) {
            write(leaf)
            rests.rest()
          }
          writers.facts.flush()
          writers.record.settle()
          rests.rest()
          const last = leaves.at(-1)
          if (last !== undefined) setPosition.run(last.seq, last.recorded, projectionVersion, last.seq)
        })
      } catch (thrown) {
        interning.forget()
        writers.facts.forget()
        throw thrown
      } finally {
        for (const set of Object.values(batch) as Set<number>[]) set.clear()
      }
    },
  }
}

/** Of any file that has such a table, also one of another layout. */
export function positionOf(db: Database): Position {
  const read = db.prepare<Position>('SELECT seq, recorded, projection FROM position')
  return read.get() ?? { seq: 0, recorded: 0, projection: 0 }
}

/** What is known of exchanges within one batch, so that most of them are written once. */
interface Batch {
  /** records whose facts have not come in this batch */
  readonly waiting: Set<number>
  /** exchanges that this batch made and that have no leaf yet */
  readonly fresh: Set<number>
  /** exchanges that have a leaf of this batch */
  readonly gathered: Set<number>
}

interface Generation {
  readonly id: number
  readonly generation: number
  readonly recorded: number
  readonly until: number
}

interface FactsWriter extends Pick<Rows, 'flush' | 'forget'> {
  /** what it writes is there after `flush` */
  write(leaf: FactsLeaf, recorded: number): void
}

function factsWriter(db: Database, interning: Interning, batch: Batch): FactsWriter {
  const facts = createFactRows(db, interning)
  const leaves = createRows(db, 'leaf', 8)
  const generation = 'SELECT id, generation, recorded, until FROM leaf WHERE'
  const generations = db.prepare<Generation>(
    `${generation} id = ? UNION ALL ${generation} generation > 0 AND exchange = ?`,
  )
  const update = db.prepare('UPDATE leaf SET recorded = ?, until = ? WHERE id = ?')
  const arrived = db.prepare('UPDATE exchange SET pending = 0 WHERE id = ? AND pending = 1')
  const gap = db.prepare(
    `INSERT INTO gap (reason, at, exchange, leaf, tenant, "from", count, exact, recorded) VALUES (?, ?, ?, ?, ?, ?, 1, 1, ?)`,
  )
  const generationsOf = (exchange: number): readonly Generation[] => {
    if (batch.gathered.has(exchange)) leaves.flush()
    return generations.all(exchange, exchange)
  }

  // A generation stands until a higher one was recorded, in whatever order they arrive here.
  const settle = (all: readonly Generation[]): void => {
    for (const one of all) {
      const higher = all.filter((other) => other.generation > one.generation).map((other) => other.recorded)
      update.run(one.recorded, Math.min(endOfTime, ...higher), one.id)
    }
  }

  const writeLeaf = (leaf: FactsLeaf, recorded: number, { id, exchange }: { id: number; exchange: number }): void => {
    const { generation, gathered, route } = leaf
    const loose = gathered.every((one) => one.facts.length === 0) && gathered.some(({ gaps }) => gaps.length > 0)
    const [at, tenant] = [interning.word(route), interning.tenant(leaf.tenant)]
    leaves.add(id, exchange, generation, at, tenant, recorded, endOfTime, loose ? 1 : 0)
    const first = facts.write(leaf, id)
    for (const { gaps } of gathered) {
      for (const { reason, about } of gaps) {
        const place = about === '' ? leaf.exchange : `${leaf.exchange}: ${about}`
        gap.run(reason, place, exchange, id, tenant, first ?? recorded, recorded)
      }
    }
  }

  return {
    ...allRows([leaves, facts]),
    write: (leaf, recorded) => {
      const exchange = interning.exchange(leaf.exchange)
      const fresh = batch.fresh.delete(exchange)
      const others = fresh ? [] : generationsOf(exchange)
      const known = others.find((other) => other.generation === leaf.generation)
      if (known !== undefined) {
        if (recorded < known.recorded) settle(others.map((other) => (other === known ? { ...known, recorded } : other)))
        return
      }
      const id = leaf.generation === 0 ? exchange : interning.nextLeaf()
      writeLeaf(leaf, recorded, { id, exchange })
      batch.gathered.add(exchange)
      if (others.length > 0) {
        leaves.flush()
        settle([...others, { id, generation: leaf.generation, recorded, until: endOfTime }])
      }
      batch.waiting.delete(exchange)
      if (!fresh) arrived.run(exchange)
    },
  }
}

interface RecordWriter {
  write(record: RecordHead, recorded: number): void
  /** at the end of a batch: marks the exchanges whose facts are still to come */
  settle(): void
}

function recordWriter(db: Database, interning: Interning, batch: Batch): RecordWriter {
  const insert = db.prepare(
    `INSERT OR IGNORE INTO exchange (id, key, route, tenant, started, gathers, recorded, closed) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const merge = db.prepare(
    `UPDATE exchange SET route = ?, tenant = ?, started = min(coalesce(started, ${endOfTime}), ?), gathers = max(gathers, ?),
       recorded = min(coalesce(recorded, ${endOfTime}), ?), closed = min(coalesce(closed, ${endOfTime}), ?) WHERE id = ?`,
  )
  const pending = db.prepare(
    `UPDATE exchange SET pending = 1 WHERE id = ? AND lost = 0 AND pending = 0
       AND NOT EXISTS (SELECT 1 FROM leaf WHERE ${isLeafOf('exchange.id')})`,
  )
  const reference = db.prepare('INSERT OR IGNORE INTO reference VALUES (?, ?)')
  const exchangeOf = (record: RecordHead, values: readonly number[]): number => {
    const { id, fresh } = interning.newExchange(record.id, (row, key) => insert.run(row, key, ...values) === 1)
    if (fresh) batch.fresh.add(id)
    else merge.run(...values, id)
    return id
  }
  return {
    write: (record, recorded) => {
      const closing = record.phase === 'closing'
      const gathers = record.gatherers.length > 0
      const [route, tenant] = [interning.word(record.route), interning.tenant(record.tenant)]
      const values = [route, tenant, record.startedAt, gathers ? 1 : 0, recorded, closing ? recorded : endOfTime]
      const id = exchangeOf(record, values)
      if (closing && gathers) batch.waiting.add(id)
      for (const target of record.references) reference.run(id, Buffer.from(target, 'hex'))
    },
    settle: () => {
      for (const id of batch.waiting) pending.run(id)
    },
  }
}

/** Gaps that say themselves why facts will not come; what they name is then not pending as well. */
const endsWaiting = new Set(['facts-lost', 'queue-full', 'gatherer-failed', 'gatherer-timeout'])

function gapWriter(db: Database, interning: Interning): (gap: GapLeaf, recorded: number) => void {
  const insert = db.prepare(
    `INSERT INTO gap (key, reason, at, exchange, leaf, tenant, "from", count, exact, recorded)
     VALUES (?, ?, ?, ?, NULL, ?, ?, ?, ?, ?)
     ON CONFLICT (key) DO UPDATE SET recorded = min(recorded, excluded.recorded)`,
  )
  const lost = db.prepare('UPDATE exchange SET lost = 1, pending = 0 WHERE id = ?')
  return (gap, recorded) => {
    const exchange = gap.exchange === null ? null : interning.exchange(gap.exchange)
    const tenant = gap.tenant === null ? null : interning.tenant(gap.tenant)
    insert.run(gap.id, gap.reason, gap.at, exchange, tenant, gap.from, gap.count, gap.exact ? 1 : 0, recorded)
    if (exchange !== null && endsWaiting.has(gap.reason)) lost.run(exchange)
  }
}
