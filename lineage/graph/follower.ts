// Keeps the graph behind the ledger by as little as it can: takes leaves in batches, with room for queries between two.
// A leaf that can't be projected becomes a gap and does not stop the ones after it; a disk that can't be written does.
import { setImmediate } from 'node:timers'
import type { Rests } from '../../core/processor-share.js'
import type { LedgerRows } from '../ledger/reader.js'
import type { RecordedLeaf } from '../model/leaf.js'
import type { FactsLeaf, GapLeaf } from '../model/fact.js'
import { isTorn } from './file.js'
import type { Projection } from './projection.js'

export interface Follower {
  /** the ledger has leaves up to `seq` */
  advance(seq: number): void
  /** calls back when all that the ledger has now is projected */
  whenCaughtUp(done: () => void): void
  progress(): Progress
}

interface Progress {
  /** the last leaf that is projected */
  readonly reached: number
  /** leaves known to be behind it */
  readonly lag: number
}

interface FollowerParts {
  readonly ledger: Pick<LedgerRows, 'leavesAfter' | 'count'>
  readonly projection: Projection
  readonly rests: Rests
  onProjected(leaves: number, progress: Progress): void
  /** the disk refuses; told once until it takes leaves again */
  onStalled(reason: string): void
}

const batch = 4_000
const readAtATime = 250
const retryMs = 500
/**
 * Leaves gather for as long, milliseconds, before they are projected, unless somebody waits for them: under load one large
 * transaction costs a third of the many small ones, and the processor it takes is what requests pass through.
 */
const gatherMs = 20

export function createFollower({ ledger, projection, rests, ...events }: FollowerParts): Follower {
  let reached = projection.position().seq
  let known = reached
  let running = false
  let waiting: { readonly seq: number; readonly done: () => void }[] = []
  let timer: NodeJS.Timeout | undefined
  let stalled = false
  const progress = (): Progress => ({ reached, lag: known - reached })

  const step = (): void => {
    timer = undefined
    let refused: string | undefined
    const leaves = read(ledger, reached, rests)
    const last = leaves.at(-1)
    if (last === undefined) known = reached
    else {
      refused = projectAll(projection, leaves)
      if (refused === undefined) {
        reached = last.seq
        known = Math.max(known, reached)
        events.onProjected(leaves.length, progress())
      } else if (!stalled) events.onStalled(refused)
      stalled = refused !== undefined
    }
    const ready = waiting.filter(({ seq }) => seq <= reached)
    waiting = waiting.filter(({ seq }) => seq > reached)
    for (const { done } of ready) done()
    running = reached < known
    if (!running) return
    if (refused !== undefined) setTimeout(step, retryMs).unref()
    else if (leaves.length === batch || waiting.length > 0) setImmediate(step)
    else gather()
  }
  const gather = (): void => {
    timer = setTimeout(step, gatherMs)
  }
  const start = (): void => {
    if (running || reached >= known) return
    running = true
    gather()
  }
  const hurry = (): void => {
    if (timer === undefined) return
    clearTimeout(timer)
    timer = undefined
    setImmediate(step)
  }
  return {
    progress,
    advance: (seq) => {
      known = Math.max(known, seq)
      start()
    },
    whenCaughtUp: (done) => {
      const seq = ledger.count()
      if (seq <= reached) {
        done()
        return
      }
      waiting.push({ seq, done })
      known = Math.max(known, seq)
      start()
      hurry()
    },
  }
}

/** A batch, with rests on the way. */
function read(ledger: FollowerParts['ledger'], after: number, rests: Rests): RecordedLeaf[] {
  const leaves: RecordedLeaf[] = []
  for (let at = after; leaves.length < batch;) {
    const some = ledger.leavesAfter(at, readAtATime)
    leaves.push(...some)
    rests.rest()
    at = some.at(-1)?.seq ?? at
    if (some.length < readAtATime) break
  }
  return leaves
}

/** Why the disk refused, where it did: to be tried again. */
function projectAll(projection: Projection, leaves: readonly RecordedLeaf[]): string | undefined {
  try {
    projection.project(leaves)
    return undefined
  } catch (thrown) {
    const refused = diskRefusal(thrown)
    if (refused !== undefined) return refused
    if (isTorn(thrown)) throw thrown
    if (leaves.length > 1) {
      for (const leaf of leaves) {
        const why = projectAll(projection, [leaf])
        if (why !== undefined) return why
      }
      return undefined
    }
    const [leaf] = leaves
    if (leaf !== undefined) projection.project([{ ...leaf, leaf: notProjected(leaf) }])
    return undefined
  }
}

function diskRefusal(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined
  return /^SQLITE_(FULL|IOERR|BUSY|LOCKED|READONLY|CANTOPEN|NOMEM)/.test(String(thrown.code))
    ? thrown.message
    : undefined
}

function notProjected(one: RecordedLeaf): GapLeaf {
  const { seq, recorded } = one
  const about = factsIn(one)
  return {
    kind: 'gap',
    id: `not-projected/${seq}`,
    reason: 'not-projected',
    at: about.route ?? 'ledger',
    exchange: about.exchange ?? null,
    tenant: about.tenant ?? null,
    from: recorded,
    to: recorded,
    count: 1,
    exact: true,
  }
}

/** Nothing where it holds no facts, or can't be read at all. */
function factsIn(one: RecordedLeaf): Partial<FactsLeaf> {
  try {
    return one.leaf.kind === 'facts' ? one.leaf : {}
  } catch {
    return {}
  }
}
