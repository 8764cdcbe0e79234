// What crosses between the graph thread and its client: plain data, queries by name.
import type { LedgerRows } from '../ledger/reader.js'
import type { GraphStore } from './store.js'

export interface GraphThreadOptions {
  readonly dir: string
  /** patterns of names whose origin is outside by configuration: external.ts */
  readonly external: readonly string[]
  /** how much of a processor the projection may take: core/processor-share.ts; undefined: all that it gets */
  readonly share: SharedArrayBuffer | undefined
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
  | { readonly kind: 'ready' }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly reason: string }
  /** `leaves` more, up to `seq` */
  | { readonly kind: 'projected'; readonly leaves: number; readonly seq: number }
