// The edges at a set of nodes, in one direction, as facts have them: bare names resolved to the version current at the
// fact's time, or left as they are where that is not known. Knows nothing of depth, limits or what was visited.
import type { Direction } from '../ports.js'
import type { Database } from '../sqlite/driver.js'
import type { Classes } from './classes.js'
import { byIn, kindIn } from './codes.js'
import type { LinkKind } from '../model/statement.js'
import type { By } from '../model/fact.js'
import type { Nodes } from './nodes.js'
import type { Timelines } from './timelines.js'
import { readable, seesTenant, standing, tenants, times, type View } from './view.js'

/** One fact's edge between classes (by the id of the class). `recorded` leads from an exchange to what it was about. */
export interface FactEdge {
  readonly from: number
  readonly to: number
  readonly kind: LinkKind | 'recorded'
  readonly by: By
  readonly time: number
  readonly role: number | null
  /** undefined for an edge that no leaf states */
  readonly leaf: number | undefined
  readonly exchange: number
}

export interface Hidden {
  /** node at which facts of tenants that the asker may not read were left out */
  readonly at: number
  readonly count: number
}

/** Everything that the reading of one query shares. */
export interface Reading {
  readonly view: View
  readonly nodes: Nodes
  readonly classes: Classes
  readonly timelines: Timelines
}

export interface EdgesAt {
  readonly edges: readonly FactEdge[]
  readonly hidden: readonly Hidden[]
}

export type Resolve = (id: number, time: number) => number

export interface EdgeReader {
  /** edges at the classes `ids`, away from them in `direction` */
  at(ids: readonly number[], direction: Direction): EdgesAt
  /** the class that node `id` stands for at `time`; a bare name stays itself where none or several are current */
  readonly resolve: Resolve
}

interface Row {
  readonly src: number
  readonly dst: number
  readonly time: number
  readonly leaf: number
  readonly flags: number
  readonly role: number | null
  readonly exchange: number
  readonly tenant: number
}

const columns = 'edge.src, edge.dst, edge.time, edge.leaf, edge.flags, edge.role, leaf.exchange, leaf.tenant'

export function createEdgeReader(db: Database): (reading: Reading) => EdgeReader {
  const prepare = (end: string) => ({
    list: db.prepare<Row>(
      `SELECT ${columns} FROM json_each(?) one CROSS JOIN edge ON edge.${end} = one.value
       CROSS JOIN leaf ON leaf.id = edge.leaf WHERE ${standing('edge')}`,
    ),
    stretch: db.prepare<Row>(
      `SELECT ${columns} FROM edge CROSS JOIN leaf ON leaf.id = edge.leaf
       WHERE edge.${end} = ? AND edge.time >= ? AND edge.time < ? AND edge.flags & ? AND ${standing('edge')}`,
    ),
  })
  const statements = { up: prepare('src'), down: prepare('dst') }
  const visible = db.prepare(
    `SELECT 1 FROM seen CROSS JOIN leaf ON leaf.id = seen.leaf
     WHERE seen.node = ? AND ${standing('seen')} AND ${readable} LIMIT 1`,
  )

  return (reading) => {
    const { view, nodes, classes, timelines } = reading
    const isVisible = (id: number): boolean => {
      if (view.tenants === undefined) return true
      return classes
        .of(id)
        .members.some((member) => visible.get(member, ...times(view), ...tenants(view)) !== undefined)
    }
    const resolve = (id: number, time: number): number => {
      const [version, other] = timelines.of(id).at(time)
      if (version === undefined || other !== undefined) return id
      return isVisible(version) ? classes.of(version).id : id
    }

    const bareRows = (id: number, direction: Direction): Row[] =>
      stretchesOf(id, reading).flatMap(({ name, from, until }) =>
        statements[direction].stretch.all(name, from, until, direction === 'up' ? 1 : 2, ...times(view)),
      )

    const edgeOf = (row: Row): FactEdge => {
      const from = row.flags & 1 ? resolve(row.src, row.time) : classes.of(row.src).id
      const to = row.flags & 2 ? resolve(row.dst, row.time) : classes.of(row.dst).id
      const byName = (row.flags & 1 && from !== row.src) || (row.flags & 2 && to !== row.dst)
      const by = byName ? 'name-at-time' : byIn(row.flags)
      const { time, role, leaf, exchange } = row
      return { from, to, kind: kindIn(row.flags), by, time, role, leaf, exchange }
    }

    const at = (ids: readonly number[], direction: Direction): EdgesAt => {
      const stored = ids.filter((id) => id > 0)
      const members = stored.flatMap((id) => classes.of(id).members)
      timelines.load(members.flatMap((member) => nodes.get(member).name ?? []))
      // What a fact says of a bare name is found at the version that it stood for; at the name where there is none.
      const isHere = ({ src, dst, flags, time }: Row): boolean => {
        const [bit, near] = direction === 'up' ? [1, src] : [2, dst]
        return (flags & bit) === 0 || resolve(near, time) === near
      }
      const rows = statements[direction].list.all(JSON.stringify(members), ...times(view)).filter(isHere)
      for (const id of stored) if (nodes.get(id).name !== null) rows.push(...bareRows(id, direction))
      const hidden = new Map<number, number>()
      const seen: Row[] = []
      for (const row of rows) {
        if (seesTenant(view, row.tenant)) seen.push(row)
        else {
          const here = classes.of(direction === 'up' ? row.src : row.dst).id
          hidden.set(here, (hidden.get(here) ?? 0) + 1)
        }
      }
      classes.load(seen.flatMap(({ src, dst }) => [src, dst]))
      const edges = seen.map(edgeOf).filter((edge) => edge.from !== edge.to)
      return { edges, hidden: [...hidden].map(([node, count]) => ({ at: node, count })) }
    }
    return { at, resolve }
  }
}

export interface NameStretch {
  readonly name: number
  readonly from: number
  /** exclusive */
  readonly until: number
}

/** When the bare name of class `id` stood for it, where facts refer to that name at all. */
export function stretchesOf(id: number, { nodes, classes, timelines }: Reading): readonly NameStretch[] {
  const { members } = classes.of(id)
  const names =
    members.length === 1 ? [nodes.get(id).name ?? id] : members.map((member) => nodes.get(member).name ?? id)
  const bare = names.filter((name) => name !== id && timelines.hasBareFacts(name))
  if (bare.length === 0) return []
  return [...new Set(bare)].flatMap((name) => {
    const { stretches } = timelines.of(name)
    return stretches.flatMap(({ from, candidates: [only, other] }, index) => {
      if (only === undefined || other !== undefined || classes.of(only).id !== id) return []
      return { name, from, until: stretches[index + 1]?.from ?? Number.MAX_SAFE_INTEGER }
    })
  })
}

/** A bare name that stayed itself: why. */
export function unresolved(
  timelines: Timelines,
  name: number,
  time: number,
): 'version-unknown' | 'version-ambiguous' | 'masked' {
  const candidates = timelines.of(name).at(time)
  if (candidates.length === 0) return 'version-unknown'
  return candidates.length > 1 ? 'version-ambiguous' : 'masked'
}
