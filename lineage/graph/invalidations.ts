// Which versions are no longer, and since when: named themselves, or by their bare name while it stood for them.
import type { Database } from '../sqlite/driver.js'
import { common, ends } from './classes.js'
import { seenAs } from './codes.js'
import type { Reading, Resolve } from './fact-edges.js'
import { readable, standing, tenants, times } from './view.js'

/** Time of the last invalidation of each of `ids`, where nothing made the version again since. */
export type Invalidations = (ids: readonly number[], reading: Reading, resolve: Resolve) => Map<number, number>

export function createInvalidations(db: Database): Invalidations {
  const latestRows = db.prepare<{ node: number; time: number }>(
    `SELECT node.id AS node, max(seen.time) AS time FROM json_each(?) one CROSS JOIN node ON node.id = one.value
     CROSS JOIN seen ON seen.node = node.id AND seen.kind = ?
     CROSS JOIN leaf ON leaf.id = seen.leaf WHERE ${standing('seen')} AND ${readable} GROUP BY node.id`,
  )
  const bareRows = db.prepare<{ time: number }>(
    `SELECT DISTINCT seen.time FROM seen CROSS JOIN leaf ON leaf.id = seen.leaf
     WHERE seen.node = ? AND seen.kind = ${seenAs.invalidated} AND ${standing('seen')} AND ${readable}`,
  )
  return (ids, { view, nodes, classes, timelines }, resolve) => {
    const values = [...times(view), ...tenants(view)]
    const versions = ids.filter((id) => nodes.get(id).name !== null)
    const wanted = new Set(versions)
    const latest = (kind: number, of: Iterable<number>): Map<number, Latest> => {
      const found = new Map<number, Latest>()
      const list = JSON.stringify([...of].flatMap((id) => classes.of(id).members))
      for (const { node, time } of latestRows.all(list, kind, ...values)) {
        keepLatest(found, classes.of(node).id, classes.partOf(node), time)
      }
      return found
    }
    const ended = latest(seenAs.invalidated, versions)
    const members = versions.flatMap((id) => classes.of(id).members)
    const names = new Set(members.flatMap((member) => nodes.get(member).name ?? []))
    for (const name of names) {
      if (!timelines.hasBareFacts(name)) continue
      for (const { time } of bareRows.all(name, ...values)) {
        const id = resolve(name, time)
        if (wanted.has(id)) keepLatest(ended, id, common, time)
      }
    }
    const made = ended.size === 0 ? new Map<number, Latest>() : latest(seenAs.generated, ended.keys())
    return new Map([...ended].flatMap(([id, times]) => endOf(times, made.get(id)).map((time) => [id, time] as const)))
  }
}

/** Times by part of the class, see `Classes.partOf`. */
type Latest = Map<number, number>

function keepLatest(found: Map<number, Latest>, id: number, part: number, time: number): void {
  const times = found.get(id) ?? new Map<number, number>()
  times.set(part, Math.max(times.get(part) ?? -Infinity, time))
  found.set(id, times)
}

/** When the last of what was made ended; nothing where one of them stands. */
function endOf(ended: Latest, made: Latest = new Map()): number[] {
  if (made.size === 0) return [Math.max(...ended.values())]
  const newest = Math.max(...[...made].flatMap(([part, time]) => (part === common ? [] : [time])))
  const over = [...made].map(([part, since]) => {
    // What is only known by its content, or by who made it, is the external version that was made then or later.
    if (part === common && since <= newest) return -Infinity
    const end = Math.max(...[...ended].flatMap(([named, time]) => (ends(named, part) ? [time] : [])))
    return end > since ? end : Infinity
  })
  const end = Math.max(...over)
  return end === Infinity ? [] : [end]
}
