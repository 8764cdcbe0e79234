// Walks as the subgraphs that answers give: nodes with what is known of them, facts of one edge put together, gaps.
import { toIso } from '../../core/clock.js'
import type { Micros, NodeId } from '../../core/ids.js'
import type { GraphEdge, GraphNode, Subgraph } from '../ports.js'
import type { Database } from '../sqlite/driver.js'
import { bys } from './codes.js'
import { createExchangeRows } from './exchange-rows.js'
import type { IsExternal } from './external.js'
import type { FactEdge } from './fact-edges.js'
import { createFirstSeen } from './first-seen.js'
import { createGapFinder } from './gaps.js'
import { createHydration } from './hydration.js'
import type { Walk, WalkParts } from './walk.js'

export interface Answers {
  /** `leaves`: touched besides those that the walk's facts came from */
  subgraph(walked: Walk, parts: WalkParts, leaves?: readonly number[]): Subgraph
  nodes(ids: readonly number[], parts: WalkParts): readonly GraphNode[]
  /** the distinct classes of those of `ids` that this view has */
  visible(ids: readonly number[], parts: WalkParts): readonly number[]
}

export function createAnswers(db: Database, isExternal: IsExternal): Answers {
  const exchanges = createExchangeRows(db)
  const hydrate = createHydration(db, exchanges)
  const firstSeen = createFirstSeen(db)
  const findGaps = createGapFinder(db, exchanges, isExternal)
  const words = db.prepare<{ id: number; text: string }>(
    'SELECT word.id, word.text FROM json_each(?) one CROSS JOIN word ON word.id = one.value',
  )

  return {
    nodes: (ids, { reading, edges }) => hydrate(ids, reading, edges.resolve).nodes,
    visible: (ids, { reading }) => {
      const seen = firstSeen(ids, reading.view, reading.nodes)
      reading.classes.load(seen.keys())
      return [...new Set([...seen.keys()].map((id) => reading.classes.of(id).id))]
    },
    subgraph: (walked, { reading, edges, exchanges: exchangeEdges }, more = []) => {
      const { nodes, leaves } = hydrate(walked.nodes, reading, edges.resolve)
      const byId = new Map(
        walked.nodes.flatMap((id, at): [number, GraphNode][] => (nodes[at] === undefined ? [] : [[id, nodes[at]]])),
      )
      const [root] = nodes
      const roles = new Set(walked.edges.flatMap(({ role }) => role ?? []))
      const roleTexts = new Map(words.all(JSON.stringify([...roles])).map(({ id, text }) => [id, text]))
      const exchangeIds = exchanges.names(
        new Set(walked.edges.flatMap(({ exchange }) => (exchange > 0 ? exchange : []))),
      )
      const edgeOf = (edge: FactEdge): GraphEdge => ({
        from: byId.get(edge.from)?.id ?? ('' as NodeId),
        to: byId.get(edge.to)?.id ?? ('' as NodeId),
        kind: edge.kind,
        role: edge.role === null ? null : (roleTexts.get(edge.role) ?? null),
        by: edge.by,
        time: toIso(edge.time as Micros),
        exchange: exchangeIds.get(edge.exchange) ?? null,
      })
      return {
        root: root?.id ?? ('' as NodeId),
        nodes,
        edges: mergeEdges(walked.edges.map(edgeOf)),
        gaps: findGaps(walked, { reading, exchangeEdges, nodes: byId, leaves: new Set([...leaves, ...more]) }),
        truncated: walked.truncated,
      }
    },
  }
}

/** Facts that say the same are one edge: best established first, then earliest, then by exchange. */
function mergeEdges(edges: readonly GraphEdge[]): GraphEdge[] {
  const merged = new Map<string, GraphEdge>()
  for (const edge of edges) {
    const key = JSON.stringify([edge.from, edge.to, edge.kind, edge.role])
    const known = merged.get(key)
    if (known === undefined || standsBefore(edge, known)) merged.set(key, edge)
  }
  return [...merged].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, edge]) => edge)
}

function standsBefore(a: GraphEdge, b: GraphEdge): boolean {
  const rank = bys.indexOf(a.by) - bys.indexOf(b.by)
  if (rank !== 0) return rank < 0
  if (a.time !== b.time) return a.time < b.time
  return (a.exchange ?? '') < (b.exchange ?? '')
}
