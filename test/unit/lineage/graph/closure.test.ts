import { expect } from 'chai'
import {
  at,
  createTestGraph,
  edgesOf,
  entity,
  exchangeId,
  factsOf,
  gapsOf,
  generated,
  recordOf,
  used,
  type TestGraph,
} from '../../../support/graphs.js'

describe('closure', () => {
  let graph: TestGraph
  beforeEach(() => {
    graph = createTestGraph()
  })
  afterEach(() => {
    graph.close()
  })

  it('goes from an answer to the labels and the people behind it', () => {
    const subject = { kind: 'entity', ref: entity('annotation:a@1') } as const
    const agent = { type: 'person', id: 'alice' }
    graph.add(
      factsOf(1, [
        generated(1, 'annotation-task:1', 'annotation:a@1'),
        { kind: 'attributed-to', subject, agent, time: at(1), by: 'observed' },
      ]),
      factsOf(2, [used(2, 'training-run:7', 'annotation:a@1'), generated(3, 'training-run:7', 'model:m@1')]),
      factsOf(3, [used(4, 'inference:9', 'model:m@1'), generated(4, 'inference:9', 'answer:x@1')]),
    )
    const up = graph.up('answer:x@1')
    expect(edgesOf(up)).to.deep.equal([
      'annotation:a@1 attributed-to person:alice',
      'annotation:a@1 generated annotation-task:1',
      'answer:x@1 generated inference:9',
      'inference:9 used model:m@1',
      'model:m@1 generated training-run:7',
      'training-run:7 used annotation:a@1',
    ])
    expect(gapsOf(up)).to.deep.equal([])
    expect(edgesOf(graph.down('annotation:a@1'))).to.deep.equal([
      'answer:x@1 generated inference:9',
      'inference:9 used model:m@1',
      'model:m@1 generated training-run:7',
      'training-run:7 used annotation:a@1',
    ])
  })

  it('resolves a name without version to the one current then', () => {
    graph.add(
      factsOf(1, [generated(1, 'put:1', 'object:s3://lake/a@e1')]),
      factsOf(2, [generated(5, 'put:2', 'object:s3://lake/a@e2')]),
      factsOf(3, [used(3, 'run:1', 'object:s3://lake/a')]),
      factsOf(4, [used(6, 'run:2', 'object:s3://lake/a')]),
      factsOf(5, [used(0, 'run:3', 'object:s3://lake/a')]),
    )
    expect(edgesOf(graph.up('run:1'))).to.include('run:1 used object:s3://lake/a@e1 (name-at-time)')
    expect(edgesOf(graph.up('run:2'))).to.include('run:2 used object:s3://lake/a@e2 (name-at-time)')
    expect(gapsOf(graph.up('run:3'))).to.deep.equal(['version-unknown object:s3://lake/a'])
    expect(edgesOf(graph.down('object:s3://lake/a@e1'))).to.deep.equal([
      'run:1 used object:s3://lake/a@e1 (name-at-time)',
    ])
    expect(graph.up('object:s3://lake/a', { asOf: at(2) }).root).to.equal('object:s3://lake/a@e1')
    expect(graph.up('object:s3://lake/a').root).to.equal('object:s3://lake/a@e2')
  })

  it('takes an exchange as a root, and says so where nothing was gathered', () => {
    graph.add(
      recordOf(1, { gatherers: [], route: 'plain' }),
      recordOf(2),
      recordOf(3, { references: [exchangeId(2), exchangeId(77)] }),
      factsOf(3, [generated(2, 'inference:9', 'answer:x@1')]),
    )
    expect(gapsOf(graph.up(exchangeId(1)))).to.deep.equal([`not-gathered ${exchangeId(1)}`])
    expect(edgesOf(graph.up(exchangeId(3)))).to.deep.equal(
      [
        `${exchangeId(3)} informed-by ${exchangeId(2)} (asserted)`,
        `${exchangeId(3)} recorded answer:x@1`,
        'answer:x@1 generated inference:9',
        `inference:9 informed-by ${exchangeId(2)} (asserted)`,
      ].sort(),
    )
    expect(gapsOf(graph.up('answer:x@1'))).to.deep.equal([
      `facts-pending ${exchangeId(2)}`,
      `reference-dropped ${exchangeId(3)}`,
    ])
    expect(edgesOf(graph.down(exchangeId(2)))).to.deep.equal(
      [
        `${exchangeId(3)} informed-by ${exchangeId(2)} (asserted)`,
        'answer:x@1 generated inference:9',
        `inference:9 informed-by ${exchangeId(2)} (asserted)`,
      ].sort(),
    )
  })
})
