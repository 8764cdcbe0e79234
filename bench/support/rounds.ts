// Alternating rounds: every target is loaded once a round, in turning order, so that a slow minute hits all alike.
import type { Target } from './peers.js'
import { cpuSeconds } from './processes.js'
import { refuseBadLoad } from './rules.js'
import type { Upstream } from './upstream.js'
import { loadWithWrk, type Load, type LoadPlan } from './wrk.js'

/** A load with what it cost its target. */
export interface Measured extends Load {
  /** microseconds of CPU of the target's process, all threads, per request */
  readonly cpuMicros: number
}

export interface Rounds {
  readonly count: number
  readonly plan: Omit<LoadPlan, 'url'>
  /** appended to each target's URL */
  readonly path: string
  readonly upstream: Upstream
  /** called after each load, e.g. to check what was recorded */
  readonly after?: (target: Target, load: Load) => Promise<void>
}

/** One list of loads a target, by its name, in the order of the rounds. */
export async function alternate(targets: readonly Target[], rounds: Rounds): Promise<Map<string, Measured[]>> {
  const loads = new Map<string, Measured[]>(targets.map(({ name }) => [name, []]))
  const warmUp = { ...rounds.plan, seconds: Math.min(2, rounds.plan.seconds) }
  for (const target of targets) await loadOnce(target, { ...rounds, plan: warmUp })
  for (let round = 0; round < rounds.count; round += 1) {
    const turned = [...targets.slice(round % targets.length), ...targets.slice(0, round % targets.length)]
    for (const target of turned) loads.get(target.name)?.push(await loadOnce(target, rounds))
  }
  return loads
}

async function loadOnce(target: Target, rounds: Rounds): Promise<Measured> {
  const cpuBefore = cpuSeconds(target.pid)
  const before = await rounds.upstream.count()
  const load = await loadWithWrk({ ...rounds.plan, url: `${target.url}${rounds.path}` })
  const cpuMicros = ((cpuSeconds(target.pid) - cpuBefore) / load.answered) * 1e6
  const arrived = (await rounds.upstream.count()) - before
  refuseBadLoad({ name: target.name, ...load, arrived })
  await rounds.after?.(target, load)
  return { ...load, cpuMicros }
}
