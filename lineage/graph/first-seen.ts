// When each node was first seen to exist or happen, and in whose tenant; of several at one time the tenant that sorts first.
import type { Database, Statement } from '../sqlite/driver.js'
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
  /** `<time, 17 digits> <tenant>` for each of three ways to be seen; they sort as text */
  readonly one: string | null
  readonly two: string | null
  readonly three: string | null
}

const asVersion = [seenAs.generated, seenAs.mentioned, seenAs.invalidated]
const asItself = [seenAs.itself, seenAs.bare, seenAs.invalidated]

export function createFirstSeen(
  db: Database,
): (ids: readonly number[], view: View, nodes: Nodes) => Map<number, FirstSeen> {
  const prepare = (kinds: readonly number[]): Statement<Row> => {
    const [one, two, three] = kinds.map(
      (kind) => `(SELECT printf('%017d ', seen.time) || word.text
       FROM seen CROSS JOIN leaf ON leaf.id = seen.leaf CROSS JOIN word ON word.id = leaf.tenant
       WHERE seen.node = node.id AND seen.kind = ${kind}
         AND ${standing('seen')} AND ${readable} ORDER BY seen.time, word.text LIMIT 1)`,
    )
    return db.prepare<Row>(
      `SELECT node.id, ${one ?? ''} AS one, ${two ?? ''} AS two, ${three ?? ''} AS three
       FROM json_each(?) wanted CROSS JOIN node ON node.id = wanted.value`,
    )
  }
  const statements = { version: prepare(asVersion), itself: prepare(asItself) }
  return (ids, view, nodes) => {
    nodes.load(ids)
    const found = new Map<number, FirstSeen>()
    const values = [...times(view), ...tenants(view)]
    const read = (statement: Statement<Row>, list: readonly number[]): void => {
      if (list.length === 0) return
      for (const { id, one, two, three } of statement.all(...values, ...values, ...values, JSON.stringify(list))) {
        const first = lower(one, lower(two, three))
        if (first !== null) found.set(id, firstSeenOf(first))
      }
    }
    read(
      statements.version,
      ids.filter((id) => nodes.get(id).name !== null),
    )
    read(
      statements.itself,
      ids.filter((id) => nodes.get(id).name === null),
    )
    return found
  }
}

function lower(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b
  return a < b ? a : b
}

/** Of several members of one class. */
export function earliest(all: readonly FirstSeen[]): FirstSeen | undefined {
  const text = (one: FirstSeen): string => JSON.stringify([one.project, one.domain])
  return [...all].sort((a, b) => a.time - b.time || (text(a) < text(b) ? -1 : 1))[0]
}

function firstSeenOf(text: string): FirstSeen {
  const [project, domain] = JSON.parse(text.slice(18)) as [string, string]
  return { time: Number(text.slice(0, 17)), project, domain }
}
