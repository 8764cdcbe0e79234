// Appends leaves to ledger.db, all batches of a call in one synced transaction. Lives in the ledger thread; never
// changes or removes a leaf, and never parses the JSON of a body but a gap's.
import { join } from 'node:path'
import type { Clock } from '../../core/clock.js'
import { openDatabase, type Database } from '../sqlite/driver.js'
import type { DiskFaults } from '../sqlite/faults.js'
import { migrate } from '../sqlite/migrations.js'
import { createLeafBodies } from './leaf-bodies.js'
import { createPlaces } from './places.js'
import type { AppendMessage } from './protocol.js'
import { ledgerFile, ledgerMigrations } from './schema.js'
import { createSegmentMaker, leavesOfBatch, type Directory, type NewLeaf } from './segment.js'

export interface LedgerStore {
  /** Commits all of it, or throws and nothing of it is there. Leaves that are there already are dropped. */
  append(batches: readonly AppendMessage[]): Appended
  /** Commits a counter: throws where the disk takes no more. */
  probe(): void
  /** Copies what the write-ahead log holds back into the file. Never throws. */
  checkpoint(): void
  /** pages that the write-ahead log holds beyond the file */
  logPages(): number
  /** seq of the last leaf; 0 where there is none */
  last(): number
  close(): void
}

interface Appended {
  readonly seq: number
  readonly records: number
}

/** 64 MiB: only where nobody else copies the log back (checkpoints.ts), since a commit waits for it. */
const checkpointPages = 16_384

export function openLedgerStore(dir: string, clock: Clock, faults?: DiskFaults): LedgerStore {
  const options = { readonly: false, synchronous: 'FULL', checkpointPages } as const
  const database = openDatabase(join(dir, ledgerFile), faults === undefined ? options : { ...options, faults })
  migrate(database, ledgerMigrations)
  return createStore(database, clock)
}

function createStore(database: Database, clock: Clock): LedgerStore {
  const insert = database.prepare('INSERT INTO segment VALUES (?, ?, ?, ?, ?)')
  const count = database.prepare('UPDATE probe SET count = count + 1')
  const places = createPlaces(database)
  const segments = createSegmentMaker()
  const bodies = createLeafBodies()
  let { seq, recorded } = endOf(database)

  return {
    append: (batches) => {
      const time = Math.max(recorded, clock.now())
      const offered: NewLeaf[] = []
      bodies.clear()
      for (const batch of batches) leavesOfBatch(batch, bodies, offered)
      const first = seq + 1
      try {
        const after = database.transaction(() => {
          let next = first
          for (const { leaves, directory, hashes, bodies } of segments(places.unknown(offered), time)) {
            insert.run(next, time, directory, hashes, bodies)
            next += leaves
          }
          places.settle(offered.length)
          return next - 1
        })
        places.committed(first)
        seq = after
        recorded = time
        return { seq, records: after - first + 1 }
      } catch (thrown) {
        places.rolledBack()
        throw thrown
      }
    },
    probe: () => {
      database.transaction(() => count.run())
    },
    checkpoint: () => database.checkpoint(),
    logPages: () => database.logPages(),
    last: () => seq,
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
