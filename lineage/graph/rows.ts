// Rows of one table on their way into it, many with one statement: a call of SQLite for each costs more than the row. For
// tables that a batch only adds to. Never holds rows over a commit.
import type { Database, SqlValue } from '../sqlite/driver.js'

export interface Rows {
  /** is in the table when as many have come together, at the latest after `flush` */
  add(row: readonly SqlValue[]): void
  flush(): void
  /** after a rollback */
  forget(): void
}

const together = 32

/**
 * `again`: what becomes of a row that is there already. FAIL throws, and its transaction has to be rolled back; SQLite's own
 * ABORT would have to be able to take back a statement alone, and keeps a copy of each page for it.
 */
export function createRows(db: Database, table: string, columns: number, again: 'FAIL' | 'IGNORE' = 'FAIL'): Rows {
  const insert = inserting(db, table, columns, again)
  const values: SqlValue[] = Array.from({ length: together * columns }, () => null)
  let end = 0
  return {
    add: (row) => {
      for (let at = 0; at < columns; at += 1) values[end + at] = row[at] ?? null
      end += columns
      if (end < values.length) return
      end = 0
      insert.many(values)
    },
    flush: () => {
      for (let at = 0; at < end; at += columns) insert.one(values.slice(at, at + columns))
      end = 0
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

export function createInsertNew(db: Database, table: string, columns: number): InsertNew {
  const insert = inserting(db, table, columns, 'IGNORE')
  return (values) => {
    const doubtful: number[] = []
    const rows = values.length / columns
    const valuesOf = (row: number, count: number): readonly SqlValue[] =>
      values.slice(row * columns, (row + count) * columns)
    let row = 0
    for (; row + together <= rows; row += together) {
      if (insert.many(valuesOf(row, together)) === together) continue
      for (let index = 0; index < together; index += 1) doubtful.push(row + index)
    }
    for (; row < rows; row += 1) if (insert.one(valuesOf(row, 1)) === 0) doubtful.push(row)
    return doubtful
  }
}

type Insert = (values: readonly SqlValue[]) => number

function inserting(
  db: Database,
  table: string,
  columns: number,
  again: 'FAIL' | 'IGNORE',
): { many: Insert; one: Insert } {
  const row = `(${Array.from({ length: columns }, () => '?').join(', ')})`
  const statement = (rows: number): Insert => {
    const text = Array.from({ length: rows }, () => row).join(', ')
    const prepared = db.prepare(`INSERT OR ${again} INTO ${table} VALUES ${text}`)
    return (values) => prepared.run(...values)
  }
  return { many: statement(together), one: statement(1) }
}
