// Plans made on a thread of their own while the ones before are written, for a graph that was far behind: after a burst, and when it is
// built anew. Where it follows closely none is asked for, and the graph plans for itself: that is less work in all. Never makes a
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
  /** at the last `take`: there is a thread, and no client was answered of late */
  far(): boolean
}

type TakePlan = (plan: Plan | undefined) => void

/** Leaves behind from which on a thread is worth its start. */
const farBehind = 16_000
/** The same while clients are being answered: then the graph has waited for them long enough (client.ts has the bound). */
const farBehindClients = 125_000
/**
 * `idleMs`: it ends when it was not asked for as long; the next one would have to be compiled anew. `calmMs`: for as long after a
 * look that found clients they are taken to be there still.
 */
const usualWaits = { idleMs: 30_000, calmMs: 5_000 } as const
/** None is started for as long after one that ended by itself, or could not start. */
const pauseMs = 60_000

interface PlanAheadParts extends PlannerThreadOptions {
  /** whether clients are being answered */
  readonly busy: () => boolean
  /** called when `far` has changed */
  readonly onFar: (far: boolean) => void
  /** tests only */
  readonly waits?: { readonly idleMs: number; readonly calmMs: number }
}

export function createPlanAhead({ busy, onFar, waits = usualWaits, ...options }: PlanAheadParts): PlanAhead {
  let planner: Planner | undefined
  let startable = -Infinity
  let far = false
  let lastClients = -Infinity
  const tell = (is: boolean): void => {
    if (is !== far) onFar(is)
    far = is
  }
  const onEnd = (unasked: boolean): void => {
    planner = undefined
    if (unasked) startable = performance.now() + pauseMs
    tell(false)
  }
  const start = (): void => {
    try {
      planner = startPlanner(options, waits.idleMs, onEnd)
    } catch {
      // No thread can be made now.
      onEnd(true)
    }
  }
  return {
    far: () => far,
    take: (after, behind, done) => {
      const clients = busy()
      const now = performance.now()
      if (clients) lastClients = now
      const ahead = behind >= farBehindClients || !clients
      if (planner === undefined && ahead && behind >= farBehind && now >= startable) start()
      tell(planner !== undefined && now - lastClients > waits.calmMs)
      if (planner === undefined) done(undefined)
      else planner.take({ after, behind, ahead }, done)
    },
  }
}

/** The leaves behind `after`, of which there are `behind`; `ahead`: not only what is there or under way already. */
interface Wanted {
  readonly after: number
  readonly behind: number
  readonly ahead: boolean
}

interface Planner {
  take(wanted: Wanted, done: TakePlan): void
}

/** Throws where no thread can be made. */
function startPlanner(options: PlannerThreadOptions, idleMs: number, onEnd: (unasked: boolean) => void): Planner {
  let worker: Worker | undefined
  let idle: NodeJS.Timeout | undefined
  /** it was told to end */
  let told = false
  let asked: number | undefined
  let made: { readonly after: number; readonly plan: Plan | undefined } | undefined
  let waiting: { readonly wanted: Wanted; readonly done: TakePlan } | undefined

  const send = (message: ToPlanner): void => worker?.postMessage(message)
  const ask = (after: number): void => {
    asked = after
    send({ kind: 'plan', after })
  }
  /** Gives the plan that is there, when the one after it is begun; unless that would not be a whole one yet. */
  const hand = ({ behind, ahead }: Wanted, done: TakePlan): void => {
    const plan = made?.plan
    made = undefined
    if (plan !== undefined && ahead && behind - plan.leaves >= mostLeaves) ask(plan.last.seq)
    done(plan)
    // To write it may have taken longer than that.
    idle?.refresh()
  }
  const onMessage = (message: FromPlanner): void => {
    if (message.kind === 'ready' || message.after !== asked) return
    asked = undefined
    made = message
    const waited = waiting
    waiting = undefined
    if (waited !== undefined) hand(waited.wanted, waited.done)
  }
  const end = (): void => {
    if (waiting !== undefined) {
      idle?.refresh()
      return
    }
    told = true
    send({ kind: 'close' })
    onEnd(false)
  }
  const ended = (): void => {
    const waited = waiting
    waiting = undefined
    clearTimeout(idle)
    if (!told) onEnd(true)
    waited?.done(undefined)
  }
  const entry = threadEntry(import.meta.url, './planner.thread.js')
  const thread = startOwnerThread<FromPlanner>({ name: 'planner', entry, options }, { onMessage, onEnd: ended })
  thread.then((started) => {
    worker = started
    idle = setTimeout(end, idleMs).unref()
  }, ended)

  return {
    take: (wanted, done) => {
      const { after, behind, ahead } = wanted
      if (worker !== undefined && made?.after === after) {
        hand(wanted, done)
        return
      }
      if (worker === undefined || (asked !== after && (!ahead || behind < mostLeaves))) {
        done(undefined)
        return
      }
      idle?.refresh()
      waiting = { wanted, done }
      if (asked !== after) ask(after)
    },
  }
}
