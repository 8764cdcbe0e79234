// The leaves that go into the graph at a time.
import type { Rests } from '../../core/processor-share.js'
import type { LedgerRows } from '../ledger/reader.js'
import type { RecordedLeaf } from '../model/leaf.js'

/** With more, collecting garbage costs more than the transactions that are saved. */
export const mostLeaves = 2_000
const readAtATime = 250

/** Those behind `after`, as many as there are and one transaction takes; with rests on the way. */
export function readBatch(ledger: Pick<LedgerRows, 'leavesAfter'>, after: number, rests: Rests): RecordedLeaf[] {
  const leaves: RecordedLeaf[] = []
  for (let at = after; leaves.length < mostLeaves;) {
    const some = ledger.leavesAfter(at, readAtATime)
    leaves.push(...some)
    rests.rest()
    at = some.at(-1)?.seq ?? at
    if (some.length < readAtATime) break
  }
  return leaves
}
