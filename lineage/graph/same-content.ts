// Other names with the same digest: derived, shown, never followed, a few for each node.
import type { Database } from '../sqlite/driver.js'
import type { FactEdge, Reading } from './fact-edges.js'
import { readable, standing, tenants, times } from './view.js'

export interface SameContent {
  at(ids: readonly number[]): { readonly edges: readonly FactEdge[]; readonly truncated: boolean }
}

/** Others shown for one node, and looked at: an empty file has very many. */
const atMost = 8
const lookedAt = 64

interface Row {
  readonly node: number
  readonly time: number
}

/** When a node was first seen with a digest, under the view; null where it was not. */
const firstSeen = `(SELECT min(digest_seen.time) FROM digest_seen CROSS JOIN leaf ON leaf.id = digest_seen.leaf
  WHERE digest_seen.node = ONE.node AND digest_seen.digest = ONE.digest AND ${standing('digest_seen')} AND ${readable})`

export function createSameContent(db: Database): (reading: Reading) => SameContent {
  const shared = db.prepare<{ node: number; digest: number; name: number }>(
    `SELECT mine.node, mine.digest, mine.name FROM json_each(?) one CROSS JOIN digest mine ON mine.node = one.value
     WHERE EXISTS (SELECT 1 FROM digest WHERE digest.digest = mine.digest AND digest.name < mine.name)
        OR EXISTS (SELECT 1 FROM digest WHERE digest.digest = mine.digest AND digest.name > mine.name)`,
  )
  const mine = db.prepare<{ time: number | null }>(
    `SELECT ${firstSeen.replaceAll('ONE', 'digest')} AS time FROM digest WHERE node = ? AND digest = ?`,
  )
  const others = db.prepare<Row>(
    `SELECT node.id AS node, found.time FROM (
       SELECT one.node, ${firstSeen.replaceAll('ONE', 'one')} AS time
       FROM (SELECT * FROM digest WHERE digest = ? AND name <> ? LIMIT ${lookedAt}) one
     ) found CROSS JOIN node ON node.id = found.node WHERE found.time IS NOT NULL ORDER BY node.key LIMIT ${atMost + 1}`,
  )
  return ({ view, nodes, classes }) => ({
    at: (ids) => {
      const values = [...times(view), ...tenants(view)]
      const versions = ids.filter((id) => id > 0 && nodes.get(id).name !== null)
      const edges: FactEdge[] = []
      let truncated = false
      for (const row of shared.all(JSON.stringify(versions.flatMap((id) => classes.of(id).members)))) {
        const since = mine.get(...values, row.node, row.digest)?.time ?? null
        if (since === null) continue
        const found = others.all(...values, row.digest, row.name)
        truncated ||= found.length > atMost
        for (const { node, time } of found.slice(0, atMost)) {
          const [from, to] = [classes.of(row.node).id, classes.of(node).id]
          if (from !== to) edges.push({ ...stated, from, to, time: Math.max(since, time) })
        }
      }
      return { edges, truncated }
    },
  })
}

const stated = { kind: 'same-content', by: 'observed', role: null, leaf: undefined, exchange: 0 } as const
