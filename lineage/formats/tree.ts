// A chain of custody as a tree for people: the answer on top, under each thing what it came from. What was drawn once is not
// drawn again. Pure text; no colours, no terminal.
import type { GraphEdge, GraphGap, GraphNode, Subgraph } from '../ports.js'
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
}

/** Told on the line of the node itself. */
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
  const elsewhere = subgraph.gaps.filter(({ at }) => !drawing.drawn.has(at))
  return [...drawing.lines, ...gapLines(elsewhere), ...summary(subgraph)].join('\n')
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
  const again = drawn.has(id)
  const label = `${place.phrase}${describe(nodes.get(id), id, options.full)}${again ? '' : extras(edges, drawing)}${place.mark}`
  const children = edges.filter(({ kind }) => !inline.has(kind)).sort(byTime)
  lines.push(`${place.first}${label}${again && children.length > 0 ? '  … as above' : ''}`)
  if (again) return
  drawn.add(id)
  const shown = children.slice(0, options.breadth)
  const notes = (gaps.get(id) ?? []).map(({ reason }) => `! ${reason}`)
  if (children.length > shown.length) notes.push(`… and ${children.length - shown.length} more`)
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
  const { options, leaving, drawn } = drawing
  const short = (id: string): string => shortId(id, options.full)
  const parts: string[] = []
  for (const { kind, to, from, time, by } of edges) {
    if (kind === 'attributed-to') {
      const principals = (leaving.get(to) ?? []).filter((edge) => edge.kind === 'acted-on-behalf-of')
      for (const principal of principals) drawn.add(principal.to)
      const who = ['by', short(to), ...principals.flatMap((one) => ['for', short(one.to)])].join(' ')
      parts.push(`${who}${markOf(by)}`)
    }
    if (kind === 'associated-with') parts.push(`plan ${short(to)}`)
    if (kind === 'invalidated') parts.push(`invalidated ${secondsOf(time)} by ${short(to)}`)
    if (kind === 'specialization-of' && !from.startsWith(`${to}@`)) parts.push(`of ${short(to)}`)
    if (kind === 'attributed-to' || kind === 'associated-with' || kind === 'specialization-of') drawn.add(to)
  }
  return parts.length === 0 ? '' : `  ${[...new Set(parts)].join(', ')}`
}

function gapLines(gaps: readonly GraphGap[]): string[] {
  if (gaps.length === 0) return []
  return ['', 'Also missing, or not certain:', ...gaps.map((gap) => `  ! ${gapText(gap)}`)]
}

function gapText({ reason, at, count, exact, time }: GraphGap): string {
  const times = count === 1 && exact ? '' : `, ${exact ? '' : 'at most '}${count} times`
  return `${reason} at ${at}${times}, from ${secondsOf(time)} on`
}

function summary({ nodes, gaps, truncated }: Subgraph): string[] {
  const total = gaps.reduce((sum, { count }) => sum + count, 0)
  const said = total === 0 ? 'no gaps' : total === 1 ? '1 gap' : `${total} gaps`
  return [
    '',
    `${nodes.length} ${nodes.length === 1 ? 'node' : 'nodes'}, ${said}${truncated ? '; cut short by a limit' : ''}`,
  ]
}

function byTime(a: GraphEdge, b: GraphEdge): number {
  if (a.time !== b.time) return a.time < b.time ? -1 : 1
  return a.to < b.to ? -1 : 1
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const known = groups.get(key)
    if (known === undefined) groups.set(key, [item])
    else known.push(item)
  }
  return groups
}
