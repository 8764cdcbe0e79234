// A part of the graph as text: custody as lineage/formats draws it, and what came from a node as a tree the other way.
// Recorded text is made safe for a terminal before anything is drawn.
import { dotOf } from '../../lineage/formats/dot.js'
import { closingLines, gapNote } from '../../lineage/formats/gap-lines.js'
import { mermaidOf } from '../../lineage/formats/mermaid.js'
import { custodyTree, groupBy } from '../../lineage/formats/tree.js'
import { shortId, stretchOf } from '../../lineage/formats/words.js'
import type { GraphEdge, GraphGap, GraphNode, Subgraph } from '../../lineage/ports.js'
import { printable } from './printable.js'

export const subgraphFormats = ['tree', 'json', 'yaml', 'mermaid', 'dot'] as const

export interface Drawing {
  readonly format: string
  readonly direction: 'up' | 'down'
  /** whole ids instead of abbreviated digests */
  readonly full?: boolean | undefined
}

export function drawSubgraph(graph: Subgraph, { format, direction, full = false }: Drawing): string {
  const safe = printableGraph(graph)
  if (format === 'mermaid') return mermaidOf(safe).trimEnd()
  if (format === 'dot') return dotOf(safe).trimEnd()
  return direction === 'up' ? custodyTree(safe, { full }) : descentTree(safe, full)
}

/** A path as custody is drawn, with its effect on top: either end may have been named first. */
export function drawPath(path: Subgraph, drawing: Omit<Drawing, 'direction'>): string {
  const effect = path.edges.find(({ from }) => path.edges.every(({ to }) => to !== from))
  return drawSubgraph({ ...path, root: effect?.from ?? path.root }, { ...drawing, direction: 'up' })
}

function printableGraph(graph: Subgraph): Subgraph {
  const escape = (_key: string, value: unknown) => (typeof value === 'string' ? printable(value) : value)
  return JSON.parse(JSON.stringify(graph), escape) as Subgraph
}

interface Descent {
  readonly nodes: ReadonlyMap<string, GraphNode>
  readonly arriving: ReadonlyMap<string, readonly GraphEdge[]>
  readonly gaps: ReadonlyMap<string, readonly GraphGap[]>
  readonly full: boolean
  readonly drawn: Set<string>
  readonly lines: string[]
}

/** The cause on top, under each thing what came from it. What was drawn once is not drawn again. */
function descentTree(graph: Subgraph, full: boolean): string {
  const descent: Descent = {
    nodes: new Map(graph.nodes.map((node) => [node.id, node])),
    arriving: groupBy(graph.edges, ({ to }) => to),
    gaps: groupBy(graph.gaps, ({ at }) => at),
    ...{ full, drawn: new Set<string>(), lines: [] },
  }
  drawNode(descent, graph.root, { lead: '', rest: '' })
  return [...descent.lines, ...closingLines(graph, descent.drawn)].join('\n')
}

interface Margin {
  /** before the node's own line */
  readonly lead: string
  /** before the lines below it */
  readonly rest: string
}

function drawNode(descent: Descent, id: string, { lead, rest }: Margin): void {
  const { nodes, arriving, gaps, full, drawn, lines } = descent
  const edges = arriving.get(id) ?? []
  const notes = (gaps.get(id) ?? []).map(gapNote)
  const again = drawn.has(id)
  const below = edges.length + notes.length
  const node = nodes.get(id)
  const when = node === undefined ? '' : stretchOf(node)
  const above = again && below > 0 ? '  … as above' : ''
  lines.push(`${lead}${shortId(id, full)}${when === '' ? '' : `  ${when}`}${above}`)
  if (again) return
  drawn.add(id)
  for (const [at, edge] of edges.entries()) {
    const last = at === below - 1
    const stem = `${rest}${last ? '└─ ' : '├─ '}${words[edge.kind] ?? edge.kind}${byText(edge)}`
    drawNode(descent, edge.from, { lead: `${stem} `, rest: `${rest}${last ? '   ' : '│  '}` })
  }
  for (const [at, note] of notes.entries())
    lines.push(`${rest}${edges.length + at === below - 1 ? '└─ ' : '├─ '}${note}`)
}

const words: Readonly<Record<string, string>> = {
  used: '→ used by',
  generated: '→ generated',
  derived: '→ became',
  recorded: '→ given by',
  'informed-by': '→ informed',
  'associated-with': '→ followed by',
  'attributed-to': '→ answers for',
  'acted-on-behalf-of': '→ represented by',
  'specialization-of': '→ has version',
  'member-of': '→ contains',
  'alias-of': '≡',
  'same-content': '= same content as',
  reused: '→ reused as',
}

/** How the link was established, where that is not by observation. */
function byText({ by }: GraphEdge): string {
  return by === 'observed' ? '' : ` [${by}]`
}
