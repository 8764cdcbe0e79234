// When jobs leave for a gatherer worker: at once where somebody waits for their facts or there are many, else a little later and
// with others, since each message wakes a thread. Never lets a job wait longer than that while the worker is idle.
import type { GatherJobs } from './gather-jobs.js'

export interface GatherPace {
  /** A job came. `busy`: the worker has a batch; it will be `freed`. */
  wake(urgent: boolean, busy: boolean): void
  /** The worker has taken its batch. */
  freed(): void
}

/** How long jobs are collected, in milliseconds. */
const lingerMs = 20
/** Jobs that are worth a message. */
const many = 64

export function createGatherPace(jobs: Pick<GatherJobs, 'waiting'>, send: () => void): GatherPace {
  let turn: NodeJS.Immediate | undefined
  let linger: NodeJS.Timeout | undefined
  let hurry = false

  const go = (): void => {
    clearTimeout(linger)
    clearImmediate(turn)
    linger = turn = undefined
    hurry = false
    send()
  }
  return {
    wake: (urgent, busy) => {
      hurry ||= urgent
      if (busy) return
      if (hurry) turn ??= setImmediate(go)
      else linger ??= setTimeout(go, lingerMs)
    },
    freed: () => {
      if (hurry || jobs.waiting() >= many) go()
      else if (jobs.waiting() > 0) linger ??= setTimeout(go, lingerMs)
    },
  }
}
