// The shortest way between two nodes over a walk's edges, each from effect to cause. Of several the first by id.
import type { GraphEdge } from '../ports.js'

/** Edges of one shortest path from `from` to `to`; undefined where none leads there. */
export function shortestPath(edges: readonly GraphEdge[], from: string, to: string): GraphEdge[] | undefined {
  const leaving = new Map<string, GraphEdge[]>()
  for (const edge of edges) {
    if (edge.kind === 'same-content' || edge.kind === 'invalidated') continue
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
