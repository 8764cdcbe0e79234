import { expect } from 'chai'
import { drawPath, drawSubgraph } from '../../../cli/render/subgraph.js'
import type { NodeId } from '../../../core/ids.js'
import type { GraphEdge, GraphNode, Subgraph } from '../../../lineage/ports.js'

const time = '2026-01-31T12:00:00.000000Z'

function node(id: string, kind: GraphNode['kind'], facets: GraphNode['facets'] = {}): GraphNode {
  const [type = '', name = ''] = id.split(':')
  return { id: id as NodeId, kind, type, name, version: null, project: 'default', domain: 'development', time, facets }
}

function edge(from: string, kind: string, to: string, by: GraphEdge['by'] = 'observed'): GraphEdge {
  return { from: from as NodeId, to: to as NodeId, kind, role: null, by, time, exchange: null }
}

const graph: Subgraph = {
  root: 'upload:7' as NodeId,
  nodes: [
    node('upload:7', 'activity'),
    node('object:a@1', 'entity'),
    node('object:b@1', 'entity'),
    node('run:42', 'activity', { state: { phase: 'FAIL', startedAt: time, endedAt: time } }),
    node('model:churn@3', 'entity'),
  ],
  edges: [
    edge('object:a@1', 'generated', 'upload:7'),
    edge('object:b@1', 'derived', 'object:a@1'),
    edge('run:42', 'used', 'object:a@1'),
    edge('run:42', 'used', 'object:b@1', 'name-at-time'),
    edge('model:churn@3', 'generated', 'run:42'),
  ],
  gaps: [],
  truncated: true,
}

describe('what came from a node', () => {
  it('reads from the cause to its effects, each subtree once, with how links are known', () => {
    const at = '2026-01-31 12:00:00Z'
    expect(drawSubgraph(graph, { format: 'tree', direction: 'down' }).split('\n')).to.deep.equal([
      `upload:7  ${at}`,
      `└─ → generated object:a@1  ${at}`,
      `   ├─ → became object:b@1  ${at}`,
      `   │  └─ → used by [name-at-time] run:42  ${at} FAIL`,
      `   │     └─ → generated model:churn@3  ${at}`,
      `   └─ → used by run:42  ${at} FAIL  … as above`,
      '',
      '5 nodes; cut short by a limit',
    ])
  })

  it('ends on a graph that goes in circles', () => {
    const circle = { ...graph, edges: [...graph.edges, edge('upload:7', 'informed-by', 'run:42')] }
    expect(drawSubgraph(circle, { format: 'tree', direction: 'down' })).to.contain('informed upload:7')
  })
})

describe('a path', () => {
  it('is drawn from its effect, whichever end was named first', () => {
    const ends = ['model:churn@3', 'object:a@1'] as NodeId[]
    const nodes = graph.nodes.filter(({ id }) => id === 'run:42' || ends.includes(id))
    const edges = [edge('model:churn@3', 'generated', 'run:42'), edge('run:42', 'used', 'object:a@1')]
    const [down, up] = ends.map((root) => drawPath({ ...graph, root, nodes, edges }, { format: 'tree' }))
    expect(down).to.match(/^model:churn@3[^]*run:42[^]*object:a@1/)
    expect(up).to.equal(down)
  })
})

describe('recorded text', () => {
  it('reaches no terminal unescaped, whatever is drawn', () => {
    const hostile = 'model:a\u001b[2J\nforged\u202e'
    const one = { ...graph, root: hostile as NodeId, nodes: [node(hostile, 'entity')], edges: [] }
    for (const format of ['tree', 'mermaid', 'dot']) {
      for (const direction of ['up', 'down'] as const) {
        const text = drawSubgraph(one, { format, direction, full: true })
        expect(text, format).to.contain('forged')

        expect(text, format).not.to.match(/[\u001b\u202e]|\nforged/)
      }
    }
  })
})
