// Which gatherers of which routes hung or killed their worker, and how often: one that does it again and again is left out for
// a while, so that others' facts do not wait behind it. Says so in the gap; never forgets for good.
import type { RecordedRoute, SkippedUse } from './gather-protocol.js'

export interface Hangs {
  /** Counts it, and gives the words for the gap. */
  tell(hang: Hang, limit: number, reason: string): string
  /** uses of the route that are left out now */
  banned(route: string): readonly SkippedUse[]
}

export interface Hang {
  readonly route: string
  readonly use: number
  readonly why: SkippedUse['reason']
}

interface Count {
  times: number
  until: number
  readonly skip: SkippedUse
}

const timesAtMost = 3
const bannedMs = 60_000

export function createHangs(routes: readonly RecordedRoute[]): Hangs {
  const counts = new Map<string, Map<number, Count>>()
  const nameOf = ({ route, use }: Hang): string =>
    routes.find(({ name }) => name === route)?.uses[use]?.gatherer ?? `use ${use}`
  return {
    tell: (hang, limit, reason) => {
      const { route, use, why } = hang
      const name = nameOf(hang)
      const about = `${name}: left out for ${bannedMs / 1000} s after ${timesAtMost} such ends`
      const uses = counts.get(route) ?? new Map<number, Count>()
      const count = uses.get(use) ?? { times: 0, until: 0, skip: { use, reason: why, about } }
      counts.set(route, uses.set(use, count))
      count.times += 1
      if (count.times >= timesAtMost) {
        count.times = 0
        count.until = performance.now() + bannedMs
      }
      return why === 'gatherer-timeout' ? `${name}: more than ${limit} ms` : `${name}: ended its worker (${reason})`
    },
    banned: (route) => {
      const uses = counts.get(route)
      if (uses === undefined) return []
      const now = performance.now()
      return [...uses.values()].flatMap(({ until, skip }) => (until > now ? [skip] : []))
    },
  }
}
