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
      ...{ kind: 'attributed-to', time: at(number), by: number === 10 ? 'observed' : 'asserted' },
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
      `answer:x@1  1970-01-01 00:00:40Z
└─ ← inference:9  1970-01-01 00:00:40Z
   └─ ← used model:models/churn@3  1970-01-01 00:00:35Z
      └─ ← training-run:7  1970-01-01 00:00:20 – 00:00:35Z
         ├─ ← used annotation:a10@1  1970-01-01 00:00:10Z  by person:alice
         │  └─ ← annotation-task:10  1970-01-01 00:00:10Z
         │     └─ ← used object:s3://lake/a.csv@abababababababab…  1970-01-01 00:00:01Z  [name-at-time]
         │        └─ ← put:1  1970-01-01 00:00:01Z
         ├─ ← used annotation:a11@1  1970-01-01 00:00:11Z  by person:bob [asserted]
         │  └─ ← annotation-task:11  1970-01-01 00:00:11Z
         │     └─ ← used object:s3://lake/a.csv@abababababababab…  1970-01-01 00:00:01Z  [name-at-time]  … as above
         └─ ← used dataset:"quoted"@1  1970-01-01 00:00:20Z
            └─ ! origin-not-observed

13 nodes, 1 gap`,
    )
  })

  it('draw what a plan came from, once, and only name it where it is followed again', () => {
    const graph = createTestGraph()
    const follows = (seconds: number, run: string): Fact => ({
      ...{ kind: 'associated-with', time: at(seconds), by: 'observed' },
      ...{ activity: activity(run), plan: entity('plan:wf@7') },
    })
    graph.add(
      factsOf(1, [
        ...[generated(2, 'merge:12', 'plan:wf@7'), used(2, 'merge:12', 'source:pipeline.yml@a')],
        {
          ...{ kind: 'attributed-to', time: at(2), by: 'observed' },
          subject: { kind: 'activity', ref: activity('merge:12') },
          agent: { type: 'person', id: 'erin' },
        },
      ]),
      factsOf(2, [follows(5, 'step:1'), generated(5, 'step:1', 'table:t@1')]),
      factsOf(3, [follows(8, 'step:2'), used(8, 'step:2', 'table:t@1'), generated(8, 'step:2', 'model:m@1')]),
    )
    expect(custodyTree(graph.up('model:m@1'))).to.equal(
      `model:m@1  1970-01-01 00:00:08Z
└─ ← step:2  1970-01-01 00:00:08Z  plan plan:wf@7
   ├─ ← plan plan:wf@7  1970-01-01 00:00:02Z
   │  └─ ← merge:12  1970-01-01 00:00:02Z  by person:erin
   │     └─ ← used source:pipeline.yml@a  1970-01-01 00:00:02Z
   │        └─ ! origin-not-observed
   └─ ← used table:t@1  1970-01-01 00:00:05Z
      └─ ← step:1  1970-01-01 00:00:05Z  plan plan:wf@7

8 nodes, 1 gap`,
    )
    graph.close()
  })

  it('draw where the registered model of a version came from, or that nobody saw it', () => {
    const graph = createTestGraph()
    const registered = (name: string): Fact => ({
      ...{ kind: 'specialization-of', time: at(5), by: 'observed' },
      ...{ entity: entity(`model:registry/${name}@3`), general: entity(`registered-model:registry@${name}`) },
    })
    graph.add(
      factsOf(1, [generated(1, 'call:1', 'registered-model:registry@churn')]),
      factsOf(2, [registered('churn'), generated(5, 'training-run:7', 'model:registry/churn@3')]),
      factsOf(3, [registered('risk'), generated(5, 'training-run:8', 'model:registry/risk@3')]),
    )
    expect(custodyTree(graph.up('model:registry/churn@3'))).to.equal(
      `model:registry/churn@3  1970-01-01 00:00:05Z  of registered-model:registry@churn
├─ ← version of registered-model:registry@churn  1970-01-01 00:00:01Z
│  └─ ← call:1  1970-01-01 00:00:01Z
└─ ← training-run:7  1970-01-01 00:00:05Z

4 nodes, no gaps`,
    )
    expect(custodyTree(graph.up('model:registry/risk@3'))).to.equal(
      `model:registry/risk@3  1970-01-01 00:00:05Z  of registered-model:registry@risk
├─ ← version of registered-model:registry@risk  1970-01-01 00:00:05Z
│  └─ ! origin-not-observed
└─ ← training-run:8  1970-01-01 00:00:05Z

3 nodes, 1 gap`,
    )
    graph.close()
  })

  it('say how many children they leave out', () => {
    expect(custodyTree(story(), { breadth: 1 })).to.include('… and 2 more')
  })

  it('draw the same as Mermaid and as DOT, with awkward names escaped', () => {
    const mermaid = mermaidOf(story())
    expect(mermaid).to.match(/^flowchart LR\n {2}n0\("answer:x@1"\)\n/)
    expect(mermaid).to.include('dataset:#34;quoted#34;@1').and.include('-.->|"used (name-at-time)"|')
    expect(mermaid).to.include('-->|"generated by"|').and.include('-.->|"attributed to (asserted)"|')
    const dot = dotOf(story())
    expect(dot).to.include('"dataset:\\"quoted\\"@1" [label="dataset:\\"quoted\\"@1", shape=ellipse];')
    expect(dot).to.include('"inference:9" -> "model:models/churn@3" [label="used"];').and.include('origin-not-observed')
  })
})
