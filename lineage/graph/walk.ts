// Follows edges level by level from some nodes, up (to causes) or down (to effects), each node once, within depth and
// number of nodes, and says where it had to stop. Edges that tell nothing of origin are shown with their other end, which
// is not followed.
import type { Direction, WalkOptions } from '../ports.js'
import { unwalked, type LinkKind } from '../model/statement.js'
import type { ExchangeEdges } from './exchange-edges.js'
import type { EdgeReader, FactEdge, Hidden, Reading } from './fact-edges.js'
import type { SameContent } from './same-content.js'

export interface Walk {
  /** classes in the order they were met; the first are the roots */
  readonly nodes: readonly number[]
  /** those all of whose edges in the direction are in the walk */
  readonly complete: ReadonlySet<number>
  readonly edges: readonly FactEdge[]
  readonly hidden: readonly Hidden[]
  readonly direction: Direction
  readonly truncated: boolean
}

export interface WalkParts {
  readonly reading: Reading
  readonly edges: EdgeReader
  readonly exchanges: ExchangeEdges
  readonly sameContent: SameContent
}

export function walk(
  roots: readonly number[],
  direction: Direction,
  options: Pick<WalkOptions, 'depth' | 'limit'>,
  parts: WalkParts,
): Walk {
  const nodes = new Set(roots)
  const expanded = new Set<number>()
  const complete = new Set<number>()
  const edges: FactEdge[] = []
  const hidden: Hidden[] = []
  let truncated = false

  const admit = (wanted: Iterable<number>): void => {
    for (const id of sortedByKey(wanted, parts)) {
      if (nodes.has(id)) continue
      if (nodes.size < options.limit) nodes.add(id)
      else truncated = true
    }
  }

  let level: readonly number[] = roots
  for (let depth = 0; level.length > 0; depth += 1) {
    const found = parts.edges.at(level, direction)
    const here = [...found.edges, ...parts.exchanges.at(level, direction)]
    for (const id of level) complete.add(id)
    hidden.push(...found.hidden)
    if (depth >= options.depth) {
      truncated ||= here.length > 0
      for (const edge of here) complete.delete(nearEnd(edge, direction))
      break
    }
    for (const id of level) expanded.add(id)
    admit(here.map((edge) => farEnd(edge, direction)))
    const next = new Set<number>()
    for (const edge of here) {
      const far = farEnd(edge, direction)
      if (!nodes.has(far)) {
        complete.delete(nearEnd(edge, direction))
        continue
      }
      edges.push(edge)
      if (!unwalked.has(edge.kind as LinkKind) && !expanded.has(far)) next.add(far)
    }
    level = [...next]
  }
  const same = parts.sameContent.at([...expanded])
  truncated ||= same.truncated
  admit(same.edges.map(({ to }) => to))
  for (const edge of same.edges) if (nodes.has(edge.to)) edges.push(edge)
  return { nodes: [...nodes], complete, edges, hidden, direction, truncated }
}

function nearEnd(edge: FactEdge, direction: Direction): number {
  return direction === 'up' ? edge.from : edge.to
}

function farEnd(edge: FactEdge, direction: Direction): number {
  return direction === 'up' ? edge.to : edge.from
}

/** So that what a limit cuts off does not depend on the order in which facts came. */
function sortedByKey(ids: Iterable<number>, { reading }: WalkParts): number[] {
  const distinct = [...new Set(ids)]
  reading.nodes.load(distinct)
  const key = (id: number): string => (id < 0 ? '' : reading.nodes.get(id).key)
  return distinct
    .map((id) => ({ id, key: key(id) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : b.id - a.id))
    .map(({ id }) => id)
}
