// Reads ledger.db over a connection of its own (WAL: never in the writer's way). Synchronous: for the graph thread and
// for start-up, never for the proxy thread while it serves. Writes nothing.
import { join } from 'node:path'
import type { ExchangeRecord } from '../../core/exchange.js'
import type { ExchangeId, Micros } from '../../core/ids.js'
import { mayRead, type TenantScope } from '../../core/tenant.js'
import type { FactsLeaf, GapLeaf } from '../model/fact.js'
import type { Leaf, RecordedLeaf } from '../model/leaf.js'
import type { ExchangeFilter, Page, StoredExchange } from '../ports.js'
import { openDatabase, type Database, type SqlValue } from '../sqlite/driver.js'
import { ledgerFile } from './schema.js'

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
  close(): void
}

interface Row {
  readonly seq: number
  readonly recorded: number
  readonly body: string
}

/** Throws what SQLite throws where there is no ledger in `dir`. */
export function openLedgerRows(dir: string): LedgerRows {
  const database = openDatabase(join(dir, ledgerFile), { readonly: true, synchronous: 'FULL' })
  const after = database.prepare<Row>('SELECT seq, recorded, body FROM leaf WHERE seq > ? ORDER BY seq LIMIT ?')
  const of = database.prepare<Row>('SELECT seq, recorded, body FROM leaf WHERE exchange = ? ORDER BY seq')
  const last = database.prepare<{ seq: number }>('SELECT coalesce(max(seq), 0) AS seq FROM leaf')
  const leavesOf = (id: ExchangeId): RecordedLeaf[] => of.all(Buffer.from(id, 'hex')).map(leafOf)
  return {
    leavesAfter: (seq, limit) => after.all(seq, limit).map(leafOf),
    leavesOf,
    exchange: (id, scope) => storedExchange(leavesOf(id), scope),
    exchanges: (filter, scope) => pageOf(database, filter, scope),
    count: () => last.get()?.seq ?? 0,
    close: () => database.close(),
  }
}

function leafOf(row: Row): RecordedLeaf {
  return { seq: row.seq, recorded: row.recorded as Micros, leaf: JSON.parse(row.body) as Leaf }
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

/** Leaves looked at for one page; a rarer filter gives a short page with a cursor. */
const scanAtMost = 50_000

function pageOf(database: Database, filter: ExchangeFilter, scope: TenantScope): Page<ExchangeRecord> {
  const start = filter.cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(filter.cursor)
  const { where, values } = conditionsOf(filter, scope)
  const floor = Math.max(0, Math.min(start, lastSeq(database) + 1) - scanAtMost)
  const rows = database
    .prepare<Row>(
      `SELECT seq, recorded, body FROM leaf AS one
       WHERE seq < ? AND seq >= ? AND kind = 'exchange' ${where}
         AND (one.part = 'x/closing' OR NOT EXISTS (
           SELECT 1 FROM leaf AS other WHERE other.exchange = one.exchange AND other.kind = 'exchange'
             AND (other.part = 'x/closing' OR other.seq > one.seq)))
       ORDER BY seq DESC LIMIT ?`,
    )
    .all(start, floor, ...values, filter.limit)
  const items = rows.map((row) => JSON.parse(row.body) as ExchangeRecord)
  const full = rows.length === filter.limit
  const next = full ? (rows.at(-1)?.seq ?? 0) : floor
  return { items, cursor: next > 1 ? String(next) : null }
}

function lastSeq(database: Database): number {
  return database.prepare<{ seq: number }>('SELECT coalesce(max(seq), 0) AS seq FROM leaf').get()?.seq ?? 0
}

interface Conditions {
  readonly where: string
  readonly values: readonly SqlValue[]
}

function conditionsOf(filter: ExchangeFilter, scope: TenantScope): Conditions {
  const parts: string[] = []
  const values: SqlValue[] = []
  const add = (sql: string, ...given: SqlValue[]): void => {
    parts.push(`AND ${sql}`)
    values.push(...given)
  }
  if (filter.route !== undefined) add(`body ->> '$.route' = ?`, filter.route)
  if (filter.service !== undefined) add(`body ->> '$.service' = ?`, filter.service)
  if (filter.method !== undefined) add(`body ->> '$.request.method' = ?`, filter.method)
  if (filter.since !== undefined) add(`body ->> '$.startedAt' >= ?`, filter.since)
  if (filter.until !== undefined) add(`body ->> '$.startedAt' < ?`, filter.until)
  if (filter.status !== undefined) {
    const status = /^[1-5]xx$/.test(filter.status) ? Number(filter.status[0]) : Number(filter.status)
    add(`body ->> '$.response.status' ${status < 10 ? '/ 100 ' : ''}= ?`, status)
  }
  if (!scope.all) {
    const each = scope.tenants.map(() => `(body ->> '$.tenant.project' = ? AND body ->> '$.tenant.domain' = ?)`)
    const names = scope.tenants.flatMap(({ project, domain }) => [project, domain])
    add(each.length === 0 ? '0' : `(${each.join(' OR ')})`, ...names)
  }
  return { where: parts.join(' '), values }
}
