// What is known of the time before an activity's end: who says that it has ended, and when it began, says that it was going on
// in between. As a state of its own that is there for `asOf`; merging it into what is known by the end changes nothing.
import type { Micros } from '../core/ids.js'
import type { Phase } from '../lineage/model/fact.js'

export interface ToldState {
  readonly phase: Phase
  /** since when it is so */
  readonly time: Micros
  readonly startedAt?: Micros
}

/** Undefined where the activity has not ended, or nobody says when it began. */
export function runningBefore({ phase, time, startedAt }: ToldState) {
  if (phase === 'START' || phase === 'RUNNING' || startedAt === undefined || startedAt >= time) return undefined
  return { phase: 'RUNNING', time: startedAt, startedAt } as const
}
