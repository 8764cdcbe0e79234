// What a batch of leaves puts into graph.db, as numbers and texts: made without the file, in whatever thread, and written by the
// one that owns it. A number that names a node, a word, a text or an exchange is its place in the plan's own list of them.
import type { ExchangeId, NodeId } from '../../core/ids.js'
import type { GapLeaf } from '../model/fact.js'

/** How the number of a row is to be read; NaN stands for null. */
export type Column = 'node' | 'word' | 'text' | 'number' | 'leaf'

/**
 * Columns of the tables that hold facts, in the file's order (schema.ts). In a plan a row begins with the number of its leaf
 * among those of the plan, and has no number for `leaf`.
 */
export const plannedTables = {
  edge: ['node', 'number', 'leaf', 'number', 'node', 'word'],
  state: ['node', 'number', 'leaf', 'number', 'number', 'number', 'number'],
  facet: ['node', 'number', 'leaf', 'number', 'number', 'word', 'text'],
  alias: ['node', 'node', 'number', 'leaf'],
  mark: ['leaf', 'node', 'number', 'number', 'number'],
  seen: ['node', 'number', 'number', 'leaf'],
  digest: ['node', 'word', 'node'],
  digest_seen: ['node', 'word', 'number', 'leaf'],
} as const satisfies Readonly<Record<string, readonly Column[]>>

export type PlannedTable = keyof typeof plannedTables

export interface Plan {
  /** so many: not all that it was to be made of, where they hold very much */
  readonly leaves: number
  /** the last leaf */
  readonly last: { readonly seq: number; readonly recorded: number }
  readonly nodes: PlannedNodes
  readonly words: readonly string[]
  readonly texts: readonly string[]
  readonly exchanges: readonly ExchangeId[]
  /** of each exchange the number of the first leaf that is a record of it; NaN: none is */
  readonly firstRecords: Float64Array<ArrayBuffer>
  /** the leaves in their order, see heads.ts */
  readonly heads: Float64Array<ArrayBuffer>
  readonly gaps: readonly PlannedGap[]
  /** exchange and, as text, the exchange that it names, by turns */
  readonly references: Float64Array<ArrayBuffer>
  readonly rows: Readonly<Record<PlannedTable, Float64Array<ArrayBuffer>>>
  /** of facts leaves */
  readonly factGaps: readonly FactGap[]
}

export interface PlannedNodes {
  readonly keys: readonly NodeId[]
  /** positions in `nodeKinds` */
  readonly kinds: Float64Array<ArrayBuffer>
  /** for an entity version the node of its bare name, for any other node itself */
  readonly names: Float64Array<ArrayBuffer>
}

export interface PlannedGap {
  readonly gap: GapLeaf
  /** NaN: none */
  readonly exchange: number
  readonly tenant: number
}

/** What a gatherer found missing. */
export interface FactGap {
  /** its leaf's number among those of the plan */
  readonly leaf: number
  readonly reason: string
  readonly at: string
  readonly from: number
}

/** All that can go to another thread without a copy. */
export function buffersOf({ heads, firstRecords, references, nodes, rows }: Plan): ArrayBuffer[] {
  const all = [heads, firstRecords, references, nodes.kinds, nodes.names, ...Object.values(rows)]
  return all.map(({ buffer }) => buffer)
}
