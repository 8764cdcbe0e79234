// A subgraph as a Mermaid flowchart, effects on the left. Pure.
import type { GraphNode, Subgraph } from '../ports.js'
import { edgeLabel, shortId } from './words.js'

const shapes: Readonly<Record<GraphNode['kind'], readonly [string, string]>> = {
  entity: ['(', ')'],
  activity: ['[', ']'],
  agent: ['([', '])'],
}

export function mermaidOf({ nodes, edges, gaps, truncated }: Subgraph): string {
  const names = new Map(nodes.map(({ id }, index) => [id as string, `n${index}`]))
  const lines = ['flowchart LR']
  for (const node of nodes) {
    const [open, close] = shapes[node.kind]
    lines.push(`  ${names.get(node.id) ?? ''}${open}"${escaped(shortId(node.id))}"${close}`)
  }
  for (const edge of edges) {
    const arrow = edge.by === 'observed' ? '-->' : '-.->'
    const [from, to] = [names.get(edge.from) ?? '', names.get(edge.to) ?? '']
    lines.push(`  ${from} ${arrow}|"${escaped(edgeLabel(edge))}"| ${to}`)
  }
  for (const [index, { reason, at }] of gaps.entries()) {
    const near = names.get(at)
    lines.push(`  g${index}{{"${escaped(near === undefined ? `${reason}: ${shortId(at)}` : reason)}"}}`)
    if (near !== undefined) lines.push(`  ${near} -.- g${index}`)
  }
  if (truncated) lines.push('  cut{{"cut short by a limit"}}')
  return `${lines.join('\n')}\n`
}

/** Mermaid takes characters by number between `#` and `;`. */
function escaped(text: string): string {
  return text.replace(/["#<>|&\r\n]/g, (sign) => `#${sign.charCodeAt(0)};`)
}
