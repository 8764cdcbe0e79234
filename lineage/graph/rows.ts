// Rows of one table on their way into it, many with one statement: a call of SQLite for each costs more than the row. For
// tables that a batch only adds to. Never holds rows over a commit.
import type { Database, SqlValue } from '../sqlite/driver.js'

export interface Rows {
  /** is in the table when as many have come together, at the latest after `flush` */
  add(...row: readonly SqlValue[]): void
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
  const insert = `INSERT OR ${again} INTO ${table}`
  const row = `(${Array.from({ length: columns }, () => '?').join(', ')})`
  const many = db.prepare(`${insert} VALUES ${Array.from({ length: together }, () => row).join(', ')}`)
  const one = db.prepare(`${insert} VALUES ${row}`)
  const values: SqlValue[] = Array.from({ length: together * columns }, () => null)
  let end = 0
  return {
    add: (...added) => {
      for (let at = 0; at < columns; at += 1) values[end + at] = added[at] ?? null
      end += columns
      if (end < values.length) return
      end = 0
      many.run(...values)
    },
    flush: () => {
      for (let at = 0; at < end; at += columns) one.run(...values.slice(at, at + columns))
      end = 0
    },
    forget: () => {
      end = 0
    },
  }
}

/** Several of them as one. */
export function allRows(each: readonly Pick<Rows, 'flush' | 'forget'>[]): Pick<Rows, 'flush' | 'forget'> {
  return {
    flush: () => {
      for (const rows of each) rows.flush()
    },
    forget: () => {
      for (const rows of each) rows.forget()
    },
  }
}
