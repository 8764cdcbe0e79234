import { expect } from 'chai'
import { toIso } from '../../../../core/clock.js'
import type { NodeId } from '../../../../core/ids.js'
import type { Fact } from '../../../../lineage/model/fact.js'
import { everyTenant, type TenantScope } from '../../../../core/tenant.js'
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
import { gapLeaf, tenant } from '../../../support/leaves.js'

const options = { depth: 50, limit: 10_000 }

describe('limits, gaps and tenants', () => {
  let graph: TestGraph
  beforeEach(() => {
    graph = createTestGraph(['s3://public/*', 'git:exact'])
  })
  afterEach(() => {
    graph.close()
  })
  const chain = (length: number): void => {
    for (let link = 1; link <= length; link += 1) {
      graph.add(
        factsOf(link, [
          used(link, `step:${link}`, `data:d@${link - 1}`),
          generated(link, `step:${link}`, `data:d@${link}`),
        ]),
      )
    }
  }

  it('says where depth or number of nodes cut an answer short', () => {
    chain(5)
    expect(graph.up('data:d@5', { depth: 2 }))
      .to.include({ truncated: true })
      .and.have.property('edges')
      .of.length(2)
    expect(graph.up('data:d@5', { limit: 4 }))
      .to.include({ truncated: true })
      .and.have.property('nodes')
      .of.length(4)
    expect(graph.up('data:d@5', { depth: 10 })).to.include({ truncated: false })
  })

  it('names the origin that nobody observed at the very depth, and no origin that a limit cut off', () => {
    chain(2)
    const whole = graph.up('data:d@2', { depth: 4 })
    expect([whole.truncated, gapsOf(whole)]).to.deep.equal([false, ['origin-not-observed data:d@0']])
    const shallow = graph.up('data:d@2', { depth: 2 })
    expect([shallow.truncated, gapsOf(shallow)]).to.deep.equal([true, []])
    const few = graph.up('data:d@2', { limit: 3 })
    expect([few.truncated, gapsOf(few)]).to.deep.equal([true, []])
  })

  it('says that other tenants’ facts are hidden at the very depth', () => {
    const other = { project: 'other', domain: 'production' }
    graph.add(
      factsOf(1, [used(1, 'job:1', 'data:a@1'), generated(2, 'job:1', 'data:b@1')]),
      factsOf(2, [generated(1, 'job:secret', 'data:a@1')], { tenant: other }),
    )
    const scope: TenantScope = { all: false, tenants: [tenant] }
    const mine = graph.store.closure('data:b@1' as NodeId, 'up', { depth: 2, limit: 10 }, scope)
    expect(mine && gapsOf(mine)).to.deep.equal(['masked data:a@1'])
  })

  it('ends in a cycle', () => {
    graph.add(factsOf(1, [used(1, 'job:1', 'data:a@1'), generated(1, 'job:1', 'data:a@1')]))
    expect(edgesOf(graph.up('data:a@1'))).to.deep.equal(['data:a@1 generated job:1', 'job:1 used data:a@1'])
    expect(edgesOf(graph.down('data:a@1'))).to.have.length(2)
  })

  it('finds a path whichever end is upstream, and none where there is none', () => {
    chain(3)
    graph.add(factsOf(9, [generated(1, 'job:9', 'data:z@1')]))
    const path = (from: string, to: string) => graph.store.path(from as NodeId, to as NodeId, options, everyTenant)
    const expected = [
      'data:d@3 generated step:3',
      'step:3 used data:d@2',
      'data:d@2 generated step:2',
      'step:2 used data:d@1',
    ].sort()
    for (const [from, to] of [
      ['data:d@3', 'data:d@1'],
      ['data:d@1', 'data:d@3'],
    ] as const) {
      const found = path(from, to)
      expect(found && edgesOf(found)).to.deep.equal(expected)
      expect(found?.nodes).to.have.length(5)
      expect(found?.root).to.equal(from)
    }
    for (const [from, to] of [
      ['data:d@2', 'data:d@0'],
      ['data:d@0', 'data:d@2'],
    ] as const) {
      const found = path(from, to)
      expect(found && gapsOf(found), from).to.deep.equal(['origin-not-observed data:d@0'])
    }
    expect(path('data:d@3', 'data:z@1')).to.deep.include({ edges: [] }).and.have.property('nodes').of.length(2)
    expect(path('data:d@3', 'data:no@1')).to.equal(undefined)
  })

  it('prefers a path of derivations to a shorter one over an alias, in both directions, and takes the alias where there is no other', () => {
    const derived = (what: string, from: string): Fact => {
      return { kind: 'derived', entity: entity(what), source: entity(from), time: at(1), by: 'observed' }
    }
    const alias = (name: string, of: string): Fact => {
      return { kind: 'alias-of', entity: entity(name), other: entity(of), time: at(1), by: 'observed' }
    }
    const path = (from: string, to: string) => {
      const found = graph.store.path(from as NodeId, to as NodeId, options, everyTenant)
      return found && edgesOf(found)
    }
    graph.add(factsOf(1, [alias('data:latest', 'data:d@1'), generated(1, 'job:1', 'data:d@1')]))
    expect(path('data:latest', 'data:d@1')).to.deep.equal(['data:latest alias-of data:d@1'])
    expect(path('data:d@1', 'data:latest')).to.deep.equal(['data:latest alias-of data:d@1'])
    graph.add(factsOf(2, [derived('data:latest', 'data:mid@1'), derived('data:mid@1', 'data:d@1')]))
    const derivations = ['data:latest derived data:mid@1', 'data:mid@1 derived data:d@1']
    expect(path('data:latest', 'data:d@1')).to.deep.equal(derivations)
    expect(path('data:d@1', 'data:latest')).to.deep.equal(derivations)
  })

  it('names what was lost on the way: of the leaf, of the route before, of the ledger; not what came after', () => {
    graph.add(
      factsOf(1, [used(1, 'job:1', 'object:s3://public/a@1'), generated(5, 'job:1', 'data:a@1')], {
        gaps: [{ reason: 'selector-empty', about: 'model name' }],
      }),
      factsOf(2, [], { gaps: [{ reason: 'gatherer-failed', about: 'http-json' }] }),
      gapLeaf('q1', { at: 'main', from: at(2), count: 3 }),
      gapLeaf('q2', { at: 'main', from: at(4), count: 2, exact: false }),
      gapLeaf('q3', { at: 'main', from: at(50), reason: 'in-flight-at-crash' }),
      gapLeaf('q4', { at: 'elsewhere', from: at(2) }),
      gapLeaf('q5', { at: 'ledger', from: at(3), reason: 'ledger-truncated' }),
    )
    expect(gapsOf(graph.up('data:a@1'))).to.deep.equal([
      'external object:s3://public/a@1',
      'gatherer-failed main',
      'ledger-truncated ledger',
      'queue-full main ×5',
      `selector-empty ${exchangeId(1)}: model name`,
    ])
    expect(graph.up('data:a@1').gaps.find(({ reason }) => reason === 'queue-full')).to.include({ exact: false })
  })

  it('dates what was missing of an exchange without facts by when that began, however late it was recorded or gathered again', () => {
    const lossy = { gaps: [{ reason: 'selector-empty', about: 'activity' }] } as const
    graph.add(
      recordOf(1, { startedAt: at(1) }),
      recordOf(2, { startedAt: at(2) }),
      factsOf(2, [generated(2, 'job:2', 'data:a@1')]),
    )
    graph.add(...Array.from({ length: 9 }, (_, number) => recordOf(10 + number, { gatherers: [] })))
    graph.add(factsOf(1, [], lossy))
    expect(gapsOf(graph.up('data:a@1'))).to.deep.equal(['selector-empty main'])
    graph.add(factsOf(1, [], { gaps: [{ reason: 'selector-empty', about: 'activity.id' }], generation: 1 }))
    expect(gapsOf(graph.up('data:a@1'))).to.deep.equal(['selector-empty main'])
    const then = graph.up(exchangeId(1), { asOf: at(3) })
    expect(gapsOf(then)).to.deep.equal([`selector-empty ${exchangeId(1)}: activity.id`])
    expect(then.gaps[0]).to.include({ time: toIso(at(1)) })
  })

  it('tells of a path what is missing of the exchanges that tell of it, and not that a limit left out what lies elsewhere', () => {
    graph.add(
      factsOf(1, [used(1, 'job:1', 'data:a@1'), generated(2, 'job:1', 'data:b@1')], {
        gaps: [{ reason: 'selector-empty', about: 'agent' }],
      }),
      factsOf(2, [used(1, 'job:1', 'data:z@1'), generated(0, 'job:0', 'data:z@1')], {
        gaps: [{ reason: 'selector-empty', about: 'other' }],
      }),
    )
    const found = graph.store.path('data:b@1' as NodeId, 'data:a@1' as NodeId, { depth: 2, limit: 10 }, everyTenant)
    expect(found && edgesOf(found)).to.deep.equal(['data:b@1 generated job:1', 'job:1 used data:a@1'])
    expect(found && gapsOf(found)).to.include(`selector-empty ${exchangeId(1)}: agent`)
    expect(found && gapsOf(found)).to.not.include(`selector-empty ${exchangeId(2)}: other`)
    expect(found).to.include({ truncated: false })
  })

  it('says once, and since when, that what was asked for has no one version', () => {
    graph.add(factsOf(1, [used(7, 'job:1', 'data:a')]))
    for (const found of [graph.up('data:a'), graph.down('data:a')]) {
      expect(found.gaps).to.deep.equal([
        { reason: 'version-unknown', at: 'data:a', time: toIso(at(7)), count: 1, exact: true },
      ])
    }
  })

  it('takes for external what has a name that is, whichever of its names stands for it', () => {
    const alias: Fact = {
      kind: 'alias-of',
      ...{ entity: entity('git:exact@1'), other: entity('data:a@1') },
      time: at(1),
      by: 'observed',
    }
    graph.add(factsOf(1, [alias, used(2, 'job:1', 'git:exact@1'), generated(3, 'job:1', 'data:b@1')]))
    expect(gapsOf(graph.up('data:b@1'))).to.deep.equal(['external data:a@1'])
    expect(graph.store.coverage(everyTenant).flatMap(({ unseen }) => unseen)).to.deep.equal([
      { id: 'data:a@1', reason: 'external', references: 1 },
    ])
  })

  it('knows an exchange of which only a gap is left', () => {
    graph.add(gapLeaf('in-flight-at-crash/1', { reason: 'in-flight-at-crash', exchange: exchangeId(1), at: 'main' }))
    const up = graph.up(exchangeId(1))
    expect(up.root).to.equal(exchangeId(1))
    expect(gapsOf(up)).to.include('in-flight-at-crash main')
  })

  it('shows nothing of other tenants but that there is more', () => {
    const other = { project: 'other', domain: 'production' }
    graph.add(
      factsOf(1, [generated(1, 'job:secret', 'data:a@1')], { tenant: other }),
      factsOf(2, [used(2, 'job:2', 'data:a@1'), generated(3, 'job:2', 'data:b@1')]),
      recordOf(3, { tenant: other }),
      recordOf(4, { references: [exchangeId(3)] }),
    )
    const scope: TenantScope = { all: false, tenants: [tenant] }
    const mine = graph.store.closure('data:b@1' as NodeId, 'up', options, scope)
    expect(JSON.stringify(mine)).to.not.include('secret')
    expect(mine && gapsOf(mine)).to.include('masked data:a@1')
    expect(graph.store.node('job:secret' as NodeId, scope, {})).to.equal(undefined)
    expect(graph.store.closure(exchangeId(3) as string as NodeId, 'up', options, scope)).to.equal(undefined)
    expect(graph.store.near('job:secre', 5, scope)).to.not.include('job:secret')
    expect(graph.store.list({ limit: 10, project: 'other' }, scope).items).to.deep.equal([])
    expect(gapsOf(graph.up(exchangeId(4)))).to.include(`reference-dropped ${exchangeId(4)}`)
    expect(graph.store.coverage({ all: false, tenants: [] })).to.deep.equal([])
  })

  it('resolves a name to what was current, also where the asker may not see it', () => {
    const other = { project: 'other', domain: 'production' }
    graph.add(
      factsOf(1, [generated(1, 'put:1', 'data:a@1')]),
      factsOf(2, [generated(2, 'put:2', 'data:a@2')], { tenant: other }),
      factsOf(3, [used(3, 'job:1', 'data:a')]),
    )
    const mine = graph.store.closure('job:1' as NodeId, 'up', options, { all: false, tenants: [tenant] })
    expect(mine && edgesOf(mine)).to.deep.equal(['job:1 used data:a'])
    expect(mine && gapsOf(mine)).to.deep.equal(['masked data:a'])
  })

  it('counts as seen what a fact about its bare name tells the origin of, as custody does', () => {
    graph.add(factsOf(1, [used(1, 'job:0', 'data:b@1'), generated(0, 'job:9', 'data:a@1')]))
    const ends = { entity: entity('data:b'), source: entity('data:a@1') }
    graph.add(factsOf(2, [{ kind: 'derived', ...ends, time: at(2), by: 'observed' }]))
    expect(gapsOf(graph.up('job:0'))).to.deep.equal([])
    expect(graph.store.coverage(everyTenant).flatMap(({ unseen }) => unseen)).to.deep.equal([])
  })

  it('lists what was referred to and never seen, and pages through entities', () => {
    chain(3)
    graph.add(factsOf(8, [used(9, 'job:1', 'git:exact@1'), used(0, 'job:1', 'data:later')]))
    expect(graph.store.coverage(everyTenant)).to.deep.equal([
      {
        ...{ service: 'data', referenced: 4, observed: 2 },
        unseen: [
          { id: 'data:d@0', reason: 'origin-not-observed', references: 1 },
          { id: 'data:later', reason: 'version-unknown', references: 1 },
        ],
      },
      {
        service: 'git',
        referenced: 1,
        observed: 0,
        unseen: [{ id: 'git:exact@1', reason: 'external', references: 1 }],
      },
    ])
    const first = graph.store.list({ type: 'data', limit: 3 }, everyTenant)
    expect(first.items.map(({ id }) => id)).to.deep.equal(['data:d@0', 'data:d@1', 'data:d@2'])
    const rest = graph.store.list({ type: 'data', limit: 3, cursor: first.cursor ?? '' }, everyTenant)
    expect(rest).to.deep.include({ cursor: null }).and.have.property('items').of.length(1)
    expect(graph.store.near('data:d@9', 2, everyTenant)).to.have.length(2)
  })
})
