// Keeps the graph behind the ledger by as little as it can: takes leaves in batches, with room for queries between two. While the
// disk can't be written it tries again.
import { setImmediate } from 'node:timers'
import type { Rests } from '../../core/processor-share.js'
import type { LedgerRows } from '../ledger/reader.js'
import { createBatches, type Taken } from './batches.js'
import { mostLeaves, readBatch } from './leaf-batch.js'
import type { PlanAhead } from './plan-ahead.js'
import type { Projection } from './projection.js'

export interface Follower {
  /** the ledger has leaves up to `seq` */
  advance(seq: number): void
  /** calls back when all that the ledger has now is projected */
  whenCaughtUp(done: () => void): void
  progress(): Progress
  /** Before the file is closed. */
  close(): void
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
  onStalled(reason: string, progress: Progress): void
}

const retryMs = 500
/**
 * Leaves gather for as long, milliseconds, before they are projected, unless somebody waits for them: under load one large
 * transaction costs a third of the many small ones, and the processor it takes is what requests pass through.
 */
const gatherMs = 20

export function createFollower({ ledger, projection, rests, plans, ...events }: FollowerParts): Follower {
  const batches = createBatches({ projection, read: (after) => readBatch(ledger, after, rests) })
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
    plans.take(reached, stalled ? 0 : known - reached, (plan) => {
      const last = plan?.last.seq ?? known
      // Who waits for a leaf is told when it is committed.
      const more = plans.far() && known - last >= mostLeaves && waiting.every(({ seq }) => seq > last)
      took(batches.project(plan, more))
    })
  }
  const took = (taken: Taken): void => {
    const { kind } = taken
    reached = taken.reached
    if (kind === 'none') known = reached
    else {
      known = Math.max(known, reached)
      if (kind === 'projected') events.onProjected(taken.leaves, progress())
      if (kind === 'refused' && !stalled) events.onStalled(taken.reason, progress())
      stalled = kind === 'refused'
    }
    const ready = waiting.filter(({ seq }) => seq <= reached)
    waiting = waiting.filter(({ seq }) => seq > reached)
    for (const { done } of ready) done()
    running = reached < known
    if (!running) return
    if (stalled) setTimeout(step, retryMs).unref()
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
    close: () => batches.commit(),
    advance: (seq) => {
      known = Math.max(known, seq)
      start()
    },
    whenCaughtUp: (done) => {
      const seq = ledger.count()
      if (seq <= reached && !batches.isOpen()) {
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
