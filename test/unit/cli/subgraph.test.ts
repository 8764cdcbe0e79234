import { expect } from 'chai'
import fc from 'fast-check'
import { drawPath, drawSubgraph } from '../../../cli/render/subgraph.js'
import type { NodeId } from '../../../core/ids.js'
import type { GraphEdge, GraphGap, GraphNode, Subgraph } from '../../../lineage/ports.js'

const time = '2026-01-31T12:00:00.000000Z'

function node(id: string, kind: GraphNode['kind'], facets: GraphNode['facets'] = {}): GraphNode {
  const [type = '', name = ''] = id.split(':')
  return { id: id as NodeId, kind, type, name, version: null, project: 'default', domain: 'development', time, facets }
}

function edge(from: string, kind: string, to: string, by: GraphEdge['by'] = 'observed'): GraphEdge {
  return { from: from as NodeId, to: to as NodeId, kind, role: null, by, time, exchange: null }
}

function gap(reason: string, at: string, count = 1, exact = true): GraphGap {
  return { reason, at, time, count, exact }
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
      '5 nodes, no gaps; cut short by a limit',
    ])
  })

  it('names the gaps, at their nodes or below the tree, as many as it counts', () => {
    const gaps = [
      gap('selector-empty', 'run:42', 3),
      gap('masked', 'object:b@1'),
      gap('queue-full', 'main', 2, false),
      gap('facts-lost', 'main', 1, false),
    ]
    const at = '2026-01-31 12:00:00Z'
    const drawn = drawSubgraph({ ...graph, gaps, truncated: false }, { format: 'tree', direction: 'down' })
    expect(drawn.split('\n')).to.deep.equal([
      `upload:7  ${at}`,
      `└─ → generated object:a@1  ${at}`,
      `   ├─ → became object:b@1  ${at}`,
      `   │  ├─ → used by [name-at-time] run:42  ${at} FAIL`,
      `   │  │  ├─ → generated model:churn@3  ${at}`,
      `   │  │  └─ ! selector-empty, 3 times`,
      `   │  └─ ! masked`,
      `   └─ → used by run:42  ${at} FAIL  … as above`,
      '',
      'Also missing, or not certain:',
      `  ! queue-full at main, at most 2 times, from ${at} on`,
      `  ! facts-lost at main, at most once, from ${at} on`,
      '',
      '5 nodes, 7 gaps',
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

describe('a tree, in either direction', () => {
  it('draws for whom somebody acted wherever the line does not say so', () => {
    const nodes = ['thing:a', 'thing:b', 'thing:c'].map((id) => node(id, 'entity'))
    for (const kind of ['specialization-of', 'associated-with', 'attributed-to']) {
      const edges = [edge('thing:a', kind, 'thing:b'), edge('thing:b', 'acted-on-behalf-of', 'thing:c')]
      const one = { ...graph, root: 'thing:a' as NodeId, nodes, edges }
      expect(drawSubgraph(one, { format: 'tree', direction: 'up' }), kind).to.include('thing:c')
    }
  })

  it('has every node of its graph, and each gap once', () => {
    const kinds = [
      'used',
      'generated',
      'derived',
      'informed-by',
      'attributed-to',
      'associated-with',
      'acted-on-behalf-of',
    ]
    const kind = fc.constantFrom(...kinds, 'specialization-of', 'member-of', 'reused')
    const place = fc.nat({ max: 12 })
    const steps = fc.array(fc.record({ kind, to: place, back: fc.boolean() }), { maxLength: 12 })
    const lacking = fc.array(fc.record({ at: place, count: fc.integer({ min: 1, max: 3 }) }), { maxLength: 6 })
    fc.assert(
      fc.property(steps, lacking, fc.constantFrom('up', 'down'), (shape, missing, direction) => {
        const name = (index: number): string => `thing:n${String(index).padStart(2, '0')}`
        const towards = (near: string, what: string, far: string): GraphEdge =>
          direction === 'up' ? edge(near, what, far) : edge(far, what, near)
        // Each node hangs on one before it, so that the walk reaches it; some lead back as well.
        const edges = shape.flatMap((step, index) => {
          const near = name(step.to % (index + 1))
          const on = towards(near, step.kind, name(index + 1))
          return step.back ? [on, towards(name(index + 1), step.kind, near)] : [on]
        })
        const nodes = [name(0), ...shape.map((_step, index) => name(index + 1))].map((id) => node(id, 'entity'))
        const gaps = missing.map(({ at, count }, index) => gap(`missing-${index}`, name(at), count))
        const one = { root: name(0) as NodeId, nodes, edges, gaps, truncated: false }
        const text = drawSubgraph(one, { format: 'tree', direction })
        for (const { id } of nodes) expect(text).to.contain(id)
        for (const { reason, count } of gaps) {
          expect(text.split(`! ${reason}`), reason).to.have.length(2)
          if (count > 1) expect(text).to.match(new RegExp(`! ${reason}( at \\S+)?, ${count} times`))
        }
      }),
    )
  })
})
