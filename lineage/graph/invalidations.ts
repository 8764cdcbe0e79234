// Which versions are no longer, and since when: named themselves, or by their bare name while it stood for them.
import type { Database } from '../sqlite/driver.js'
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
    const latest = (kind: number, of: readonly number[]): Map<number, number> => {
      const found = new Map<number, number>()
      const list = JSON.stringify(of.flatMap((id) => classes.of(id).members))
      for (const { node, time } of latestRows.all(list, kind, ...values)) keepLatest(found, classes.of(node).id, time)
      return found
    }
    const ended = latest(seenAs.invalidated, versions)
    const members = versions.flatMap((id) => classes.of(id).members)
    const names = new Set(members.flatMap((member) => nodes.get(member).name ?? []))
    for (const name of names) {
      if (!timelines.hasBareFacts(name)) continue
      for (const { time } of bareRows.all(name, ...values)) {
        const id = resolve(name, time)
        if (wanted.has(id)) keepLatest(ended, id, time)
      }
    }
    if (ended.size === 0) return ended
    for (const [id, time] of latest(seenAs.generated, [...ended.keys()])) {
      if (time >= (ended.get(id) ?? 0)) ended.delete(id)
    }
    return ended
  }
}

function keepLatest(found: Map<number, number>, id: number, time: number): void {
  found.set(id, Math.max(found.get(id) ?? -Infinity, time))
}
