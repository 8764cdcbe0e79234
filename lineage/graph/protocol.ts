// What crosses between the graph thread and its client: plain data, queries by name.
import type { LedgerRows } from '../ledger/reader.js'
import type { DiskFaults } from '../sqlite/faults.js'
import type { GraphStore } from './store.js'

export interface GraphThreadOptions {
  readonly dir: string
  /** patterns of names whose origin is outside by configuration: external.ts; undefined: those kept in the folder */
  readonly external: readonly string[] | undefined
  /** how much of a processor the projection may take: core/processor-share.ts; undefined: all that it gets */
  readonly share: SharedArrayBuffer | undefined
  /** tests only */
  readonly faults?: DiskFaults
}

/** What can be asked: of the graph, and of the ledger as this thread reads it. */
export type Queries = Omit<GraphStore, 'whole'> & Pick<LedgerRows, 'exchange' | 'exchanges'>
export type QueryName = keyof Queries

export type ToGraph =
  | { readonly kind: 'query'; readonly id: number; readonly name: QueryName; readonly args: readonly unknown[] }
  /** the ledger has committed up to `seq` */
  | { readonly kind: 'advance'; readonly seq: number }
  /** to be answered when the projection has reached what the ledger has now */
  | { readonly kind: 'catch-up'; readonly id: number }
  | { readonly kind: 'close' }

export type FromGraph =
  | ({ readonly kind: 'ready' } & Progress)
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly reason: string }
  | ({ readonly kind: 'projected'; readonly leaves: number } & Progress)
  /** the disk refused leaves that are to be projected, and may have taken back others; told once until it takes some */
  | ({ readonly kind: 'stalled'; readonly reason: string } & Progress)

interface Progress {
  /** the leaf that the graph has reached */
  readonly reached: number
  /** leaves of the ledger behind it */
  readonly lag: number
}
