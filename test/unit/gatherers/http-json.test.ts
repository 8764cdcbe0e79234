import { expect } from 'chai'
import type { GathererUse } from '../../../gatherers/contract.js'
import { compileUses, needsOfAll, tapPlanOf } from '../../../gatherers/compile.js'
import { gatherExchange } from '../../../gatherers/gather.js'
import { exchangeEnd, exchangeOf, exchangeStart } from '../../support/exchanges.js'

const context = {
  route: 'train',
  service: { name: 'trainer', kind: 'http', url: 'http://127.0.0.1:7001' },
  stripPrefix: '',
  path: '/train/*',
}

function using(options: unknown, when?: GathererUse['when']) {
  return compileUses([{ gatherer: 'http-json', options, ...(when === undefined ? {} : { when }) }], context)
}

// the example of docs/gatherers.md
const training = {
  activity: {
    type: 'training-run',
    id: 'trainer:{$.response.body.job.id}',
    plan: 'git:{$.request.body.commit}',
  },
  agent: "{$.request.headers['x-user']}",
  used: [{ each: '$.request.body.datasets[*]', type: 'dataset', name: '{$.uri}', version: '{$.digest}' }],
  generated: [
    {
      type: 'model',
      name: 'models/{$.response.body.model.name}',
      version: '{$.response.body.model.version}',
      required: true,
    },
  ],
}

describe('http-json', () => {
  it('reads activity, plan, agent, inputs and output off one exchange', () => {
    const uses = using(training, { status: '2xx' })
    const [made, ...others] = gatherExchange(
      uses,
      exchangeOf(
        {
          fields: { 'X-User': 'ada' },
          body: {
            commit: 'abc123',
            datasets: [{ uri: 's3://lake/a.csv', digest: 'sha256:aa' }, { uri: 's3://lake/b.csv' }],
          },
        },
        { body: { job: { id: 42 }, model: { name: 'churn', version: 3 } } },
      ),
    )
    const activity = { type: 'training-run', id: 'trainer:42' }
    const [time, by] = [exchangeStart, 'observed']
    expect(others).to.deep.equal([])
    expect(made).to.deep.include({ use: 0, gatherer: 'http-json', version: '4', gaps: [] })
    expect(made?.facts).to.deep.equal([
      { kind: 'associated-with', activity, plan: { type: 'plan', name: 'git:abc123' }, time, by },
      {
        kind: 'attributed-to',
        subject: { kind: 'activity', ref: activity },
        agent: { type: 'agent', id: 'ada' },
        time,
        by: 'asserted',
      },
      {
        kind: 'used',
        activity,
        entity: { type: 'dataset', name: 's3://lake/a.csv', version: 'sha256:aa' },
        time,
        by,
      },
      { kind: 'used', activity, entity: { type: 'dataset', name: 's3://lake/b.csv' }, time, by },
      {
        kind: 'generated',
        activity,
        entity: { type: 'model', name: 'models/churn', version: '3' },
        time: exchangeEnd,
        by,
      },
    ])
  })

  it('leaves a gap where a required selector finds nothing', () => {
    const [made] = gatherExchange(
      using(training),
      exchangeOf({ body: { commit: 'c', datasets: [] } }, { body: { job: { id: 7 } } }),
    )
    expect(made?.gaps).to.deep.equal([
      { reason: 'selector-empty', about: 'generated[0].name: models/{$.response.body.model.name}' },
      { reason: 'selector-empty', about: 'generated[0].version: {$.response.body.model.version}' },
    ])
    expect(made?.facts.map((fact) => fact.kind)).to.deep.equal(['associated-with'])
  })

  it('does not look at exchanges that its conditions leave out', () => {
    const uses = using(training, { status: ['2xx', 404], method: 'POST', path: '/train/{job}' })
    const at = (method: string, target: string, status: number) =>
      gatherExchange(uses, exchangeOf({ method, target, body: {} }, { status, body: {} })).length
    expect(at('POST', '/train/1?x=1', 201)).to.equal(1)
    expect(at('POST', '/train/1', 404)).to.equal(1)
    expect(at('POST', '/train/1', 500)).to.equal(0)
    expect(at('GET', '/train/1', 200)).to.equal(0)
    expect(at('POST', '/train/1/2', 200)).to.equal(0)
    expect(uses[0]?.applies('GET', '/train/1')).to.deep.equal({ yes: false, reason: 'method is GET, not POST' })
  })

  it('leaves a gap where a condition looks into a body that cannot be read', () => {
    const exists = { exists: '$.response.body.job' }
    const json = { 'Content-Type': 'application/json' }
    const answered = (fields: Record<string, string>, body: string, over: object = {}) =>
      gatherExchange(using(training, exists), exchangeOf({ body: {} }, { fields, body }, over))
    const torn = answered(json, '{"job":1,"job":2}')
    const gaps = [{ reason: 'body-unparsed', about: 'response body: duplicate keys' }]
    expect(torn).to.deep.equal([{ use: 0, gatherer: 'http-json', version: torn[0]?.version, facts: [], gaps }])
    const reasons = (fields: Record<string, string>) =>
      answered(fields, '{"job":1}').flatMap((one) => one.gaps.map(({ reason }) => reason))
    expect(reasons({ ...json, 'Content-Encoding': 'zstd' })).to.deep.equal(['body-unparsed'])
    expect(reasons({ 'Content-Type': 'application/octet-stream' })).to.deep.equal(['body-unparsed'])
    expect(answered(json, '{"other":1}')).to.deep.equal([])
    expect(answered(json, '{"job":1,"job":2}', { error: 'WB_UPSTREAM_CONNECT' })).to.deep.equal([])
  })

  it('gives no row the value that only another row has', () => {
    const item = { type: 'model', name: '{$.response.body.items[*].name}' }
    const readOff = (version: string, items: readonly object[], name = item.name) => {
      const used = [{ ...item, name, version }]
      const [made] = gatherExchange(using({ used }), exchangeOf({}, { body: { run: 7, items } }))
      const versions = made?.facts.map((fact) => (fact.kind === 'used' ? fact.entity.version : 'no version'))
      return { versions, gaps: made?.gaps.map(({ reason }) => reason) }
    }
    const each = '{$.response.body.items[*].version}'
    const paired = (...versions: (string | undefined)[]) => ({ versions, gaps: [] })
    expect(readOff(each, [{ name: 'a', version: 1 }, { name: 'b' }, { name: 'c', version: null }])).to.deep.equal(
      paired('1', undefined, undefined),
    )
    expect(readOff(each, [{ name: 'a', version: 1 }, { version: 2 }])).to.deep.equal(paired('1'))
    expect(readOff(each, [{ name: 'a' }, { version: 1 }])).to.deep.equal(paired(undefined))
    const whole = '{$.response.body.run}'
    expect(readOff(whole, [{ name: 'a' }, { name: 'b' }])).to.deep.equal(paired('7', '7'))
    const parts = '{$.response.body.items[*].name}/{$.response.body.items[*].part}'
    expect(readOff(whole, [{ name: 'a', part: 1 }, { name: 'b' }], parts)).to.deep.equal(paired('7'))
  })

  it('leaves a gap where an activity has no id, or its state no phase', () => {
    const activity = { type: 'job', id: '{$.response.body.id}', state: { phase: '{$.response.body.status}' } }
    const gapsOf = (body: object) => gatherExchange(using({ activity }), exchangeOf({}, { body }))[0]?.gaps
    const empty = (about: string) => ({ reason: 'selector-empty', about })
    expect(gapsOf({ id: 1 })).to.deep.equal([empty('activity.state.phase: {$.response.body.status}')])
    expect(gapsOf({ status: 'RUNNING' })).to.deep.equal([empty('activity.id: {$.response.body.id}')])
  })

  it('leaves a gap where a time is beyond those that can be kept, and the state stands', () => {
    const activity = { type: 'job', id: '1', state: 'exchange', endedAt: '{$.response.body.end}' }
    const [made] = gatherExchange(
      using({ activity }),
      exchangeOf({}, { body: { end: '9999-12-31T23:59:59.9999999Z' } }),
    )
    expect(made?.facts.at(-1)).to.deep.include({ kind: 'state', phase: 'COMPLETE', endedAt: exchangeEnd })
    const about = 'activity.endedAt: {$.response.body.end}: not a time with its offset'
    expect(made?.gaps).to.deep.equal([{ reason: 'selector-empty', about }])
  })

  it('names what is left out because its text is too long for a name', () => {
    const long = 'b'.repeat(4_097)
    const gapsOf = (options: object, body: object) => {
      const [made] = gatherExchange(using(options), exchangeOf({}, { body }))
      return { facts: made?.facts.length, gaps: made?.gaps }
    }
    const limited = (label: string) => [{ reason: 'facts-limited', about: `${label}: a text past 4096 characters` }]
    const files = { type: 'file', name: '{$.response.body.files}', required: true }
    expect(gapsOf({ used: [files] }, { files: ['a', long, ''] })).to.deep.equal({
      facts: 1,
      gaps: limited('used[0].name: {$.response.body.files}'),
    })
    expect(gapsOf({ used: [files] }, { files: long })).to.deep.equal({
      facts: 0,
      gaps: limited('used[0].name: {$.response.body.files}'),
    })
    const joined = { used: [{ type: 'file', name: 'x/{$.response.body.files}' }] }
    expect(gapsOf(joined, { files: long.slice(2) })).to.deep.equal({
      facts: 0,
      gaps: limited('used[0].name: x/{$.response.body.files}'),
    })
    const labelled = { described: [{ facets: { label: 'x/{$.response.body.label}' } }] }
    expect(gapsOf(labelled, { label: long })).to.deep.equal({
      facts: 0,
      gaps: limited('described[0].facets.label: x/{$.response.body.label}'),
    })
  })

  it('asks the taps for the bodies that its selectors look into, and no more', () => {
    expect(tapPlanOf(using(training))).to.deep.equal({
      request: { bytes: 1_048_576, digests: [] },
      response: { bytes: 1_048_576, digests: [] },
    })
    const answers = {
      generated: [{ type: 'answer', name: 'scores', digest: { body: 'response' } }],
      bodyLimit: '64KiB',
    }
    expect(needsOfAll(using(answers))).to.deep.equal({
      request: { bytes: 0, digests: [] },
      response: { bytes: 0, digests: ['sha256'] },
    })
    // small bodies travel as copies, to be hashed and dropped
    expect(tapPlanOf(using(answers)).response).to.deep.equal({ bytes: 65_536, digests: ['sha256'] })
  })

  it('takes for a digest what has an algorithm and hexadecimal digits, in one spelling', () => {
    const use = using({ used: [{ type: 'file', name: 'a', digest: '{$.request.body.digest}' }] })
    const read = (digest: string) => {
      const [made] = gatherExchange(use, exchangeOf({ body: { digest } }))
      const [fact] = made?.facts ?? []
      return [fact?.kind === 'used' && fact.entity.digest, made?.gaps]
    }
    expect(read('SHA256:AB')).to.deep.equal(['sha256:ab', []])
    const about = 'used[0].digest: {$.request.body.digest}: a digest is `<algorithm>:<hex>`'
    for (const unfit of ['md5:zz', 'abcd', 'sha256:', 'sha256:abc', ':ab', 'sha256:ab ']) {
      expect(read(unfit), unfit).to.deep.equal([undefined, [{ reason: 'selector-empty', about }]])
    }
  })

  it('says why a body cannot be read, and survives', () => {
    const [made] = gatherExchange(using(training), exchangeOf({ body: { commit: 'c' } }, { body: '{"a":1,"a":2}' }))
    expect(made?.gaps[0]).to.deep.equal({ reason: 'body-unparsed', about: 'response body: duplicate keys' })
  })
})
