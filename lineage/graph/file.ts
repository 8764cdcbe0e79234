// Opens graph.db, and makes it anew where it can't be what the ledger says: another layout, another projection, torn, or
// ahead of a ledger that lost its end. Nothing is lost by that: the graph is rebuilt from the ledger.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { LedgerRows } from '../ledger/reader.js'
import { openDatabase, type Database } from '../sqlite/driver.js'
import { migrate } from '../sqlite/migrations.js'
import { positionOf } from './projection.js'
import { graphFile, graphMigrations, projectionVersion } from './schema.js'

export function openGraphFile(dir: string, ledger: LedgerRows): Database {
  const file = join(dir, graphFile)
  try {
    const db = openMigrated(file)
    if (continues(db, ledger)) return db
    db.close()
  } catch (thrown) {
    if (!isUnreadable(thrown)) throw thrown
  }
  for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true })
  return openMigrated(file)
}

function openMigrated(file: string): Database {
  // Twice the usual page: half as many writes for what is added at the end, which is most.
  const db = openDatabase(file, { readonly: false, synchronous: 'NORMAL', checkpointPages: 4_000, pageSize: 8_192 })
  try {
    migrate(db, graphMigrations)
  } catch (thrown) {
    db.close()
    throw thrown
  }
  return db
}

/** Whether these are rows as they would be made now, and the leaf that the graph reached is the one that the ledger has there. */
function continues(db: Database, ledger: LedgerRows): boolean {
  const { seq, recorded, projection } = positionOf(db)
  if (projection !== projectionVersion) return false
  if (seq === 0) return true
  const [there] = ledger.leavesAfter(seq - 1, 1)
  return there?.seq === seq && there.recorded === recorded
}

function isUnreadable(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false
  const code = 'code' in thrown ? String(thrown.code) : ''
  return (
    code.startsWith('SQLITE_CORRUPT') ||
    code === 'SQLITE_NOTADB' ||
    code === 'SQLITE_ERROR' ||
    thrown.message.includes('has layout')
  )
}
