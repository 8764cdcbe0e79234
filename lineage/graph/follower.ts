// Keeps the graph behind the ledger by as little as it can: takes leaves in batches, with room for queries between two.
// A leaf that can't be projected becomes a gap and does not stop the ones after it; a disk that can't be written does.
import { setImmediate } from 'node:timers'
import type { Rests } from '../../core/processor-share.js'
import type { LedgerRows } from '../ledger/reader.js'
import type { RecordedLeaf } from '../model/leaf.js'
import type { FactsLeaf, GapLeaf } from '../model/fact.js'
import { isTorn } from './file.js'
import { mostLeaves, readBatch } from './leaf-batch.js'
import type { PlanAhead } from './plan-ahead.js'
import type { Plan } from './plan.js'
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
  readonly plans: PlanAhead
  onProjected(leaves: number, progress: Progress): void
  /** the disk refuses; told once until it takes leaves again */
  onStalled(reason: string): void
}

const retryMs = 500
/**
 * Leaves gather for as long, milliseconds, before they are projected, unless somebody waits for them: under load one large
 * transaction costs a third of the many small ones, and the processor it takes is what requests pass through.
 */
const gatherMs = 20

export function createFollower({ ledger, projection, rests, plans, ...events }: FollowerParts): Follower {
  let reached = projection.position().seq
  let known = reached
  let running = false
  let waiting: { readonly seq: number; readonly done: () => void }[] = []
  let timer: NodeJS.Timeout | undefined
  let stalled = false
  const progress = (): Progress => ({ reached, lag: known - reached })

  const step = (): void => {
    timer = undefined
    // While the disk refuses, none is made ahead.
    plans.take(reached, stalled ? 0 : known - reached, (plan) => took(projectBatch(projection, plan, read)))
  }
  const read = (): RecordedLeaf[] => readBatch(ledger, reached, rests)
  const took = ({ leaves, last, refused }: Taken): void => {
    if (last === undefined) known = reached
    else {
      if (refused === undefined) {
        reached = last
        known = Math.max(known, reached)
        events.onProjected(leaves, progress())
      } else if (!stalled) events.onStalled(refused)
      stalled = refused !== undefined
    }
    const ready = waiting.filter(({ seq }) => seq <= reached)
    waiting = waiting.filter(({ seq }) => seq > reached)
    for (const { done } of ready) done()
    running = reached < known
    if (!running) return
    if (refused !== undefined) setTimeout(step, retryMs).unref()
    else if (known - reached >= mostLeaves || waiting.length > 0) setImmediate(step)
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

/** What became of a batch. */
interface Taken {
  readonly leaves: number
  /** seq of the last one; undefined: there was none */
  readonly last: number | undefined
  /** why the disk refused, where it did: to be tried again */
  readonly refused: string | undefined
}

/** `read`: the leaves that `plan` is of, and more; without a plan they are what is projected. */
function projectBatch(projection: Projection, plan: Plan | undefined, read: () => RecordedLeaf[]): Taken {
  if (plan === undefined) {
    const leaves = read()
    const each = (): void => projectEach(projection, leaves)
    const refused = refusalOf(() => projection.project(leaves), each)
    return { leaves: leaves.length, last: leaves.at(-1)?.seq, refused }
  }
  const { leaves, last } = plan
  const planned = (): RecordedLeaf[] => read().filter(({ seq }) => seq <= last.seq)
  const each = (): void => projectEach(projection, planned())
  return { leaves, last: last.seq, refused: refusalOf(() => projection.carryOut(plan), each) }
}

/** One by one, with a gap in the place of what can't be projected. */
function projectEach(projection: Projection, leaves: readonly RecordedLeaf[]): void {
  for (const leaf of leaves) {
    orInstead(
      () => projection.project([leaf]),
      () => projection.project([{ ...leaf, leaf: notProjected(leaf) }]),
    )
  }
}

/** Does `instead` where something else than the file is in the way of `work`: then it lies in what is to be projected. */
function orInstead(work: () => void, instead: () => void): void {
  try {
    work()
  } catch (thrown) {
    if (diskRefusal(thrown) !== undefined || isTorn(thrown)) throw thrown
    instead()
  }
}

/** Why the disk refused that, where it did: to be tried again. */
function refusalOf(work: () => void, instead: () => void): string | undefined {
  try {
    orInstead(work, instead)
    return undefined
  } catch (thrown) {
    const refused = diskRefusal(thrown)
    if (refused === undefined) throw thrown
    return refused
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
