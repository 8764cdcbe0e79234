// Opens graph.db, and makes it anew where it can't be what the ledger says: another layout, another projection, torn, or
// ahead of a ledger that lost its end. Nothing is lost by that: the graph is rebuilt from the ledger.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { LedgerRows } from '../ledger/reader.js'
import { openDatabase, type Database } from '../sqlite/driver.js'
import type { DiskFaults } from '../sqlite/faults.js'
import { migrate } from '../sqlite/migrations.js'
import { positionOf } from './projection.js'
import { graphFile, graphMigrations, projectionVersion } from './schema.js'

/** Twice the usual page: half as many writes for what is added at the end, which is most. */
const pageSize = 8_192
/** 3 MiB: a sync of the commit log waits for what is on its way to the disk, and nothing is until it is copied back. */
const checkpointBytes = 400 * pageSize
/** 32 MiB: less work in all, while there is much of it. */
const farCheckpointBytes = 4_000 * pageSize

export function openGraphFile(dir: string, ledger: LedgerRows, faults?: DiskFaults): Database {
  const file = join(dir, graphFile)
  try {
    const db = openMigrated(file, faults)
    if (continues(db, ledger)) return db
    db.close()
  } catch (thrown) {
    if (!isUnreadable(thrown)) throw thrown
  }
  dropGraphFile(dir)
  return openMigrated(file, faults)
}

/** How much may wait to be copied back: more where the graph is far behind and no client was answered of late. */
export function setCheckpoints(db: Database, far: boolean): void {
  db.checkpointAfter(far ? farCheckpointBytes : checkpointBytes)
}

/** Does work on the file. One that proves torn meanwhile goes, and its thread has to: the next one makes it anew from the ledger. */
export function droppingTorn(db: Database, dir: string): <T>(work: () => T) => T {
  return (work) => {
    try {
      return work()
    } catch (thrown) {
      if (isTorn(thrown)) {
        db.close()
        dropGraphFile(dir)
      }
      throw thrown
    }
  }
}

/** Nobody may have it open. */
function dropGraphFile(dir: string): void {
  for (const end of ['', '-wal', '-shm']) rmSync(join(dir, `${graphFile}${end}`), { force: true })
}

/** Whether this says that a file is no whole database. */
export function isTorn(thrown: unknown): boolean {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
  return code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB'
}

function openMigrated(file: string, faults: DiskFaults | undefined): Database {
  const options = { readonly: false, synchronous: 'NORMAL', pageSize } as const
  const db = openDatabase(file, faults === undefined ? options : { ...options, faults })
  try {
    setCheckpoints(db, false)
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
  return isTorn(thrown) || ('code' in thrown && thrown.code === 'SQLITE_ERROR') || thrown.message.includes('has layout')
}
