import { expect } from 'chai'
import { everyTenant } from '../../../../core/tenant.js'
import type { Fact } from '../../../../lineage/model/fact.js'
import type { EntityFilter } from '../../../../lineage/ports.js'
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
