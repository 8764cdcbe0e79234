// Files leaves in ledger.db, all frames of a call in one synced transaction. Lives in the filing thread; never changes or
// removes a leaf, and never parses the JSON of a body but a gap's.
import { join } from 'node:path'
import type { Micros } from '../../core/ids.js'
import { openDatabase, type Database } from '../sqlite/driver.js'
import type { DiskFaults } from '../sqlite/faults.js'
import { migrate } from '../sqlite/migrations.js'
import type { Frame } from './commit-frames.js'
import { createLeafBodies } from './leaf-bodies.js'
import { createPlaces } from './places.js'
import type { Filed } from './protocol.js'
import { ledgerFile, ledgerMigrations } from './schema.js'
import { createSegmentMaker, leavesOfFrame, type Directory, type NewLeaf } from './segment.js'
import { createTaken } from './taken.js'

export interface LedgerStore {
  /**
   * Commits all of it, or throws and nothing of it is there. Leaves that are there already are dropped. `between`: called between
   * two pieces of the work, may take its time.
   */
  append(frames: readonly Frame[], between?: () => void): Filed
  filed(): Filed
  close(): void
}

/** Four times the usual page, for a file that only grows at its end: a quarter of the writes for a segment. */
const pageSize = 16_384
/** So much of the write-ahead log is copied back within a commit. More at a time is less work; a sync of the commit log waits for it. */
const checkpointBytes = 1024 * 1024

export function openLedgerStore(dir: string, faults?: DiskFaults): LedgerStore {
  const options = { readonly: false, synchronous: 'FULL', pageSize } as const
  const database = openDatabase(join(dir, ledgerFile), faults === undefined ? options : { ...options, faults })
  database.checkpointAfter(checkpointBytes)
  migrate(database, ledgerMigrations)
  return createStore(database)
}

function createStore(database: Database): LedgerStore {
  const insert = database.prepare('INSERT INTO segment VALUES (?, ?, ?, ?, ?)')
  const drop = database.prepare('INSERT INTO dropped VALUES (?)')
  const places = createPlaces(database)
  const segments = createSegmentMaker()
  const bodies = createLeafBodies()
  const end = endOf(database)
  let { recorded } = end
  let filed: Filed = { seq: end.seq, taken: createTaken(database).at(end.seq) }

  /** In the transaction: those that are new, and the places of the others. */
  const addAll = (offered: readonly NewLeaf[], between: () => void): readonly NewLeaf[] => {
    const added = places.unknown(offered)
    between()
    let next = filed.seq + 1
    for (const { leaves, recorded: time, directory, hashes, bodies } of segments(added)) {
      insert.run(next, time, directory, hashes, bodies)
      next += leaves
      between()
    }
    if (added.length < offered.length) {
      const kept = new Set(added)
      for (const [index, leaf] of offered.entries()) if (!kept.has(leaf)) drop.run(filed.taken + index + 1)
    }
    places.settle(offered.length)
    between()
    return added
  }
  return {
    append: (frames, between = () => undefined) => {
      bodies.clear()
      const offered: NewLeaf[] = []
      let time = recorded
      for (const frame of frames) {
        time = Math.max(time, frame.recorded)
        leavesOfFrame({ ...frame, recorded: time as Micros }, bodies, offered)
        between()
      }
      try {
        const added = database.transaction(() => addAll(offered, between))
        places.committed(filed.seq + 1)
        recorded = time
        filed = { seq: filed.seq + added.length, taken: filed.taken + offered.length }
        return filed
      } catch (thrown) {
        places.rolledBack()
        throw thrown
      }
    },
    filed: () => filed,
    close: () => database.close(),
  }
}

function endOf(database: Database): { seq: number; recorded: number } {
  const last = database
    .prepare<{ first: number; recorded: number; directory: string }>(
      'SELECT first, recorded, directory FROM segment ORDER BY first DESC LIMIT 1',
    )
    .get()
  if (last === undefined) return { seq: 0, recorded: 0 }
  return { seq: last.first + (JSON.parse(last.directory) as Directory).length - 1, recorded: last.recorded }
}
