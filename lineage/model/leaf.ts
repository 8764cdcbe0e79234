// What the ledger appends: three kinds of leaves, each identified so that a duplicate changes nothing.
import type { ExchangeRecord } from '../../core/exchange.js'
import type { Micros } from '../../core/ids.js'
import type { FactsLeaf, GapLeaf } from './fact.js'

export type Leaf = ExchangeRecord | FactsLeaf | GapLeaf

/** A leaf at its place. `recorded` never decreases with `seq`; the hashed bytes are canonical JSON of {body, recorded}. */
export interface RecordedLeaf {
  readonly seq: number
  readonly recorded: Micros
  readonly leaf: Leaf
}

/** Identity of a leaf: a second leaf with the same id is dropped by the ledger. */
export function leafId(leaf: Leaf): string {
  switch (leaf.kind) {
    case 'exchange':
      return leaf.phase === 'progress' ? `x/${leaf.id}/progress/${leaf.endedAt}` : `x/${leaf.id}/${leaf.phase}`
    case 'facts':
      return `f/${leaf.exchange}/${leaf.generation}`
    case 'gap':
      return `g/${leaf.id}`
    default:
      return leaf satisfies never
  }
}
