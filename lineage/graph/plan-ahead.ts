// Plans made on a thread of their own while the ones before are written, for a graph that is far behind: after a burst, and when it is
// built anew. Where it follows closely there is no such thread, and it plans for itself: that is less work in all. Never makes a
// leaf wait for a thread that is not there.
import type { Worker } from 'node:worker_threads'
import { threadEntry } from '../../core/thread-entry.js'
import { startOwnerThread } from '../owner-thread.js'
import { mostLeaves } from './leaf-batch.js'
import type { Plan } from './plan.js'
import type { FromPlanner, PlannerThreadOptions, ToPlanner } from './planner-protocol.js'

export interface PlanAhead {
  /**
   * The plan of the leaves behind `after`, of which there are `behind`; undefined where the caller has to make it. Calls back at once
   * or later; not to be asked again before.
   */
  take(after: number, behind: number, done: TakePlan): void
}

type TakePlan = (plan: Plan | undefined) => void

/** Leaves behind from which on a thread is worth its start. */
const farBehind = 4 * mostLeaves
/** The same while clients are being answered: then the graph has waited for them long enough (client.ts has the bound). */
const farBehindClients = 125_000
/** It ends when it was not asked for as long. */
const idleMs = 2_000
/** None is started for as long after one that ended by itself. */
const pauseMs = 60_000

interface PlanAheadParts extends PlannerThreadOptions {
  /** whether clients are being answered */
  readonly busy: () => boolean
  /** called with true when the thread is started, with false when it ends */
  readonly onFar: (far: boolean) => void
}

export function createPlanAhead({ busy, onFar, ...options }: PlanAheadParts): PlanAhead {
  let planner: PlanAhead | undefined
  let startable = -Infinity
  const onEnd = (unasked: boolean): void => {
    planner = undefined
    if (unasked) startable = performance.now() + pauseMs
    onFar(false)
  }
  return {
    take: (after, behind, done) => {
      const clientsFirst = behind < farBehindClients && busy()
      if (planner === undefined && !clientsFirst && behind >= farBehind && performance.now() >= startable) {
        onFar(true)
        planner = startPlanner(options, onEnd)
      }
      if (planner === undefined || clientsFirst) done(undefined)
      else planner.take(after, behind, done)
    },
  }
}

function startPlanner(options: PlannerThreadOptions, onEnd: (unasked: boolean) => void): PlanAhead {
  let worker: Worker | undefined
  let idle: NodeJS.Timeout | undefined
  let asked: number | undefined
  let made: { readonly after: number; readonly plan: Plan | undefined } | undefined
  let waiting: { readonly behind: number; readonly done: TakePlan } | undefined

  const send = (message: ToPlanner): void => worker?.postMessage(message)
  const ask = (after: number): void => {
    asked = after
    send({ kind: 'plan', after })
  }
  /** Gives the plan that is there, when the one after it is begun; unless that would not be a whole one yet. */
  const hand = (behind: number, done: TakePlan): void => {
    const plan = made?.plan
    made = undefined
    if (plan !== undefined && behind - plan.leaves >= mostLeaves) ask(plan.last.seq)
    done(plan)
  }
  const onMessage = (message: FromPlanner): void => {
    if (message.kind === 'ready' || message.after !== asked) return
    asked = undefined
    made = message
    const waited = waiting
    waiting = undefined
    if (waited !== undefined) hand(waited.behind, waited.done)
  }
  const end = (): void => {
    send({ kind: 'close' })
    worker = undefined
    onEnd(false)
  }
  const ended = (): void => {
    const waited = waiting
    waiting = undefined
    clearTimeout(idle)
    if (idle === undefined || worker !== undefined) onEnd(true)
    worker = undefined
    waited?.done(undefined)
  }
  const entry = threadEntry(import.meta.url, './planner.thread.js')
  const thread = startOwnerThread<FromPlanner>({ name: 'planner', entry, options }, { onMessage, onEnd: ended })
  thread.then((started) => {
    worker = started
    idle = setTimeout(end, idleMs).unref()
  }, ended)

  return {
    take: (after, behind, done) => {
      const isThere = made?.after === after
      if (worker === undefined || (behind < mostLeaves && !isThere)) {
        done(undefined)
        return
      }
      idle?.refresh()
      if (isThere) {
        hand(behind, done)
        return
      }
      waiting = { behind, done }
      if (asked !== after) ask(after)
    },
  }
}
