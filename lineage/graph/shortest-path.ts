// The shortest way between two nodes over a walk's edges, each from effect to cause. Of several the first by id. An edge that
// says nothing of origin is never part of it, but an alias where one is asked to allow for it.
import { unwalked, type LinkKind } from '../model/statement.js'
import type { GraphEdge } from '../ports.js'

export interface Ends {
  readonly from: string
  readonly to: string
}

/** Edges of one shortest path; undefined where none leads there. */
export function shortestPath(
  edges: readonly GraphEdge[],
  { from, to }: Ends,
  over: 'derivations' | 'aliases-too',
): GraphEdge[] | undefined {
  const leaving = new Map<string, GraphEdge[]>()
  for (const edge of edges) {
    const alias = edge.kind === 'alias-of' && over === 'aliases-too'
    if (unwalked.has(edge.kind as LinkKind) && !alias) continue
    const known = leaving.get(edge.from)
    if (known === undefined) leaving.set(edge.from, [edge])
    else known.push(edge)
  }
  const arrivedBy = new Map<string, GraphEdge | undefined>([[from, undefined]])
  for (const node of arrivedBy.keys()) {
    if (node === to) return wayBack(arrivedBy, to)
    for (const edge of leaving.get(node) ?? []) if (!arrivedBy.has(edge.to)) arrivedBy.set(edge.to, edge)
  }
  return undefined
}

function wayBack(arrivedBy: ReadonlyMap<string, GraphEdge | undefined>, to: string): GraphEdge[] {
  const way: GraphEdge[] = []
  for (let edge = arrivedBy.get(to); edge !== undefined; edge = arrivedBy.get(edge.from)) way.unshift(edge)
  return way
}
