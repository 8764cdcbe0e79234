import { expect } from 'chai'
import { everyTenant } from '../../../../core/tenant.js'
import type { Fact } from '../../../../lineage/model/fact.js'
import type { EntityFilter } from '../../../../lineage/ports.js'
import { tenant } from '../../../support/leaves.js'
import { activity, at, createTestGraph, entity, factsOf, generated, type TestGraph } from '../../../support/graphs.js'

describe('search by name', () => {
  let graph: TestGraph
  beforeEach(() => {
    graph = createTestGraph()
  })
  afterEach(() => graph.close())

  const put = (type: string, ...names: string[]): void => {
    const made = { kind: 'generated', activity: activity('put:1'), time: at(1), by: 'observed' } as const
    const facts = names.map((name): Fact => ({ ...made, entity: { type, name, version: 'v1' } }))
    graph.add(factsOf(1, facts))
  }
  const found = (q: string, more: Partial<EntityFilter> = {}): string[] =>
    graph.store.list({ q, limit: 10, ...more }, everyTenant).items.map(({ name }) => name)

  it('looks at the name alone, as it is: not at type, version or how ids write it', () => {
    put('object', 'logo@2x.png', '100%.csv', 'a_b')
    expect(found('logo@2X')).to.deep.equal(['logo@2x.png'])
    expect(found('logo@2x', { type: 'object' })).to.deep.equal(['logo@2x.png'])
    expect(found('100%.')).to.deep.equal(['100%.csv'])
    expect(found('%')).to.deep.equal(['100%.csv'])
    expect(found('@')).to.deep.equal(['logo@2x.png'])
    expect(found('_')).to.deep.equal(['a_b'])
    for (const other of ['object', 'object:', 'v1', '@v1', '%40', '40', '25']) expect(found(other)).to.deep.equal([])
  })

  it('knows cases of every script, and pages on', () => {
    put('object', 'Été.csv', 'été.txt', 'ΟΔΟΣ', 'straße', 'ete')
    for (const q of ['été', 'ÉTÉ', 'éTé']) expect(found(q)).to.have.members(['Été.csv', 'été.txt'])
    expect(found('οδος')).to.deep.equal(['ΟΔΟΣ'])
    expect(found('STRASSE')).to.deep.equal(['straße'])
    const first = graph.store.list({ q: 'ÉTÉ', limit: 1 }, everyTenant)
    const second = graph.store.list({ q: 'ÉTÉ', limit: 1, cursor: first.cursor ?? '' }, everyTenant)
    expect([...first.items, ...second.items].map(({ name }) => name)).to.deep.equal(['Été.csv', 'été.txt'])
    expect(second.cursor).to.equal(null)
  })

  it('shows a thing of several ids also where its first id has the part in its type alone', () => {
    const ends = { entity: entity('data:thing@1'), other: entity('zip:data.zip@1') }
    const facts: Fact[] = [generated(1, 'put:1', 'data:thing@1'), generated(1, 'put:1', 'zip:data.zip@1')]
    graph.add(factsOf(1, [...facts, { kind: 'alias-of', ...ends, time: at(1), by: 'observed' }]))
    expect(found('data')).to.deep.equal(['thing'])
    expect(found('zip')).to.deep.equal(['thing'])
  })
})

describe('an id whose name is written as it is', () => {
  let graph: TestGraph
  beforeEach(() => {
    graph = createTestGraph()
  })
  afterEach(() => graph.close())
  const first = (text: string): string | undefined => graph.store.near(text, 5, everyTenant)[0]

  it('is met by the one that ids write, first of the near matches', () => {
    const named = (name: string, version: string): Fact => ({
      ...generated(1, 'put:1', ''),
      ...{ entity: { type: 'object', name, version } },
    })
    const agent = { type: 'agent', id: 'alice@example.com' }
    const acted: Fact = {
      ...{ kind: 'attributed-to', agent, time: at(1), by: 'observed' },
      subject: { kind: 'activity', ref: activity('put:1') },
    }
    const files = ['s3://lake/100%.csv', 'logo@2x.png', 'a%20b', 'a%40b', 'odd@%'].map((name) => named(name, 'v1'))
    graph.add(factsOf(1, [acted, ...files, named('100%', 'v@2'), named('alice@example.com', 'v1')]))
    const others = Array.from({ length: 30 }, (_, index) => generated(1, 'put:2', `object:logo@2x.png-${index}`))
    graph.add(factsOf(2, others))
    expect(first('agent:alice@example.com')).to.equal('agent:alice%40example.com')
    expect(first('object:s3://lake/100%.csv')).to.equal('object:s3://lake/100%25.csv')
    expect(first('object:s3://lake/100%.csv@v1')).to.equal('object:s3://lake/100%25.csv@v1')
    expect(first('object:logo@2x.png')).to.equal('object:logo%402x.png')
    expect(first('object:logo@2x.png@v1')).to.equal('object:logo%402x.png@v1')
    expect(first('object:100%@v@2')).to.equal('object:100%25@v@2')
    expect(first('object:a%20b@v1')).to.equal('object:a%2520b@v1')
    expect(first('object:a%40b@v1')).to.equal('object:a%2540b@v1')
    expect(first('object:odd@%@v1')).to.equal('object:odd%40%25@v1')
  })

  it('names none that the asker may not see, and none for what is no id', () => {
    const other = { project: 'other', domain: 'production' }
    const entity = { type: 'object', name: 'a@b', version: '1' }
    graph.add(factsOf(1, [{ ...generated(1, 'put:1', ''), ...{ entity } }], { tenant: other }))
    expect(graph.store.near('object:a@b', 5, { all: false, tenants: [tenant] })).to.deep.equal([])
    for (const text of ['', ':', 'object:', 'object:@', '@', '%', ':a@b'])
      expect(graph.store.near(text, 5, everyTenant)).to.be.an('array')
  })
})
