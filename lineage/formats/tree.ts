// A chain of custody as a tree for people: the answer on top, under each thing what it came from. What was drawn once is not
// drawn again. Pure text; no colours, no terminal.
import type { GraphEdge, GraphGap, GraphNode, Subgraph } from '../ports.js'
import { closingLines, gapNote } from './gap-lines.js'
import { secondsOf, shortId, stretchOf } from './words.js'

export interface TreeOptions {
  /** whole ids instead of abbreviated digests */
  readonly full?: boolean
  /** children of one node shown at most; default 20 */
  readonly breadth?: number
}

/** How a child's line begins, for each kind of edge that has a line of its own. */
const phrases: Readonly<Record<string, string>> = {
  generated: '← ',
  recorded: '',
  used: '← used ',
  derived: '← derived from ',
  'informed-by': '← informed by ',
  reused: '← reused from ',
  'member-of': '← member ',
  'alias-of': '≡ ',
  'same-content': '= same content as ',
  'attributed-to': '← by ',
  'acted-on-behalf-of': '← on behalf of ',
  'associated-with': '← plan ',
  'specialization-of': '← version of ',
}

/** Told on the line of the node itself; at the end of these may be more to tell, which then has a line of its own. */
const inline = new Set(['attributed-to', 'associated-with', 'specialization-of', 'invalidated'])

interface Drawing {
  readonly nodes: ReadonlyMap<string, GraphNode>
  readonly leaving: ReadonlyMap<string, readonly GraphEdge[]>
  readonly gaps: ReadonlyMap<string, readonly GraphGap[]>
  readonly options: Required<TreeOptions>
  readonly drawn: Set<string>
  readonly lines: string[]
}

/** Lines joined by \n, without one at the end. Takes an upstream closure (`custody`, or `lineage` with direction up). */
export function custodyTree(subgraph: Subgraph, options: TreeOptions = {}): string {
  const drawing: Drawing = {
    nodes: new Map(subgraph.nodes.map((node) => [node.id, node])),
    leaving: groupBy(subgraph.edges, (edge) => edge.from),
    gaps: groupBy(subgraph.gaps, (gap) => gap.at),
    options: { full: options.full ?? false, breadth: options.breadth ?? 20 },
    drawn: new Set(),
    lines: [],
  }
  drawNode(subgraph.root, { first: '', rest: '', phrase: '', mark: '' }, drawing)
  return [...drawing.lines, ...closingLines(subgraph, drawing.drawn)].join('\n')
}

interface Place {
  /** before the node's own line, and before those under it */
  readonly first: string
  readonly rest: string
  readonly phrase: string
  readonly mark: string
}

function drawNode(id: string, place: Place, drawing: Drawing): void {
  const { nodes, leaving, gaps, drawn, lines, options } = drawing
  const edges = leaving.get(id) ?? []
  const own = edges.filter(({ kind }) => !inline.has(kind)).sort(byTime)
  const beside = edgesBeside(edges, drawing)
  const notes = (gaps.get(id) ?? []).map(gapNote)
  const label = `${place.phrase}${describe(nodes.get(id), id, options.full)}`
  if (drawn.has(id)) {
    const above = own.length + beside.length + notes.length > 0 ? '  … as above' : ''
    lines.push(`${place.first}${label}${place.mark}${above}`)
    return
  }
  lines.push(`${place.first}${label}${extras(edges, drawing)}${place.mark}`)
  drawn.add(id)
  // Those beside come first: what many nodes share is then drawn at the outermost of them, and only named at the others.
  const shown = [...beside.filter(({ to }) => !drawn.has(to)), ...own.slice(0, options.breadth)]
  if (own.length > options.breadth) notes.push(`… and ${own.length - options.breadth} more`)
  const last = shown.length + notes.length - 1
  for (const [index, edge] of shown.entries()) {
    const branch = branchOf(place.rest, index === last)
    const mark = markOf(edge.by).replace(' ', '  ')
    drawNode(edge.to, { ...branch, phrase: phrases[edge.kind] ?? `← ${edge.kind} `, mark }, drawing)
  }
  for (const [index, note] of notes.entries()) {
    lines.push(`${branchOf(place.rest, shown.length + index === last).first}${note}`)
  }
}

/** Those told on the node's own line that lead to more than such a line can tell: an upstream, or a gap. One for each end. */
function edgesBeside(edges: readonly GraphEdge[], drawing: Drawing): GraphEdge[] {
  const more = edges.filter(({ kind, to }) => inline.has(kind) && kind !== 'invalidated' && hasMore(to, kind, drawing))
  return [...groupBy(more.sort(byTime), ({ to }) => to).values()].flatMap(([first]) => first ?? [])
}

/** Than a mention at the end of an edge of kind `by` tells: of who something is attributed to, for whom that one acted as well. */
function hasMore(id: string, by: string, { leaving, gaps }: Drawing): boolean {
  const isBare = (one: string): boolean => !leaving.has(one) && !gaps.has(one)
  const isTold = ({ kind, to }: GraphEdge): boolean =>
    by === 'attributed-to' && kind === 'acted-on-behalf-of' && isBare(to)
  return gaps.has(id) || !(leaving.get(id) ?? []).every(isTold)
}

/** How a link was established, where not by observation. */
function markOf(by: string): string {
  return by === 'observed' ? '' : ` [${by}]`
}

function branchOf(before: string, last: boolean): { first: string; rest: string } {
  return last ? { first: `${before}└─ `, rest: `${before}   ` } : { first: `${before}├─ `, rest: `${before}│  ` }
}

function describe(node: GraphNode | undefined, id: string, full: boolean): string {
  if (node === undefined) return id
  const exchange = node.facets['exchange'] as Readonly<Record<string, string | number>> | undefined
  const name = node.type === 'exchange' ? `exchange ${id}` : shortId(id, full)
  const call =
    exchange === undefined
      ? ''
      : `  ${exchange['method'] ?? ''} ${exchange['target'] ?? ''} → ${exchange['status'] ?? 'no answer'}`
  const when = stretchOf(node)
  return `${name}${call}${when === '' ? '' : `  ${when}`}`
}

/** People, plans and endings, on the node's own line. */
function extras(edges: readonly GraphEdge[], drawing: Drawing): string {
  const { options, leaving } = drawing
  const short = (id: string): string => shortId(id, options.full)
  const parts: string[] = []
  for (const { kind, to, from, time, by } of edges) {
    if (kind === 'attributed-to') {
      const principals = (leaving.get(to) ?? []).filter((edge) => edge.kind === 'acted-on-behalf-of')
      const who = ['by', short(to), ...principals.flatMap((one) => ['for', short(one.to)])].join(' ')
      parts.push(`${who}${markOf(by)}`)
    }
    if (kind === 'associated-with') parts.push(`plan ${short(to)}`)
    if (kind === 'invalidated') parts.push(`invalidated ${secondsOf(time)} by ${short(to)}`)
    if (kind === 'specialization-of' && !from.startsWith(`${to}@`)) parts.push(`of ${short(to)}`)
  }
  return parts.length === 0 ? '' : `  ${[...new Set(parts)].join(', ')}`
}

function byTime(a: GraphEdge, b: GraphEdge): number {
  if (a.time !== b.time) return a.time < b.time ? -1 : 1
  return a.to < b.to ? -1 : 1
}

/** In the order of the items, groups by their first. */
export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const known = groups.get(key)
    if (known === undefined) groups.set(key, [item])
    else known.push(item)
  }
  return groups
}
