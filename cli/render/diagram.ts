// A part of the graph for programs that draw: Mermaid (pages, README files) and DOT (Graphviz).
import type { GraphNode, Subgraph } from '../../lineage/ports.js'
import { printable } from './printable.js'

/** Ids hold characters that both languages give a meaning, so nodes get names of their own. */
function namesOf(graph: Subgraph): ReadonlyMap<string, string> {
  const ids = new Set([
    ...graph.nodes.map((node) => node.id),
    ...graph.edges.flatMap((edge) => [edge.from, edge.to]),
    graph.root,
  ])
  return new Map([...ids].map((id, at) => [id, `n${at}`]))
}

export function mermaidText(graph: Subgraph): string {
  const names = namesOf(graph)
  const kinds = new Map(graph.nodes.map((node) => [node.id as string, node.kind]))
  const shape = (id: string) => {
    const text = `"${mermaidLabel(id)}"`
    if (kinds.get(id) === 'activity') return `[[${text}]]`
    return kinds.get(id) === 'agent' ? `([${text}])` : `[${text}]`
  }
  const nodes = [...names].map(([id, name]) => `  ${name}${shape(id)}`)
  const edges = graph.edges.map(
    ({ from, to, kind }) => `  ${names.get(from) ?? ''} -->|${mermaidLabel(kind)}| ${names.get(to) ?? ''}`,
  )
  const gaps = graph.gaps.flatMap(({ at, reason }, index) => {
    const name = names.get(at)
    return name === undefined ? [] : [`  ${name} -.-> g${index}{{"${mermaidLabel(reason)}"}}`]
  })
  return ['flowchart LR', ...nodes, ...edges, ...gaps].join('\n')
}

/** Mermaid takes `#number;` for a character that would mean something. */
function mermaidLabel(text: string): string {
  return printable(text).replace(/["#;<>&|`\\]/g, (character) => `#${character.charCodeAt(0)};`)
}

const dotShapes: Readonly<Record<GraphNode['kind'], string>> = { entity: 'box', activity: 'ellipse', agent: 'house' }

export function dotText(graph: Subgraph): string {
  const names = namesOf(graph)
  const kinds = new Map(graph.nodes.map((node) => [node.id as string, node.kind]))
  const nodes = [...names].map(
    ([id, name]) => `  ${name} [label=${dotString(id)}, shape=${dotShapes[kinds.get(id) ?? 'entity']}];`,
  )
  const edges = graph.edges.map(
    ({ from, to, kind }) => `  ${names.get(from) ?? ''} -> ${names.get(to) ?? ''} [label=${dotString(kind)}];`,
  )
  const gaps = graph.gaps.flatMap(({ at, reason }, index) => {
    const name = names.get(at)
    return name === undefined
      ? []
      : [
          `  g${index} [label=${dotString(reason)}, shape=note, style=dashed];`,
          `  ${name} -> g${index} [style=dashed];`,
        ]
  })
  return ['digraph custody {', '  rankdir=LR;', ...nodes, ...edges, ...gaps, '}'].join('\n')
}

function dotString(text: string): string {
  return `"${printable(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
