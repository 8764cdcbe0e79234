// Reads ledger.db over a connection of its own (WAL: never in the writer's way). Synchronous: for the graph thread and
// for start-up, never for the proxy thread while it serves. Writes nothing.
import { join } from 'node:path'
import type { ExchangeRecord } from '../../core/exchange.js'
import type { ExchangeId, Micros } from '../../core/ids.js'
import { mayRead, type TenantScope } from '../../core/tenant.js'
import type { FactsLeaf, GapLeaf } from '../model/fact.js'
import type { RecordedLeaf } from '../model/leaf.js'
import type { ExchangeFilter, Page, StoredExchange } from '../ports.js'
import { openDatabase } from '../sqlite/driver.js'
import { exchangePage } from './exchange-pages.js'
import { createPlaceReader } from './place-reader.js'
import { ledgerFile } from './schema.js'
import { createSegmentReader } from './segment-reader.js'
import { createTaken } from './taken.js'

export interface LedgerRows {
  /** leaves with a seq above `seq`, in order, at most `limit` */
  leavesAfter(seq: number, limit: number): RecordedLeaf[]
  /** what is kept of one exchange; undefined where there is no record of it in this scope */
  exchange(id: ExchangeId, scope: TenantScope): StoredExchange | undefined
  /** newest first; one record an exchange, the one that stands for it */
  exchanges(filter: ExchangeFilter, scope: TenantScope): Page<ExchangeRecord>
  /** facts leaves and gaps of an exchange, whether or not there is a record */
  leavesOf(id: ExchangeId): RecordedLeaf[]
  /** number of leaves, which is the last one's seq */
  count(): number
  /** so many leaves the commit log had taken when the last one was among them: see taken.ts */
  taken(): number
  /** the last leaf when the log had taken so many */
  seqOf(taken: number): number
  close(): void
}

/** Throws what SQLite throws where there is no ledger in `dir`. */
export function openLedgerRows(dir: string): LedgerRows {
  const database = openDatabase(join(dir, ledgerFile), { readonly: true, synchronous: 'FULL' })
  const segments = createSegmentReader(database)
  const places = createPlaceReader(database)
  const taken = createTaken(database)
  const leavesOf = (id: ExchangeId): RecordedLeaf[] =>
    places
      .of(id)
      .flatMap((seq) => segments.leaf(seq) ?? [])
      .filter(({ leaf }) => (leaf.kind === 'exchange' ? leaf.id : leaf.exchange) === id)
  return {
    leavesAfter: (seq, limit) => {
      const leaves: RecordedLeaf[] = []
      for (const segment of segments.from(seq + 1)) {
        for (let at = Math.max(segment.first, seq + 1); at <= segment.last; at += 1) {
          if (leaves.length === limit) return leaves
          leaves.push(segment.leafAt(at))
        }
      }
      return leaves
    },
    leavesOf,
    exchange: (id, scope) => storedExchange(leavesOf(id), scope),
    exchanges: (filter, scope) => exchangePage(segments, ({ id }) => leavesOf(id), { filter, scope }),
    count: () => segments.last(),
    taken: () => taken.at(segments.last()),
    seqOf: (count) => taken.seqOf(count),
    close: () => database.close(),
  }
}

function storedExchange(leaves: readonly RecordedLeaf[], scope: TenantScope): StoredExchange | undefined {
  let standing: { readonly record: ExchangeRecord; readonly recorded: Micros } | undefined
  const facts: FactsLeaf[] = []
  const gaps: GapLeaf[] = []
  for (const { leaf, recorded } of leaves) {
    if (leaf.kind === 'facts') facts.push(leaf)
    else if (leaf.kind === 'gap') gaps.push(leaf)
    else if (standing === undefined || standsBefore(leaf, standing.record)) standing = { record: leaf, recorded }
  }
  if (standing === undefined || !mayRead(scope, standing.record.tenant)) return undefined
  const { record } = standing
  if (factsPending(record, facts, gaps)) gaps.push(pendingGap(record))
  return { ...standing, facts, gaps }
}

const ranks = { opening: 0, progress: 1, closing: 2 } as const

function standsBefore(one: ExchangeRecord, other: ExchangeRecord): boolean {
  if (one.phase !== other.phase) return ranks[one.phase] > ranks[other.phase]
  return one.endedAt > other.endedAt
}

function factsPending(record: ExchangeRecord, facts: readonly FactsLeaf[], gaps: readonly GapLeaf[]): boolean {
  if (record.phase !== 'closing' || record.gatherers.length === 0 || facts.length > 0) return false
  return !gaps.some((gap) => gap.reason === 'facts-lost' || gap.reason === 'queue-full')
}

/** Never stored: it is true only while it is read. */
function pendingGap(record: ExchangeRecord): GapLeaf {
  return {
    kind: 'gap',
    id: `facts-pending/${record.id}`,
    reason: 'facts-pending',
    at: record.route,
    exchange: record.id,
    tenant: record.tenant,
    from: record.startedAt,
    to: record.endedAt,
    count: 1,
    exact: true,
  }
}
