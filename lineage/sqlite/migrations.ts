// Numbered migrations: a database file is brought to the newest layout when its owner opens it. Never edits a migration
// that was released, and never opens a file that a newer Waybill wrote.
import type { Database } from './driver.js'

/** Migration n (from 1) is at index n − 1: SQL run once, in a transaction with the step of `user_version`. */
export type Migrations = readonly string[]

/** Throws where the file is newer than this list. */
export function migrate(database: Database, migrations: Migrations): void {
  const version = Number(database.pragma('user_version'))
  if (version > migrations.length) {
    throw new Error(`${database.file} has layout ${version}; this version knows ${migrations.length}`)
  }
  for (const [index, sql] of migrations.entries()) {
    if (index < version) continue
    database.transaction(() => {
      database.exec(sql)
      database.exec(`PRAGMA user_version = ${index + 1}`)
    })
  }
}
