// Appends leaves to ledger.db, all batches of a call in one synced transaction. Lives in the ledger thread; never
// changes or removes a leaf, and never parses a body but a gap's.
import { join } from 'node:path'
import type { Clock } from '../../core/clock.js'
import { openDatabase, type Database } from '../sqlite/driver.js'
import type { DiskFaults } from '../sqlite/faults.js'
import { migrate } from '../sqlite/migrations.js'
import { leafHash } from './leaf-hash.js'
import type { AppendMessage } from './protocol.js'
import { ledgerFile, ledgerMigrations } from './schema.js'

export interface LedgerStore {
  /** Commits all of it, or throws and nothing of it is there. Leaves that are there already are dropped. */
  append(batches: readonly AppendMessage[]): Appended
  /** Commits a counter: throws where the disk takes no more. */
  probe(): void
  /** seq of the last leaf; 0 where there is none */
  last(): number
  close(): void
}

interface Appended {
  readonly seq: number
  readonly records: number
}

/** About 16 MiB: fewer copies back into the file, each of which costs two more syncs. */
const checkpointPages = 4_000

export function openLedgerStore(dir: string, clock: Clock, faults?: DiskFaults): LedgerStore {
  const options = { readonly: false, synchronous: 'FULL', checkpointPages } as const
  const database = openDatabase(join(dir, ledgerFile), faults === undefined ? options : { ...options, faults })
  migrate(database, ledgerMigrations)
  return createStore(database, clock)
}

function createStore(database: Database, clock: Clock): LedgerStore {
  const insert = database.prepare(
    `INSERT INTO leaf (seq, kind, exchange, part, recorded, hash, body) VALUES (?, ?, ?, ?, ?, ?, CAST(? AS TEXT))
     ON CONFLICT (exchange, part) DO NOTHING`,
  )
  const count = database.prepare('UPDATE probe SET count = count + 1')
  const end = database
    .prepare<{ seq: number; recorded: number }>('SELECT seq, recorded FROM leaf ORDER BY seq DESC LIMIT 1')
    .get()
  let seq = end?.seq ?? 0
  let recorded: number = end?.recorded ?? 0

  const appendBatch = (batch: AppendMessage, from: number, time: number): number => {
    let next = from
    let start = 0
    for (const [index, stop] of batch.ends.entries()) {
      const body = Buffer.from(batch.bytes.buffer, batch.bytes.byteOffset + start, stop - start)
      const { kind, exchange, part } = placeOf(batch.ids[index] ?? '', body)
      next += insert.run(next + 1, kind, exchange, part, time, leafHash(body, time), body)
      start = stop
    }
    return next
  }

  return {
    append: (batches) => {
      const time = Math.max(recorded, clock.now())
      const before = seq
      const after = database.transaction(() => batches.reduce((at, batch) => appendBatch(batch, at, time), before))
      seq = after
      recorded = time
      return { seq, records: after - before }
    },
    probe: () => {
      database.transaction(() => count.run())
    },
    last: () => seq,
    close: () => database.close(),
  }
}

interface Place {
  readonly kind: string
  readonly exchange: Buffer
  readonly part: string
}

const noExchange = Buffer.alloc(0)

/** Reads a leaf id (see model/leaf.ts) without its body, but for gaps, whose exchange is inside. */
function placeOf(id: string, body: Buffer): Place {
  const kind = id.charCodeAt(0)
  if (kind === 0x78 /* x */ || kind === 0x66 /* f */) {
    const exchange = Buffer.from(id.slice(2, 34), 'hex')
    return { kind: kind === 0x78 ? 'exchange' : 'facts', exchange, part: id.slice(0, 2) + id.slice(35) }
  }
  const gap = JSON.parse(body.toString()) as { readonly exchange: string | null }
  return { kind: 'gap', exchange: gap.exchange === null ? noExchange : Buffer.from(gap.exchange, 'hex'), part: id }
}
