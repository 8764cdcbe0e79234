import { expect } from 'chai'
import type { NodeId } from '../../../../core/ids.js'
import type { TenantScope } from '../../../../core/tenant.js'
import type { Fact } from '../../../../lineage/model/fact.js'
import type { AsOf } from '../../../../lineage/ports.js'
import {
  at,
  activity,
  createTestGraph,
  edgesOf,
  entity,
  factsOf,
  gapsOf,
  generated,
  used,
  type TestGraph,
} from '../../../support/graphs.js'
import { tenant } from '../../../support/leaves.js'

describe('which thing it is', () => {
  let graph: TestGraph
  beforeEach(() => {
    graph = createTestGraph()
  })
  afterEach(() => {
    graph.close()
  })
  const makes = (seconds: number, by: string, name: string, id: { version?: string; digest?: string }): Fact => ({
    ...{ kind: 'generated', activity: activity(by), time: at(seconds), by: 'observed' },
    entity: { ...entity(name), ...id },
  })

  it('is one version where a digest learned later joins them', () => {
    graph.add(
      factsOf(1, [makes(1, 'put:1', 'object:a', { version: 'v1' })]),
      factsOf(2, [
        used(2, 'run:1', 'object:b@1'),
        { ...used(2, 'run:1', ''), entity: { ...entity('object:a'), digest: 'md5:aa' } } as Fact,
      ]),
    )
    expect(edgesOf(graph.up('run:1'))).to.include('run:1 used object:a@md5:aa')
    graph.add(factsOf(3, [{ ...used(3, 'run:2', ''), entity: { ...entity('object:a@v1'), digest: 'md5:aa' } } as Fact]))
    const up = graph.up('run:1')
    expect(edgesOf(up)).to.include('run:1 used object:a@v1').and.to.include('object:a@v1 generated put:1')
    expect(up.nodes.find(({ id }) => id === 'object:a@v1')?.facets).to.deep.equal({
      aliases: ['object:a@md5:aa'],
      digests: ['md5:aa'],
    })
    expect(graph.up('object:a@md5:aa').root).to.equal('object:a@v1')
    expect(edgesOf(graph.up('run:1', { asOf: at(2) }))).to.include('run:1 used object:a@md5:aa')
  })

  it('is found by a digest only where the asker may know it, and once it was known', () => {
    const other = { project: 'other', domain: 'production' }
    graph.add(
      factsOf(1, [makes(1, 'put:1', 'object:a', { version: 'v1' })]),
      factsOf(2, [makes(5, 'put:1', 'object:a', { version: 'v1', digest: 'md5:aa' })], { tenant: other }),
    )
    const find = (when: AsOf, scope: TenantScope) => graph.store.node('object:a@md5:aa' as NodeId, scope, when)?.id
    expect(find({}, { all: true })).to.equal('object:a@v1')
    expect(find({ asOf: at(4) }, { all: true })).to.equal(undefined)
    expect(find({}, { all: false, tenants: [tenant] })).to.equal(undefined)
    expect(find({}, { all: false, tenants: [other] })).to.equal('object:a@v1')
  })

  it('is listed once, whatever it is called', () => {
    graph.add(
      factsOf(1, [makes(1, 'put:1', 'object:a', { version: 'v1', digest: 'md5:aa' })]),
      factsOf(2, [{ ...used(2, 'run:1', ''), entity: { ...entity('object:a'), digest: 'md5:aa' } } as Fact]),
      factsOf(3, [makes(3, 'put:3', 'object:b', { version: 'v1' })]),
    )
    const list = (filter: { q?: string; limit?: number }) =>
      graph.store.list({ type: 'object', limit: 10, ...filter }, { all: true })
    expect(list({}).items.map(({ id }) => id)).to.deep.equal(['object:a@v1', 'object:b@v1'])
    expect(list({}).items[0]?.facets).to.deep.equal({ aliases: ['object:a@md5:aa'], digests: ['md5:aa'] })
    expect(list({ q: 'A' }).items.map(({ id }) => id)).to.deep.equal(['object:a@v1'])
  })

  it('is another thing under another name, shown as same content and not walked', () => {
    graph.add(
      factsOf(1, [makes(1, 'put:1', 'object:a', { version: '1', digest: 'md5:aa' })]),
      factsOf(2, [makes(2, 'put:2', 'object:b', { version: '1', digest: 'md5:aa' })]),
    )
    expect(edgesOf(graph.up('object:b@1'))).to.deep.equal([
      'object:b@1 generated put:2',
      'object:b@1 same-content object:a@1',
    ])
  })

  it('is not guessed between several candidates', () => {
    graph.add(
      factsOf(1, [generated(1, 'put:1', 'object:a@1'), used(3, 'get:1', 'object:a@2')]),
      factsOf(2, [used(4, 'run:1', 'object:a')]),
    )
    const up = graph.up('run:1')
    expect(edgesOf(up)).to.deep.equal(['run:1 used object:a'])
    expect(gapsOf(up)).to.deep.equal(['version-ambiguous object:a'])
    expect(gapsOf(graph.up('object:a'))).to.deep.equal(['version-ambiguous object:a'])
    expect(graph.up('object:a').root).to.equal('object:a')
  })

  it('is none after it was invalidated, and says so', () => {
    const gone: Fact = {
      kind: 'invalidated',
      entity: entity('object:a'),
      activity: activity('delete:1'),
      time: at(3),
      by: 'observed',
    }
    graph.add(
      factsOf(1, [generated(1, 'put:1', 'object:a@1')]),
      factsOf(2, [gone]),
      factsOf(3, [used(5, 'run:1', 'object:a')]),
    )
    const up = graph.up('object:a@1')
    expect(edgesOf(up)).to.deep.equal(['object:a@1 generated put:1', 'object:a@1 invalidated delete:1 (name-at-time)'])
    expect(up.nodes[0]?.facets['invalidated']).to.deep.equal({ time: '1970-01-01T00:00:03.000000Z' })
    expect(gapsOf(graph.up('run:1'))).to.deep.equal(['version-unknown object:a'])
  })

  it('is a version of its own where an activity makes what nothing names', () => {
    graph.add(factsOf(1, [generated(1, 'job:1', 'model:m'), used(2, 'job:2', 'model:m')]))
    expect(edgesOf(graph.up('job:2'))).to.deep.equal([
      'job:2 used model:m@by(job:1#output) (name-at-time)',
      'model:m@by(job:1#output) generated job:1',
    ])
  })

  it('stands as long as one of the external versions that hold its content does', () => {
    const digest = 'md5:bb'
    const ends = (seconds: number, version: string): Fact => ({
      ...{ kind: 'invalidated', entity: { ...entity('object:a'), version }, time: at(seconds), by: 'observed' },
    })
    graph.add(
      factsOf(1, [makes(1, 'put:0', 'object:a', { version: 'v0', digest: 'md5:aa' })]),
      factsOf(2, [makes(2, 'put:1', 'object:a', { version: 'v1', digest })]),
      factsOf(3, [makes(3, 'put:2', 'object:a', { version: 'v2', digest })]),
      factsOf(4, [ends(4, 'v1')]),
      factsOf(5, [used(5, 'run:1', 'object:a')]),
    )
    expect(edgesOf(graph.up('run:1'))).to.include('run:1 used object:a@v1 (name-at-time)')
    const facets = () => graph.up('object:a@v2').nodes.find(({ id }) => id === 'object:a@v1')?.facets
    expect(facets()).to.have.property('aliases').that.deep.equals(['object:a@v2'])
    expect(facets()).not.to.have.property('invalidated')
    graph.add(factsOf(6, [ends(6, 'v2'), used(7, 'run:2', 'object:a')]))
    expect(edgesOf(graph.up('run:2'))).to.include('run:2 used object:a@v0 (name-at-time)')
    expect(facets()).to.have.property('invalidated')
  })

  it('takes facts about a bare name to the version that it stood for', () => {
    const size: Fact = {
      ...{ kind: 'described', facet: 'size', value: 3, time: at(2), by: 'observed' },
      subject: { kind: 'entity', ref: entity('object:a') },
    }
    graph.add(factsOf(1, [generated(1, 'put:1', 'object:a@1'), size, generated(5, 'put:2', 'object:a@2')]))
    expect(graph.up('object:a@1').nodes[0]?.facets).to.deep.equal({ size: 3 })
    expect(graph.up('object:a@2').nodes[0]?.facets).to.deep.equal({})
  })
})
