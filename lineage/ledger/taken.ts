// The commit log counts every leaf that it takes, ledger.db only those that were not there yet. From one count to the other.
import type { Database } from '../sqlite/driver.js'

export interface Taken {
  /** so many leaves the log had taken when leaf `seq` was the last */
  at(seq: number): number
  /** the last leaf when the log had taken so many */
  seqOf(taken: number): number
}

export function createTaken(db: Database): Taken {
  const all = db.prepare<{ count: number }>('SELECT count(*) AS count FROM dropped')
  const before = db.prepare<{ count: number }>('SELECT count(*) AS count FROM dropped WHERE taken <= ?')
  return {
    at: (seq) => seq + (all.get()?.count ?? 0),
    seqOf: (taken) => taken - (before.get(taken)?.count ?? 0),
  }
}
