import { expect } from 'chai'
import fc from 'fast-check'
import { compileUses } from '../../../gatherers/compile.js'
import type { ObservedExchange } from '../../../gatherers/contract.js'
import { gatherExchange } from '../../../gatherers/gather.js'
import { canonicalJson } from '../../../core/canonical-json.js'
import { toIso } from '../../../core/clock.js'
import type { ExchangeId, Micros, NodeId } from '../../../core/ids.js'
import { everyTenant } from '../../../core/tenant.js'
import type { Fact } from '../../../lineage/model/fact.js'
import { exchangeOf, type Sent } from '../../support/exchanges.js'
import { createTestGraph, factsOf as leafOf } from '../../support/graphs.js'

// One job, seen in a submission, in polls and in a callback. The same options would stand on each of the routes.
const map = { queued: 'START', running: 'RUNNING', done: 'COMPLETE', failed: 'FAIL' }
const jobs = {
  activity: {
    type: 'training-run',
    id: 'job:{$.response.body.id}',
    state: { phase: '{$.response.body.status}', map },
    startedAt: '{$.response.body.started_at}',
    endedAt: '{$.response.body.finished_at}',
  },
  used: [{ each: '$.request.body.datasets[*]', type: 'dataset', name: '{$.uri}', version: '{$.etag}' }],
  generated: [{ type: 'model', name: 'models/{$.response.body.model}', version: '{$.response.body.version}' }],
}
const callbacks = {
  activity: {
    type: 'training-run',
    id: 'job:{$.request.body.id}',
    state: { phase: '{$.request.body.status}', map },
    endedAt: '{$.request.body.finished_at}',
  },
  generated: [{ type: 'model', name: 'models/{$.request.body.model}', version: '{$.request.body.version}' }],
}

const context = { route: 'jobs', service: { name: 'trainer', kind: 'http', url: 'http://127.0.0.1' }, stripPrefix: '' }
const uses = compileUses(
  [
    { gatherer: 'http-json', when: { path: '/jobs/*', status: '2xx' }, options: jobs },
    { gatherer: 'http-json', when: { path: '/callbacks', method: 'POST', status: '2xx' }, options: callbacks },
  ],
  context,
)

const t0 = 1_700_000_000_000_000
const second = 1_000_000

function at(seconds: number, request: Sent, response: Sent = {}): ObservedExchange {
  const startedAt = (t0 + seconds * second) as Micros
  const id = seconds.toString(16).padStart(32, '0') as ExchangeId
  return exchangeOf(request, response, { id, startedAt, endedAt: (startedAt + 1_000) as Micros })
}

const end = { status: 'done', finished_at: (t0 + 19.5 * second) / second, model: 'churn', version: 3 }

const submission = at(
  0,
  { method: 'POST', target: '/jobs', body: { datasets: [{ uri: 's3://lake/a', etag: 'e1' }] } },
  { status: 202, body: { id: 7, status: 'queued' } },
)
const callback = at(20, { target: '/callbacks', body: { id: 7, ...end } }, { status: 204 })
const polls = Array.from({ length: 20 }, (_, poll) => {
  const running = { status: 'running', started_at: new Date((t0 + 2 * second) / 1_000).toISOString(), model: 'churn' }
  return at(poll + 3, { method: 'GET', target: '/jobs/7' }, { body: { id: 7, ...running, ...(poll > 17 ? end : {}) } })
})

const factsOf = (exchange: ObservedExchange): readonly Fact[] =>
  gatherExchange(uses, exchange).flatMap(({ facts, gaps }) => {
    expect(gaps).to.deep.equal([])
    return facts
  })

/** What merging makes of them, whatever their order: a set, since equal facts are one. */
const asSet = (facts: readonly Fact[]) => [...new Set(facts.map((fact) => canonicalJson(fact)))].sort()

describe('an activity over many exchanges', () => {
  const facts = [callback, submission, ...polls].flatMap(factsOf)
  const activity = { type: 'training-run', id: 'job:7' }

  it('is one, whichever exchange speaks of it', () => {
    const about = facts.map((fact) => ('activity' in fact ? fact.activity : undefined))
    expect(new Set(about.map((ref) => canonicalJson(ref)))).to.deep.equal(new Set([canonicalJson(activity)]))
  })

  it('has the phases that the service gave it, at the times that it gave', () => {
    const states = facts.filter((fact) => fact.kind === 'state')
    const startedAt = t0 + 2 * second
    const endedAt = t0 + 19.5 * second
    expect(states.filter(({ phase }) => phase === 'START')).to.deep.equal([
      { kind: 'state', activity, phase: 'START', time: t0, by: 'observed' },
    ])
    const running = states.filter(({ phase }) => phase === 'RUNNING')
    expect(asSet(running)).to.deep.equal(
      asSet([
        {
          kind: 'state',
          activity,
          phase: 'RUNNING',
          time: startedAt as Micros,
          startedAt: startedAt as Micros,
          by: 'observed',
        },
      ]),
    )
    const done = states.filter(({ phase }) => phase === 'COMPLETE')
    expect(done).to.have.length(3)
    expect(new Set(done.map((state) => [state.time, state.endedAt].join()))).to.deep.equal(
      new Set([`${endedAt},${endedAt}`]),
    )
  })

  it('was going on from its start to its end, also where only its end was seen', () => {
    const whole = { id: 7, ...end, started_at: (t0 + 2 * second) / second }
    const graph = createTestGraph()
    graph.add(leafOf(1, factsOf(at(3_600, { method: 'GET', target: '/jobs/7' }, { body: whole }))))
    const job = (asOf: number) =>
      graph.store.node('training-run:job:7' as NodeId, everyTenant, { asOf: asOf as Micros })
    const [startedAt, endedAt] = [t0 + 2 * second, t0 + 19.5 * second].map((time) => toIso(time as Micros))
    expect(job(t0 + second)).to.equal(undefined)
    expect(job(t0 + 10 * second)?.facets['state']).to.deep.equal({ phase: 'RUNNING', startedAt, endedAt: null })
    expect(job(t0 + 20 * second)?.facets['state']).to.deep.equal({ phase: 'COMPLETE', startedAt, endedAt })
    expect(job(t0 + 20 * second)?.time).to.equal(startedAt)
    graph.close()
  })

  it('used its inputs once, and generated its output only when the service named the version', () => {
    const edges = facts.filter((fact) => fact.kind === 'used' || fact.kind === 'generated')
    expect(new Set(edges.map((fact) => `${fact.kind} ${fact.entity.name} ${fact.entity.version ?? ''}`))).to.deep.equal(
      new Set(['generated models/churn 3', 'used s3://lake/a e1']),
    )
  })

  it('comes to the same facts in any order and after any restart', () => {
    const all = [submission, callback, ...polls]
    const expected = asSet(all.flatMap(factsOf))
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: all.length }), (order) => {
        expect(asSet(order.flatMap(factsOf))).to.deep.equal(expected)
      }),
    )
  })

  it('without times in the payload has those of its exchanges', () => {
    const bare = compileUses(
      [
        {
          gatherer: 'http-json',
          options: {
            activity: { type: 'job', id: '{$.response.body.id}', state: { phase: '{$.response.body.status}' } },
          },
        },
      ],
      context,
    )
    const times = (status: string) =>
      gatherExchange(bare, at(5, {}, { body: { id: 1, status } })).flatMap(({ facts: made }) => made)
    expect(times('running')).to.deep.equal([
      { kind: 'state', activity: { type: 'job', id: '1' }, phase: 'RUNNING', time: t0 + 5 * second, by: 'observed' },
    ])
    expect(times('complete')).to.deep.equal([
      {
        kind: 'state',
        activity: { type: 'job', id: '1' },
        phase: 'COMPLETE',
        time: t0 + 5 * second + 1_000,
        by: 'observed',
      },
    ])
  })

  it('leaves a gap for a word that its map does not name', () => {
    const [made] = gatherExchange(uses, at(5, { method: 'GET', target: '/jobs/7' }, { body: { id: 7, status: 'odd' } }))
    expect(made?.gaps).to.deep.equal([
      { reason: 'selector-empty', about: 'activity.state: a phase that no word of map names' },
    ])
    expect(made?.facts).to.deep.equal([])
  })
})
