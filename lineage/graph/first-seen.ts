// When each node was first seen to exist or happen, and in whose tenant; of several at one time the tenant that sorts first.
import type { Database } from '../sqlite/driver.js'
import { seenAs } from './codes.js'
import type { Nodes } from './nodes.js'
import { readable, standing, tenants, times, type View } from './view.js'

export interface FirstSeen {
  readonly time: number
  readonly project: string
  readonly domain: string
}

interface Row {
  readonly id: number
  readonly time: number | null
  readonly tenant: string | null
}

const asVersion = [seenAs.generated, seenAs.mentioned, seenAs.invalidated]
const asItself = [seenAs.itself, seenAs.bare, seenAs.invalidated]

export function createFirstSeen(
  db: Database,
): (ids: readonly number[], view: View, nodes: Nodes) => Map<number, FirstSeen> {
  const first = `FROM seen CROSS JOIN leaf ON leaf.id = seen.leaf CROSS JOIN word ON word.id = leaf.tenant
    WHERE seen.name = coalesce(node.name, node.id) AND seen.version = node.id AND seen.kind = ?
      AND ${standing('seen')} AND ${readable} ORDER BY seen.time, word.text LIMIT 1`
  const read = db.prepare<Row>(
    `SELECT node.id, (SELECT seen.time ${first}) AS time, (SELECT word.text ${first}) AS tenant
     FROM json_each(?) one CROSS JOIN node ON node.id = one.value`,
  )
  return (ids, view, nodes) => {
    nodes.load(ids)
    const found = new Map<number, Row>()
    const values = [...times(view), ...tenants(view)]
    const readKinds = (list: readonly number[], kinds: readonly number[]): void => {
      for (const kind of list.length === 0 ? [] : kinds) {
        for (const row of read.all(kind, ...values, kind, ...values, JSON.stringify(list))) {
          const known = found.get(row.id)
          if (row.time !== null && (known === undefined || comesBefore(row, known))) found.set(row.id, row)
        }
      }
    }
    readKinds(
      ids.filter((id) => nodes.get(id).name !== null),
      asVersion,
    )
    readKinds(
      ids.filter((id) => nodes.get(id).name === null),
      asItself,
    )
    return new Map([...found].map(([id, row]) => [id, firstSeenOf(row)]))
  }
}

/** Of several members of one class. */
export function earliest(all: readonly FirstSeen[]): FirstSeen | undefined {
  const text = (one: FirstSeen): string => JSON.stringify([one.project, one.domain])
  return [...all].sort((a, b) => a.time - b.time || (text(a) < text(b) ? -1 : 1))[0]
}

function comesBefore(a: Row, b: Row): boolean {
  const [one, other] = [a.time ?? Infinity, b.time ?? Infinity]
  return one < other || (one === other && (a.tenant ?? '') < (b.tenant ?? ''))
}

function firstSeenOf(row: Row): FirstSeen {
  const [project, domain] = JSON.parse(row.tenant ?? '["",""]') as [string, string]
  return { time: row.time ?? 0, project, domain }
}
