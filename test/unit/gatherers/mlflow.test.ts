// The mlflow gatherer on recorded traffic of MLflow 3's Python client with its server.
import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { mlflowGatherer } from '../../../gatherers/mlflow/mlflow.js'
import { sourceOf } from '../../../gatherers/mlflow/inputs.js'
import type { Fact, FactKind } from '../../../lineage/model/fact.js'
import { activityId, entityId } from '../../../lineage/model/node-id.js'
import { gatherNamed, observed, recordedTraffic, start, type RecordedTraffic } from './recorded-traffic.js'
import { context, gatherer } from './tracking.js'

const traffic = recordedTraffic('mlflow/client.json')
const made = (name: string) => gatherNamed(gatherer, traffic, name)

type Of<K extends FactKind> = Extract<Fact, { kind: K }>
const all = <K extends FactKind>(facts: readonly Fact[], kind: K): Of<K>[] =>
  facts.filter((fact): fact is Of<K> => fact.kind === kind)
function only<K extends FactKind>(facts: readonly Fact[], kind: K): Of<K> {
  const found = all(facts, kind)
  expect(found, kind).to.have.length(1)
  return found[0]!
}
const placeOf = (name: string) => traffic.findIndex((one) => one.name === name)
const exchange = (name: string) => traffic[placeOf(name)]!
const message = (name: string) => JSON.parse(exchange(name).answer) as Record<string, { info: Record<string, string> }>
const runId = message('run-create')['run']!.info['run_id']!
const modelId = message('logged-model-create')['model']!.info['model_id']!
const run = `training-run:tracking/${runId}`
const model = `logged-model:tracking@${modelId}`

describe('gatherers/mlflow: runs', () => {
  it('makes a run an activity with user, experiment, start and the call that created it', () => {
    const { facts, gaps } = made('run-create')
    expect(gaps).to.deep.equal([])
    const state = only(facts, 'state')
    expect(activityId(state.activity)).to.equal(run)
    expect([state.phase, state.startedAt]).to.deep.equal(['RUNNING', 1_795_457_859_803_000])
    const users = all(facts, 'attributed-to').filter(({ subject }) => activityId(subject.ref as never) === run)
    expect(users.map(({ agent, by }) => [agent.id, by])).to.deep.equal([['root', 'asserted']])
    expect(entityId(only(facts, 'associated-with').plan)).to.equal('experiment:tracking@1')
    expect(only(facts, 'informed-by').informant.type).to.equal('service-call')
    expect(all(facts, 'described').map(({ facet }) => facet)).to.include('tag.mlflow.source.name')
  })

  it('leaves a gap where it ends at a time that can not be kept', () => {
    const update = exchange('run-update')
    const answer = update.answer.replace('1795457867669', '253402300799000')
    const { facts, gaps } = gatherer.gather(observed({ ...update, answer }, placeOf('run-update')))
    const state = all(facts, 'state').at(-1)
    expect(state).to.include({ phase: 'COMPLETE' }).and.not.have.property('endedAt')
    expect(gaps).to.deep.equal([
      { reason: 'body-unparsed', about: `end_time of run ${runId}: not a time that can be kept` },
    ])
  })

  it('ends it with its phase and time', () => {
    const [before, state, told] = all(made('run-update').facts, 'state')
    const start = 1_795_457_859_803_000
    expect(before).to.include({ phase: 'RUNNING', time: start, startedAt: start }).and.not.have.property('endedAt')
    expect(state).to.include({ phase: 'COMPLETE', endedAt: 1_795_457_867_669_000, time: 1_795_457_867_669_000 })
    expect(told).to.deep.equal({
      ...state,
      time: observed(exchange('run-update'), placeOf('run-update')).record.headAt,
    })
    const failed = exchange('run-update')
    for (const [status, phase] of [
      ['FAILED', 'FAIL'],
      ['KILLED', 'ABORT'],
    ] as const) {
      const answer = failed.answer.replace('FINISHED', status)
      const phases = all(gatherer.gather(observed({ ...failed, answer }, 1)).facts, 'state').map((one) => one.phase)
      expect(phases).to.deep.equal(['RUNNING', phase, phase])
    }
  })

  it('lets a run that goes on again be going on, whenever it had ended', () => {
    const resumed = exchange('run-update')
    const answer = resumed.answer.replace('FINISHED', 'RUNNING')
    const state = only(gatherer.gather(observed({ ...resumed, answer }, 1)).facts, 'state')
    expect(state.phase).to.equal('RUNNING')
    expect(state).to.not.have.property('endedAt')
  })

  it('knows nobody where the client knew no user', () => {
    const created = exchange('run-create')
    const answer = created.answer.replaceAll('"root"', '"unknown"')
    const { facts } = gatherer.gather(observed({ ...created, answer }, 1))
    expect(all(facts, 'attributed-to').map(({ agent }) => agent.id)).to.deep.equal(['sigv4:AKIAEXAMPLE'])
  })

  it('keeps parameters and metrics as facets', () => {
    const facets = [...made('log-batch').facts, ...made('log-metric').facts].flatMap((fact) =>
      fact.kind === 'described' ? [[fact.facet, fact.value]] : [],
    )
    expect(facets).to.deep.equal([
      ['param.C', '1.0'],
      ['param.solver', 'lbfgs'],
      ['metric.accuracy', { value: 1, step: 0 }],
    ])
  })

  it('makes a run that is read one snapshot, without guessing where its data came from', () => {
    const { facts } = made('run-get')
    expect(only(facts, 'used')).to.deep.include({ time: 1_795_457_859_803_000 })
    expect(entityId(only(facts, 'generated').entity)).to.equal(model)
    expect(all(facts, 'derived')).to.deep.equal([])
    const snapshot = all(facts, 'described').find(({ facet }) => facet === 'mlflow.run')?.value
    expect(snapshot).to.deep.include({ params: { C: '1.0', solver: 'lbfgs' }, metrics: { accuracy: 1 } })
  })

  it('reads parents and code versions from tags', () => {
    const body = JSON.stringify({
      run_id: runId,
      tags: [
        { key: 'mlflow.parentRunId', value: 'f'.repeat(32) },
        { key: 'mlflow.source.git.commit', value: 'abc' },
        { key: 'mlflow.source.name', value: 'train.py' },
      ],
    })
    const { facts } = gatherer.gather(observed({ ...exchange('log-batch'), body, bytes: body.length }, 1))
    expect(activityId(only(facts, 'informed-by').informant)).to.equal(`training-run:tracking/${'f'.repeat(32)}`)
    expect(entityId(only(facts, 'associated-with').plan)).to.equal('code:train.py@abc')
  })
})

describe('gatherers/mlflow: data sets', () => {
  it('makes a run use its data set, and derives that from the object current while it was logged', () => {
    const { facts } = made('log-inputs')
    const used = only(facts, 'used')
    expect([activityId(used.activity), entityId(used.entity), used.role]).to.deep.equal([
      run,
      'dataset:train@2b43b937',
      'training',
    ])
    const derived = only(facts, 'derived')
    expect(derived.source).to.deep.equal({ type: 'object', name: 's3://lake/train.csv' })
    expect(derived.by).to.equal('name-at-time')
    expect(derived.time).to.equal(start + traffic.indexOf(exchange('log-inputs')) * 1_000_000)
  })

  it('says what each was used for, as an evaluation does', () => {
    const tags = (value: string) => [{ key: 'mlflow.data.context', value }]
    const datasets = ['eval', ''].map((context) => ({ tags: tags(context), dataset: { name: 'd', digest: '1' } }))
    const body = JSON.stringify({ run_id: runId, datasets, models: [{ model_id: modelId }] })
    const { facts } = gatherer.gather(observed({ ...exchange('log-inputs'), body, bytes: body.length }, 1))
    expect(all(facts, 'used').map(({ role }) => role)).to.deep.equal(['eval', undefined, 'model'])
  })

  it('reads every kind of source that MLflow has', () => {
    const cases: readonly (readonly [object | string, string | undefined])[] = [
      [{ uri: 's3a://lake/a b.csv' }, 'object:s3://lake/a b.csv'],
      [{ uri: 's3://lake/k?versionId=v1' }, 'object:s3://lake/k@v1'],
      [{ url: 'https://example.org/d.csv' }, 'object:https://example.org/d.csv'],
      [{ uri: '/data/d.csv' }, 'object:/data/d.csv'],
      [{ path: 'dbfs:/delta', delta_table_version: 3 }, 'object:dbfs:/delta@3'],
      [{ delta_table_name: 'main.t', delta_table_version: 3 }, 'table:main.t@3'],
      [{ path: 'imdb', revision: 'r1', split: 'train' }, 'object:imdb@r1'],
      [{ tags: { 'mlflow.user': 'root' } }, undefined],
      ['no json', undefined],
    ]
    for (const [source, id] of cases) {
      const found = sourceOf(typeof source === 'string' ? source : JSON.stringify(source))
      expect(found === undefined ? undefined : entityId(found)).to.equal(id)
    }
  })
})

describe('gatherers/mlflow: models', () => {
  it('makes a logged model the run’s', () => {
    for (const name of ['logged-model-create', 'outputs', 'logged-model-ready']) {
      const { activity, entity } = only(made(name).facts, 'generated')
      expect([activityId(activity), entityId(entity)], name).to.deep.equal([run, model])
    }
    const { activity, entity, role } = only(made('log-inputs-model').facts, 'used')
    expect(activityId(activity)).to.not.equal(run)
    expect([entityId(entity), role]).to.deep.equal([model, 'model'])
  })

  it('makes a registered version the run’s too, derived from the logged model', () => {
    const { facts } = made('model-version-create')
    const version = 'model:tracking/churn@1'
    const { activity, entity } = only(facts, 'generated')
    expect([activityId(activity), entityId(entity)]).to.deep.equal([run, version])
    expect(entityId(only(facts, 'derived').source)).to.equal(model)
    expect(entityId(only(facts, 'specialization-of').general)).to.equal('registered-model:tracking@churn')
  })

  it('follows aliases: each setting is a version of the alias, derived from the model version', () => {
    const alias = 'model-alias:tracking/churn/champion'
    for (const name of ['alias-set', 'registered-model-get', 'alias-get']) {
      const { entity, source } = all(made(name).facts, 'derived').find(
        ({ transformation }) => transformation === 'alias',
      )!
      expect([entityId(entity), entityId(source)], name).to.deep.equal([`${alias}@1`, 'model:tracking/churn@1'])
    }
    const { entity, by } = only(made('alias-get').facts, 'used')
    expect([entityId(entity), by]).to.deep.equal([`${alias}@1`, 'name-at-time'])
    expect(entityId(only(made('alias-delete').facts, 'invalidated').entity)).to.equal(alias)
  })

  it('makes a version that is read not younger than it is', () => {
    const read = exchange('alias-get')
    const answer = read.answer.replace(/("creation_timestamp": )\d+/, `$1${start / 1000 - 5}`)
    const { time } = only(gatherer.gather(observed({ ...read, answer }, 7)).facts, 'generated')
    expect(time).to.equal(start - 5000)
  })

  it('makes a call that asks for a version’s files use that version', () => {
    const { activity, entity } = only(made('download-uri').facts, 'used')
    expect([activity.type, entityId(entity)]).to.deep.equal(['service-call', 'model:tracking/churn@1'])
  })
})

describe('gatherers/mlflow: artifacts and everything else', () => {
  it('names an artifact by the SHA-256 of what passed, under its run or model', () => {
    const { facts } = made('artifact-put')
    const { entity } = only(facts, 'generated')
    expect(entity).to.deep.equal({
      type: 'artifact',
      name: `mlflow-artifacts://tracking/1/${runId}/artifacts/notes/hello é.txt`,
      digest: `sha256:${createHash('sha256').update('hello').digest('hex')}`,
    })
    expect(activityId(only(facts, 'informed-by').informant)).to.equal(run)
    const file = made('model-file-put').facts
    expect(entityId(only(file, 'member-of').collection)).to.equal(model)
    const read = all(made('model-file-get').facts, 'used').map((used) => entityId(used.entity))
    expect(read).to.deep.equal([entityId(only(file, 'generated').entity), model])
  })

  it('describes experiments, and is silent about listings, histories and what failed', () => {
    expect(only(made('experiment-create').facts, 'described')).to.include({ facet: 'name', value: 'churn' })
    for (const name of ['artifact-list', 'history', 'experiment-missing']) {
      expect(made(name), name).to.deep.include({ facts: [], gaps: [] })
    }
  })

  it('is silent about traces, their files, and GraphQL', () => {
    const put = exchange('artifact-put')
    const trace = `/api/2.0/mlflow-artifacts/artifacts/1/traces/tr-${'a'.repeat(32)}/artifacts/traces.json`
    for (const target of [
      '/v1/traces',
      '/graphql',
      '/api/3.0/mlflow/traces',
      '/ajax-api/2.0/mlflow/runs/search',
      trace,
    ]) {
      for (const [method, error] of [
        ['POST', null],
        ['PUT', null],
        ['PUT', 'WB_UPSTREAM_TIMEOUT'],
      ] as const) {
        const seen = observed({ ...put, method, target }, 1, error === null ? {} : { response: null, error })
        expect(gatherer.gather(seen), `${method} ${target}`).to.deep.include({ facts: [], gaps: [] })
      }
    }
    for (const path of ['/v1/traces', '/graphql']) expect(gatherer.applies('POST', path).yes, path).to.equal(false)
  })

  it('names two servers’ things apart, and keeps a configured name', () => {
    const named = mlflowGatherer.compile(mlflowGatherer.options.parse({ name: 'lab' }), context)
    const { entity } = only(gatherNamed(named, traffic, 'model-version-create').facts, 'generated')
    expect(entityId(entity)).to.equal('model:lab/churn@1')
  })

  it('names the registered models of two workspaces apart', () => {
    const idIn = (workspace: string, name: string, kind: 'generated' | 'invalidated') => {
      const fields = ['X-MLFLOW-WORKSPACE', workspace, ...exchange(name).fields]
      return entityId(only(gatherer.gather(observed({ ...exchange(name), fields }, 1)).facts, kind).entity)
    }
    expect(idIn('default', 'model-version-create', 'generated')).to.equal('model:tracking/churn@1')
    expect(idIn('team-a', 'model-version-create', 'generated')).to.equal('model:tracking/team-a/churn@1')
    expect(idIn('team-a', 'alias-delete', 'invalidated')).to.equal('model-alias:tracking/team-a/churn/champion')
    expect(idIn('team-a', 'logged-model-create', 'generated')).to.equal(model)
  })

  it('reads browsers’ paths and prefixes', () => {
    for (const path of ['/ajax-api/2.0/mlflow/', '/ml/api/2.0/preview/mlflow/']) {
      const target = exchange('log-inputs').target.replace('/api/2.0/mlflow/', path)
      expect(only(gatherer.gather(observed({ ...exchange('log-inputs'), target }, 1)).facts, 'used').role).to.equal(
        'training',
      )
    }
  })

  it('leaves a gap where a body cannot be read or an outcome is unknown', () => {
    const inputs = exchange('log-inputs')
    const reasons = (changed: RecordedTraffic, error?: string) =>
      gatherer
        .gather(observed(changed, 1, error === undefined ? {} : { response: null, error, outcome: 'failed' }))
        .gaps.map(({ reason }) => reason)
    expect(reasons({ ...inputs, body: '{"run_id": 1}', bytes: 13 })).to.include('body-unparsed')
    expect(reasons(inputs, 'WB_UPSTREAM_TIMEOUT')).to.deep.equal(['version-unknown'])
    expect(reasons(inputs, 'WB_UPSTREAM_REFUSED')).to.deep.equal([])
  })
})
