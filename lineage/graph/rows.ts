// Rows of one table on their way into it, many with one statement: a call of SQLite for each costs more than the row. For
// tables that a batch only adds to. Never holds rows over a commit.
import type { Rests } from '../../core/processor-share.js'
import type { Database, SqlValue, Statement } from '../sqlite/driver.js'

/** Where rows go; with a rest after each statement. */
export interface Into {
  readonly db: Database
  readonly rests: Rests
}

export interface Rows {
  /** is in the table when as many have come together, at the latest after `flush` */
  add(row: readonly SqlValue[]): void
  flush(): void
  /** after a rollback */
  forget(): void
}

/** Rows of one statement at most: a power of two. */
const together = 32

/**
 * `again`: what becomes of a row that is there already. FAIL throws, and its transaction has to be rolled back; SQLite's own
 * ABORT would have to be able to take back a statement alone, and keeps a copy of each page for it.
 */
export function createRows(into: Into, table: string, columns: number, again: 'FAIL' | 'IGNORE' = 'FAIL'): Rows {
  const insert = inserting(into, table, columns, again)
  const values: SqlValue[] = Array.from({ length: together * columns }, () => null)
  let end = 0
  const flush = (): void => {
    const rows = end / columns
    end = 0
    for (const { from, count } of pieces(rows)) insert(values, from, count)
  }
  return {
    flush,
    add: (row) => {
      for (let at = 0; at < columns; at += 1) values[end + at] = row[at] ?? null
      end += columns
      if (end === values.length) flush()
    },
    forget: () => {
      end = 0
    },
  }
}

/**
 * Inserts rows that most likely are new, their values behind each other. Gives the places of those that may have been there
 * already: of many inserted at once SQLite only tells how many were not.
 */
export type InsertNew = (values: readonly SqlValue[]) => number[]

export function createInsertNew(into: Into, table: string, columns: number): InsertNew {
  const insert = inserting(into, table, columns, 'IGNORE')
  return (values) => {
    const doubtful: number[] = []
    for (const { from, count } of pieces(values.length / columns)) {
      if (insert(values, from, count) === count) continue
      for (let row = from; row < from + count; row += 1) doubtful.push(row)
    }
    return doubtful
  }
}

/** Few statements, and few kinds of them, whatever the number of rows. */
function* pieces(rows: number): Generator<{ readonly from: number; readonly count: number }> {
  for (let from = 0; from < rows;) {
    let count = together
    while (count > rows - from) count /= 2
    yield { from, count }
    from += count
  }
}

/** Inserts `count` of the rows in `values`, a power of two, from row `from` on. Gives how many were new. */
type Insert = (values: readonly SqlValue[], from: number, count: number) => number

function inserting({ db, rests }: Into, table: string, columns: number, again: 'FAIL' | 'IGNORE'): Insert {
  const statements = new Map<number, Statement>()
  const row = `(${Array.from({ length: columns }, () => '?').join(', ')})`
  const prepare = (count: number): Statement => {
    const rows = Array.from({ length: count }, () => row).join(', ')
    const made = db.prepare(`INSERT OR ${again} INTO ${table} VALUES ${rows}`)
    statements.set(count, made)
    return made
  }
  return (values, from, count) => {
    const statement = statements.get(count) ?? prepare(count)
    const changed = statement.run(...values.slice(from * columns, (from + count) * columns))
    rests.rest()
    return changed
  }
}
