// Which nodes are one thing: entity versions of one name that share a digest, and what an alias-of fact joins. Derived
// for one view and cached for one query. Never joins across names on content alone: that is same-content.
import type { Database } from '../sqlite/driver.js'
import type { NodeRow, Nodes } from './nodes.js'
import { readable, standing, tenants, times, type View } from './view.js'

/** `id` is the node that stands for the class; `members` holds it too. */
export interface NodeClass {
  readonly id: number
  readonly members: readonly number[]
}

export interface Classes {
  /** reads what is not cached yet in one go */
  load(ids: Iterable<number>): void
  of(id: number): NodeClass
  /**
   * Which part of its class the entity version is: itself where it has an external version, since of those each is made and
   * ended for itself, whatever else has the same content; else `common`.
   */
  partOf(id: number): number
}

/** What its digest or its producer names: whichever version of the class that is. */
export const common = 0

/** Whether an invalidation that names the part `named` of a class ends its part `part`. */
export function ends(named: number, part: number): boolean {
  return named === common || part === common || named === part
}

interface Pair {
  readonly one: number
  readonly other: number
}

const sighted = `EXISTS (SELECT 1 FROM digest_seen JOIN leaf ON leaf.id = digest_seen.leaf
  WHERE digest_seen.node = DIGEST.node AND digest_seen.digest = DIGEST.digest AND ${standing('digest_seen')} AND ${readable})`

export function createClasses(db: Database): (view: View, nodes: Nodes) => Classes {
  const byDigest = db.prepare<Pair>(
    `SELECT mine.node AS one, theirs.node AS other FROM json_each(?) wanted
     CROSS JOIN digest mine ON mine.node = wanted.value
     CROSS JOIN digest theirs ON theirs.digest = mine.digest AND theirs.name = mine.name AND theirs.node <> mine.node
     WHERE ${sighted.replaceAll('DIGEST', 'mine')} AND ${sighted.replaceAll('DIGEST', 'theirs')}`,
  )
  const byAlias = db.prepare<Pair>(
    `SELECT alias.node AS one, alias.other AS other FROM json_each(?) wanted
     CROSS JOIN alias ON alias.node = wanted.value CROSS JOIN leaf ON leaf.id = alias.leaf
     WHERE ${standing('alias')} AND ${readable}`,
  )
  return (view, nodes) => {
    const values = [...times(view), ...tenants(view)]
    const pairsOf = (ids: readonly number[]): Pair[] => {
      const list = JSON.stringify(ids)
      return [...byDigest.all(list, ...values, ...values), ...byAlias.all(list, ...values)]
    }
    return cachedClasses(pairsOf, nodes)
  }
}

function cachedClasses(pairsOf: (ids: readonly number[]) => Pair[], nodes: Nodes): Classes {
  const known = new Map<number, NodeClass>()

  const load = (ids: Iterable<number>): void => {
    const wanted = [...new Set(ids)].filter((id) => !known.has(id))
    nodes.load(wanted)
    const versions: number[] = []
    for (const id of wanted) {
      if (id > 0 && nodes.get(id).name !== null) versions.push(id)
      else known.set(id, { id, members: [id] })
    }
    if (versions.length === 0) return
    const neighbours = neighboursOf(versions, pairsOf)
    nodes.load(neighbours.keys())
    for (const id of versions) if (!known.has(id)) keep(componentOf(id, neighbours))
  }

  const keep = (members: readonly number[]): void => {
    const [first] =
      members.length === 1 ? members : [...members].sort((a, b) => compareRows(nodes.get(a), nodes.get(b)))
    const one = { id: first ?? 0, members }
    for (const member of members) known.set(member, one)
  }

  return {
    load,
    of: (id) => {
      if (!known.has(id)) load([id])
      return known.get(id) ?? { id, members: [id] }
    },
    partOf: (id) => (rankOf(nodes.get(id).key) === 0 ? id : common),
  }
}

/** Everything reachable over pairs from `start`, with the pairs as an adjacency. */
function neighboursOf(
  start: readonly number[],
  pairsOf: (ids: readonly number[]) => Pair[],
): ReadonlyMap<number, ReadonlySet<number>> {
  const adjacent = new Map<number, Set<number>>()
  let frontier = start
  while (frontier.length > 0) {
    for (const id of frontier) adjacent.set(id, new Set())
    const next = new Set<number>()
    for (const { one, other } of pairsOf(frontier)) {
      adjacent.get(one)?.add(other)
      if (!adjacent.has(other)) next.add(other)
    }
    frontier = [...next]
  }
  return adjacent
}

function componentOf(start: number, adjacent: ReadonlyMap<number, ReadonlySet<number>>): readonly number[] {
  const found = new Set([start])
  for (const id of found) for (const next of adjacent.get(id) ?? []) found.add(next)
  return [...found]
}

/** An external version stands before a digest, a digest before a producer; then by id. */
function compareRows(a: NodeRow, b: NodeRow): number {
  return rankOf(a.key) - rankOf(b.key) || (a.key < b.key ? -1 : 1)
}

function rankOf(key: string): number {
  const version = key.slice(key.indexOf('@') + 1)
  if (version.startsWith('by(')) return 2
  return /^[a-z0-9-]+:[0-9a-f]+$/.test(version) ? 1 : 0
}
