// What the ledger appends: three kinds of leaves, each identified so that a duplicate changes nothing.
import { recordId, type ExchangeRecord } from '../../core/exchange.js'
import type { Micros } from '../../core/ids.js'
import type { FactsLeaf, GapLeaf } from './fact.js'

export type Leaf = ExchangeRecord | FactsLeaf | GapLeaf

/** A leaf at its place. `recorded` never decreases with `seq`; the hashed bytes are canonical JSON of {body, recorded}. */
export interface RecordedLeaf {
  readonly seq: number
  readonly recorded: Micros
  readonly leaf: Leaf
  /**
   * The leaf as far as the graph needs it, read at each call, where that is cheaper than `leaf`. On the prototype, so that
   * it does not come along when another leaf is put at this one's place.
   */
  lean?(): LeanLeaf
}

/** What the graph keeps of an exchange record. */
export type RecordHead = Pick<
  ExchangeRecord,
  'kind' | 'id' | 'phase' | 'route' | 'tenant' | 'startedAt' | 'gatherers' | 'references'
>

export type LeanLeaf = RecordHead | FactsLeaf | GapLeaf

/** Identity of a leaf: a second leaf with the same id is dropped by the ledger. */
export function leafId(leaf: Leaf): string {
  switch (leaf.kind) {
    case 'exchange':
      return recordId(leaf)
    case 'facts':
      return `f/${leaf.exchange}/${leaf.generation}`
    case 'gap':
      return `g/${leaf.id}`
    default:
      return leaf satisfies never
  }
}
