// A subgraph in Graphviz's DOT language, effects on the left. Pure.
import type { GraphNode, Subgraph } from '../ports.js'
import { shortId } from './words.js'

const shapes: Readonly<Record<GraphNode['kind'], string>> = { entity: 'ellipse', activity: 'box', agent: 'house' }

export function dotOf({ nodes, edges, gaps, truncated }: Subgraph): string {
  const lines = ['digraph lineage {', '  rankdir=LR;', '  node [fontname="sans-serif"];']
  for (const { id, kind } of nodes) lines.push(`  ${quoted(id)} [label=${quoted(shortId(id))}, shape=${shapes[kind]}];`)
  for (const { from, to, kind, by } of edges) {
    const label = by === 'observed' ? kind : `${kind} (${by})`
    const style = by === 'observed' ? '' : ', style=dashed'
    lines.push(`  ${quoted(from)} -> ${quoted(to)} [label=${quoted(label)}${style}];`)
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
