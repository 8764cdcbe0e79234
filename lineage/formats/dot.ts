// A subgraph in Graphviz's DOT language, effects on the left. Pure.
import type { GraphNode, Subgraph } from '../ports.js'
import { edgeLabel, shortId } from './words.js'

const shapes: Readonly<Record<GraphNode['kind'], string>> = { entity: 'ellipse', activity: 'box', agent: 'house' }

export function dotOf({ nodes, edges, gaps, truncated }: Subgraph): string {
  const fonts = ['  node [fontname="sans-serif"];', '  edge [fontname="sans-serif"];']
  const lines = ['digraph lineage {', '  rankdir=LR;', ...fonts]
  for (const { id, kind } of nodes) lines.push(`  ${quoted(id)} [label=${quoted(shortId(id))}, shape=${shapes[kind]}];`)
  for (const edge of edges) {
    const style = edge.by === 'observed' ? '' : ', style=dashed'
    lines.push(`  ${quoted(edge.from)} -> ${quoted(edge.to)} [label=${quoted(edgeLabel(edge))}${style}];`)
  }
  const known = new Set<string>(nodes.map(({ id }) => id))
  for (const [index, { reason, at }] of gaps.entries()) {
    const label = known.has(at) ? reason : `${reason}: ${shortId(at)}`
    lines.push(`  gap${index} [label=${quoted(label)}, shape=note, color=red];`)
    if (known.has(at)) lines.push(`  ${quoted(at)} -> gap${index} [style=dotted, arrowhead=none];`)
  }
  if (truncated) lines.push('  cut [label="cut short by a limit", shape=note];')
  return `${lines.join('\n')}\n}\n`
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
}
