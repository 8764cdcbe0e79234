// The ports of this room as other rooms see them: the ledger (append), its reader, and the graph's reader.
// Implementations live in ledger/ and graph/; both run in threads of their own behind these.
import type { MessagePort } from 'node:worker_threads'
import type { ExchangeRecord } from '../core/exchange.js'
import type { ExchangeId, Micros, NodeId } from '../core/ids.js'
import type { TenantScope } from '../core/tenant.js'
import type { By, FactsLeaf, GapLeaf, JsonValue } from './model/fact.js'
import type { NodeKind } from './model/node-id.js'

/**
 * Append side. A body is canonical JSON (RFC 8785), or an exchange record as core/packed-record.ts packs it; the leaf ids beside
 * them say what they are, so that the ledger thread need not parse. All of a batch is committed together, synced.
 */
export interface LeafBatch {
  readonly ids: readonly string[]
  readonly bodies: readonly string[]
  /** exchange records beside those: packed, and where the ledger thread finds them itself */
  readonly shared?: readonly SharedRecords[]
  /** nobody waits for it: it may be held for some milliseconds, to be committed together with others */
  readonly patient?: boolean
}

/**
 * Texts (UTF-8) in memory that threads share: where the first begins and how many bytes it has, then the second, … They must stay as
 * they are until the batch is answered. A row, for the sake of its way between threads: see `SharedAppend` in ledger/protocol.ts.
 */
export type SharedRecords = readonly [memory: SharedArrayBuffer, ...places: number[]]

export interface Ledger {
  /** Resolves when the batch is synced to disk; rejects with WB_RECORD_UNAVAILABLE when it can't be written. */
  append(batch: LeafBatch): Promise<void>
  /** A port over which another thread appends directly (gatherer workers): see ledger/protocol.ts. */
  port(): MessagePort
  close(): Promise<void>
}

/** What is read back from the ledger; on its own read-only connection, never on the proxy thread. */
export interface LedgerReader {
  exchange(id: ExchangeId, scope: TenantScope): Promise<StoredExchange | undefined>
  exchanges(filter: ExchangeFilter, scope: TenantScope): Promise<Page<ExchangeRecord>>
}

export interface StoredExchange {
  readonly record: ExchangeRecord
  readonly recorded: Micros
  readonly facts: readonly FactsLeaf[]
  readonly gaps: readonly GapLeaf[]
}

export interface ExchangeFilter {
  readonly route?: string
  readonly service?: string
  readonly method?: string
  /** exact (`404`) or class (`4xx`) */
  readonly status?: string
  readonly since?: Micros
  readonly until?: Micros
  readonly limit: number
  readonly cursor?: string
}

export interface Page<T> {
  readonly items: readonly T[]
  readonly cursor: string | null
}

export type Direction = 'up' | 'down'

/** Both times: `asOf` filters on when it happened, `knownAt` on when it was recorded. */
export interface AsOf {
  readonly asOf?: Micros
  readonly knownAt?: Micros
}

export interface WalkOptions extends AsOf {
  /** edges from the root; default 50 */
  readonly depth: number
  /** nodes at most; default 10,000; past it `truncated` is true */
  readonly limit: number
}

export interface GraphNode {
  readonly id: NodeId
  readonly kind: NodeKind
  readonly type: string
  readonly name: string
  readonly version: string | null
  readonly project: string | null
  readonly domain: string | null
  /** first time it was seen to exist or happen (RFC 3339, microseconds) */
  readonly time: string | null
  /** merged facets; an activity's `state` facet is { phase, startedAt, endedAt } */
  readonly facets: Readonly<Record<string, JsonValue>>
}

/** From effect to cause, as in PROV. */
export interface GraphEdge {
  readonly from: NodeId
  readonly to: NodeId
  readonly kind: string
  readonly role: string | null
  readonly by: By
  readonly time: string
  /** the exchange that it was read from */
  readonly exchange: ExchangeId | null
}

export interface GraphGap {
  readonly reason: string
  /** node, route, exchange or `ledger` */
  readonly at: string
  readonly time: string
  readonly count: number
  readonly exact: boolean
}

export interface Subgraph {
  readonly root: NodeId
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
  readonly gaps: readonly GraphGap[]
  readonly truncated: boolean
}

export interface EntityFilter extends AsOf {
  readonly type?: string
  /** substring of the name, case-insensitive */
  readonly q?: string
  readonly project?: string
  readonly domain?: string
  readonly limit: number
  readonly cursor?: string
}

export interface ServiceCoverage {
  /** type and name prefix of what was referenced and never seen generated, grouped by service or name authority */
  readonly service: string
  readonly referenced: number
  readonly observed: number
  readonly unseen: readonly { readonly id: NodeId; readonly reason: string; readonly references: number }[]
}

/** Undefined answers mean there is no such node as of then, for that scope. */
export interface GraphReader {
  node(id: NodeId, scope: TenantScope, when: AsOf): Promise<GraphNode | undefined>
  closure(root: NodeId, direction: Direction, options: WalkOptions, scope: TenantScope): Promise<Subgraph | undefined>
  path(from: NodeId, to: NodeId, options: WalkOptions, scope: TenantScope): Promise<Subgraph | undefined>
  list(filter: EntityFilter, scope: TenantScope): Promise<Page<GraphNode>>
  /** ids that `text` means where its name is not written as in ids, then those that resemble it, best first, at most `limit` */
  near(text: string, limit: number, scope: TenantScope): Promise<readonly NodeId[]>
  coverage(scope: TenantScope): Promise<readonly ServiceCoverage[]>
}
