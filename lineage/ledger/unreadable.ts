// What is stored in the place of a leaf that can't be read when it is filed: a gap that names it. It was acknowledged, and the
// leaves behind it must not wait for it.
import { canonicalJson } from '../../core/canonical-json.js'
import { parseExchangeId, type Micros } from '../../core/ids.js'
import type { GapLeaf } from '../model/fact.js'
import { leafId } from '../model/leaf.js'
import type { LeafBytes } from './leaf-hash.js'

interface Unreadable {
  readonly id: string
  readonly exchange: string
  readonly body: LeafBytes
}

/** `exchange`: that the leaf's id names, or empty. */
export function insteadOfUnreadable(id: string, exchange: string, recorded: Micros): Unreadable {
  const gap: GapLeaf = {
    kind: 'gap',
    id: `unreadable/${id}`,
    reason: 'ledger-unavailable',
    at: 'ledger',
    exchange: parseExchangeId(exchange) ?? null,
    tenant: null,
    from: recorded,
    to: recorded,
    count: 1,
    exact: true,
  }
  const bytes = Buffer.from(canonicalJson(gap))
  return { id: leafId(gap), exchange: gap.exchange ?? '', body: { bytes, start: 0, end: bytes.length } }
}
