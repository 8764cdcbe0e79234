import { expect } from 'chai'
import type { Fact, Phase } from '../../../../lineage/model/fact.js'
import type { NodeId } from '../../../../core/ids.js'
import { everyTenant } from '../../../../core/tenant.js'
import {
  activity,
  at,
  createTestGraph,
  edgesOf,
  exchangeId,
  factsOf,
  gapsOf,
  generated,
  recordOf,
  used,
  type TestGraph,
} from '../../../support/graphs.js'

describe('both times', () => {
  let graph: TestGraph
  beforeEach(() => {
    graph = createTestGraph()
  })
  afterEach(() => {
    graph.close()
  })
  const stateOf = (id: string, when = {}): unknown => graph.store.node(id as NodeId, everyTenant, when)?.facets['state']
  const state = (seconds: number, phase: Phase, more: object = {}): Fact => ({
    ...{ kind: 'state', activity: activity('job:1'), phase, time: at(seconds), by: 'observed' },
    ...more,
  })

  it('keep the outputs that a job had as of then', () => {
    graph.add(factsOf(1, [generated(1, 'job:1', 'model:a@1')]), factsOf(2, [generated(5, 'job:1', 'model:b@1')]))
    expect(edgesOf(graph.down('job:1', { asOf: at(2) }))).to.deep.equal(['model:a@1 generated job:1'])
    expect(edgesOf(graph.down('job:1'))).to.deep.equal(['model:a@1 generated job:1', 'model:b@1 generated job:1'])
  })

  it('tell the versions of a name from those of names that begin like it', () => {
    const others = ['data:a%40b@1', 'data:a%40@1', 'data:aA@1', 'data:a/b@1', 'data:A@1']
    graph.add(factsOf(1, [generated(1, 'put:1', 'data:a@1'), generated(2, 'put:2', 'data:a@@2')]))
    graph.add(
      factsOf(
        2,
        others.map((other, index) => generated(3, `put:other-${index}`, other)),
      ),
    )
    graph.add(factsOf(3, [used(4, 'job:1', 'data:a')]))
    expect(edgesOf(graph.up('job:1'))).to.include('job:1 used data:a@@2 (name-at-time)')
    expect(graph.store.near('data:a', 10, everyTenant)).to.include('data:a')
  })

  it('answer with what was recorded by then, not with what came later', () => {
    graph.add(factsOf(1, [generated(1, 'job:1', 'model:a@1')]), factsOf(2, [used(1, 'job:1', 'data:d@1')]))
    expect(edgesOf(graph.up('model:a@1', { knownAt: at(1) }))).to.deep.equal(['model:a@1 generated job:1'])
    expect(edgesOf(graph.up('model:a@1', { knownAt: at(2) }))).to.have.length(2)
    expect(graph.store.node('data:d@1' as NodeId, everyTenant, { knownAt: at(1) })).to.equal(undefined)
  })

  it('let regathered facts supersede as of when they were recorded', () => {
    graph.add(
      factsOf(1, [generated(1, 'job:1', 'model:wrong@1')]),
      factsOf(1, [generated(1, 'job:1', 'model:right@1')], { generation: 1 }),
    )
    expect(edgesOf(graph.down('job:1'))).to.deep.equal(['model:right@1 generated job:1'])
    expect(edgesOf(graph.down('job:1', { knownAt: at(1) }))).to.deep.equal(['model:wrong@1 generated job:1'])
    expect(graph.store.node('model:wrong@1' as NodeId, everyTenant, {})).to.equal(undefined)
  })

  it('merge one activity out of submit, polls and a callback that came first', () => {
    graph.add(factsOf(1, [state(9, 'COMPLETE', { startedAt: at(2), endedAt: at(8) })]), factsOf(2, [state(1, 'START')]))
    for (let poll = 0; poll < 20; poll += 1)
      graph.add(factsOf(10 + poll, [state(3 + poll, poll < 5 ? 'RUNNING' : 'COMPLETE')]))
    const second = (seconds: number): string => `1970-01-01T00:00:0${seconds}.000000Z`
    expect(stateOf('job:1')).to.deep.equal({ phase: 'COMPLETE', startedAt: second(2), endedAt: second(8) })
    expect(stateOf('job:1', { asOf: at(4) })).to.deep.equal({ phase: 'RUNNING', startedAt: second(1), endedAt: null })
  })

  it('say that facts were pending then, and no longer now', () => {
    graph.add(recordOf(1), factsOf(2, [generated(1, 'job:1', 'model:a@1')]), factsOf(1, [used(1, 'job:1', 'data:d@1')]))
    expect(gapsOf(graph.up('model:a@1', { knownAt: at(2) }))).to.deep.equal(['facts-pending main'])
    expect(gapsOf(graph.up('model:a@1'))).to.deep.equal(['origin-not-observed data:d@1'])
  })

  it('know an exchange from when it began, and that its own facts were pending', () => {
    graph.add(recordOf(1), factsOf(1, [generated(1, 'job:1', 'model:a@1')]))
    const id = exchangeId(1)
    expect(gapsOf(graph.up(id, { knownAt: at(1) }))).to.deep.equal([`facts-pending ${id}`])
    expect(gapsOf(graph.up(id))).to.deep.equal([])
    expect(() => graph.up(id, { asOf: at(0) })).to.throw('no node')
  })
})
