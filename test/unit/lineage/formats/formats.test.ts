import { expect } from 'chai'
import { dotOf } from '../../../../lineage/formats/dot.js'
import { mermaidOf } from '../../../../lineage/formats/mermaid.js'
import { custodyTree } from '../../../../lineage/formats/tree.js'
import type { Fact } from '../../../../lineage/model/fact.js'
import type { Subgraph } from '../../../../lineage/ports.js'
import { activity, at, createTestGraph, entity, factsOf, generated, used } from '../../../support/graphs.js'

function story(): Subgraph {
  const graph = createTestGraph()
  const state = (seconds: number, phase: 'START' | 'COMPLETE'): Fact => ({
    ...{ kind: 'state', activity: activity('training-run:7'), phase, time: at(seconds), by: 'observed' },
  })
  const label = (number: number): Fact[] => [
    generated(number, `annotation-task:${number}`, `annotation:a${number}@1`),
    used(number, `annotation-task:${number}`, 'object:s3://lake/a.csv'),
    {
      ...{ kind: 'attributed-to', time: at(number), by: 'observed' },
      subject: { kind: 'entity', ref: entity(`annotation:a${number}@1`) },
      agent: { type: 'person', id: number === 10 ? 'alice' : 'bob' },
    },
  ]
  graph.add(
    factsOf(1, [generated(1, 'put:1', `object:s3://lake/a.csv@${'ab'.repeat(16)}`)]),
    factsOf(2, [...label(10), ...label(11)]),
    factsOf(3, [
      ...[used(20, 'training-run:7', 'annotation:a10@1'), used(20, 'training-run:7', 'annotation:a11@1')],
      ...[used(20, 'training-run:7', 'dataset:"quoted"@1'), state(20, 'START'), state(35, 'COMPLETE')],
      generated(35, 'training-run:7', 'model:models/churn@3'),
    ]),
    factsOf(4, [used(40, 'inference:9', 'model:models/churn@3'), generated(40, 'inference:9', 'answer:x@1')]),
  )
  const found = graph.up('answer:x@1')
  graph.close()
  return found
}

describe('formats', () => {
  it('draw custody as a tree that reads from the answer down', () => {
    expect(custodyTree(story())).to.equal(
      `answer:x@1  1970-01-01 00:00:40
└─ ← inference:9  1970-01-01 00:00:40
   └─ ← used model:models/churn@3  1970-01-01 00:00:35
      └─ ← training-run:7  1970-01-01 00:00:20 – 00:00:35
         ├─ ← used annotation:a10@1  1970-01-01 00:00:10  by person:alice
         │  └─ ← annotation-task:10  1970-01-01 00:00:10
         │     └─ ← used object:s3://lake/a.csv@abababababab…  1970-01-01 00:00:01  [name-at-time]
         │        └─ ← put:1  1970-01-01 00:00:01
         ├─ ← used annotation:a11@1  1970-01-01 00:00:11  by person:bob
         │  └─ ← annotation-task:11  1970-01-01 00:00:11
         │     └─ ← used object:s3://lake/a.csv@abababababab…  1970-01-01 00:00:01  [name-at-time]  … as above
         └─ ← used dataset:"quoted"@1  1970-01-01 00:00:20
            └─ ! origin-not-observed

13 nodes, 1 gap`,
    )
  })

  it('say how many children they leave out', () => {
    expect(custodyTree(story(), { breadth: 1 })).to.include('… and 2 more')
  })

  it('draw the same as Mermaid and as DOT, with awkward names escaped', () => {
    const mermaid = mermaidOf(story())
    expect(mermaid).to.match(/^flowchart LR\n {2}n0\("answer:x@1"\)\n/)
    expect(mermaid).to.include('dataset:#34;quoted#34;@1').and.include('-.->|"used (name-at-time)"|')
    const dot = dotOf(story())
    expect(dot).to.include('"dataset:\\"quoted\\"@1" [label="dataset:\\"quoted\\"@1", shape=ellipse];')
    expect(dot).to.include('"inference:9" -> "model:models/churn@3" [label="used"];').and.include('origin-not-observed')
  })
})
