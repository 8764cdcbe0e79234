// What the graph knows of a model registry after a whole session of its client (recorded: test/golden/mlflow/registry.json).
import { expect } from 'chai'
import type { Micros, NodeId } from '../../../core/ids.js'
import { everyTenant } from '../../../core/tenant.js'
import type { Fact } from '../../../lineage/model/fact.js'
import { entityId } from '../../../lineage/model/node-id.js'
import { createTestGraph, edgesOf, exchangeId, factsOf, type TestGraph } from '../../support/graphs.js'
import { gatherNamed, observed, recordedTraffic, start, type RecordedTraffic } from './recorded-traffic.js'
import { gatherer } from './tracking.js'

const traffic = recordedTraffic('mlflow/registry.json')
const placeOf = (name: string) => traffic.findIndex((one) => one.name === name)
const exchange = (name: string): RecordedTraffic => traffic[placeOf(name)]!
/** when the exchange named `name` was answered, so many seconds later */
const answered = (name: string, seconds = 0) => (start + (placeOf(name) + seconds) * 1_000_000 + 1_000) as Micros
const call = (name: string) => `service-call:${exchangeId(placeOf(name))}`
const idOf = (name: string, pattern: RegExp) => pattern.exec(exchange(name).answer)![0]
const second = `training-run:tracking/${idOf('POST runs/create #3', /[0-9a-f]{32}/)}`
const first = `training-run:tracking/${idOf('POST runs/create', /[0-9a-f]{32}/)}`
const modelOne = `logged-model:tracking@${idOf('POST logged-models', /m-[0-9a-f]{32}/)}`

describe('gatherers/mlflow: a registry, from its client’s traffic to the graph', () => {
  let graph: TestGraph
  before(() => {
    graph = createTestGraph()
    const gathered = traffic.map(({ name }) => gatherNamed(gatherer, traffic, name))
    expect(gathered.flatMap(({ gaps }) => gaps)).to.deep.equal([])
    graph.add(...gathered.map(({ facts }, at) => factsOf(at, facts)))
  })
  after(() => graph.close())
  const up = (root: string, when = {}) => edgesOf(graph.up(root, when))

  describe('aliases', () => {
    const alias = 'model-alias:tracking/churn/champion'
    /** an answer of another service that only says `champion`, so many seconds after the exchange named */
    const served = (id: string, name: string, seconds: number): Fact => ({
      kind: 'used',
      activity: { type: 'inference', id },
      entity: { type: 'model-alias', name: 'tracking/churn/champion' },
      time: answered(name, seconds),
      by: 'name-at-time',
    })

    it('lead who asked for a version by alias to the version, its run and its data', () => {
      for (const [name, version, run] of [
        ['GET registered-models/alias', '1', first],
        ['GET registered-models/alias #2', '2', second],
      ] as const) {
        const edges = up(call(name))
        expect(edges).to.include.members([
          `${call(name)} used ${alias}@${version} (name-at-time)`,
          `${alias}@${version} derived model:tracking/churn@${version}`,
          `model:tracking/churn@${version} generated ${run}`,
        ])
        expect(edges.filter((edge) => edge.startsWith(`${call(name)} used`))).to.have.length(1)
      }
      expect(up(call('GET registered-models/alias'))).to.include(`${first} used dataset:train@a014e3ec`)
    })

    it('lead the download that follows to the model that the version came from', () => {
      const name = 'GET artifacts/1/models/<model>/artifacts/model.pkl'
      expect(up(call(name))).to.include.members([`${call(name)} used ${modelOne}`, `${modelOne} generated ${first}`])
    })

    it('name what they named at that time to whoever knows only the alias', () => {
      graph.add(
        factsOf(900, [
          served('early', 'POST registered-models/alias', 0.5),
          served('late', 'POST registered-models/alias #2', 0.5),
          served('never', 'POST registered-models/alias', -0.5),
          served('gone', 'DELETE registered-models/alias', 0.5),
        ]),
      )
      const used = (id: string) => up(`inference:${id}`).filter((edge) => edge.startsWith(`inference:${id} used`))
      expect(used('early')).to.deep.equal([`inference:early used ${alias}@1 (name-at-time)`])
      expect(used('late')).to.deep.equal([`inference:late used ${alias}@2 (name-at-time)`])
      expect(up('inference:late')).to.include(`model:tracking/churn@2 generated ${second}`)
      for (const id of ['never', 'gone']) {
        expect(used(id)).to.deep.equal([`inference:${id} used ${alias} (name-at-time)`])
        expect(graph.up(`inference:${id}`).gaps.map(({ reason }) => reason)).to.deep.equal(['version-unknown'])
      }
    })

    it('stand for what they name by now, and never as another name for good', () => {
      const asked = (name: string) => graph.up(alias, { asOf: answered(name) }).root
      expect(asked('POST registered-models/alias')).to.equal(`${alias}@1`)
      expect(asked('POST registered-models/alias #2')).to.equal(`${alias}@2`)
      const facts = traffic.flatMap(({ name }) => gatherNamed(gatherer, traffic, name).facts)
      const same = facts.flatMap((fact) => (fact.kind === 'alias-of' ? [fact.entity.type, fact.other.type] : []))
      expect(same.filter((type) => type !== 'artifact')).to.deep.equal([])
      expect(graph.store.node(`${alias}@2` as NodeId, everyTenant, {})?.facets['invalidated']).to.not.equal(undefined)
    })
  })

  describe('what changes and ends', () => {
    const facets = (id: string, when = {}) => graph.store.node(id as NodeId, everyTenant, when)?.facets ?? {}
    const before = (name: string) => ({ asOf: answered(name, -0.5) })
    const child = `training-run:tracking/${idOf('POST runs/create #2', /[0-9a-f]{32}/)}`
    const killed = `training-run:tracking/${idOf('POST runs/create #4', /[0-9a-f]{32}/)}`

    it('are stages, which end nothing', () => {
      const stage = (id: string, when = {}) => (facets(id, when)['mlflow'] as Record<string, unknown>)['stage']
      expect(stage('model:tracking/churn@1', before('POST model-versions/transition-stage'))).to.equal(undefined)
      expect(stage('model:tracking/churn@1')).to.equal('Staging')
      expect(stage('model:tracking/churn@2')).to.equal('Production')
      expect(facets('registered-model:tracking@churn')).to.deep.include({
        'stage.Production': { version: '2', others: 'Archived' },
      })
    })

    it('are tags, null once they are deleted', () => {
      for (const [id, tag, deleted, value] of [
        ['registered-model:tracking@churn', 'team', 'DELETE registered-models/delete-tag', 'a'],
        ['model:tracking/churn@1', 'checked', 'DELETE model-versions/delete-tag', 'yes'],
        ['experiment:tracking@1', 'topic', 'POST experiments/delete-experiment-tag', 'churn'],
        [child, 'fold', 'POST runs/delete-tag', '1'],
        [modelOne, 'draft', 'DELETE logged-models/<model>/tags/draft', 'yes'],
      ] as const) {
        expect([facets(id, before(deleted))[`tag.${tag}`], facets(id)[`tag.${tag}`]], id).to.deep.equal([value, null])
      }
    })

    it('is a renamed model: its versions go on under the new name, the old ones end', () => {
      const edges = up('model:tracking/leavers@2', before('DELETE registered-models/delete'))
      expect(edges).to.include.members([
        'model:tracking/leavers@2 derived model:tracking/churn@2',
        `model:tracking/leavers@2 generated ${second}`,
        'model:tracking/leavers@2 specialization-of registered-model:tracking@leavers',
        'registered-model:tracking@leavers derived registered-model:tracking@churn',
        `registered-model:tracking@leavers generated ${call('POST registered-models/rename')}`,
      ])
      const alias = 'model-alias:tracking/leavers/keep'
      expect(up(call('GET registered-models/alias #3'))).to.include(`${alias}@2 derived model:tracking/leavers@2`)
      const renamed = before('GET registered-models/alias #3')
      for (const id of [
        'registered-model:tracking@churn',
        'model-alias:tracking/churn/keep@2',
        'model:tracking/churn@2',
      ]) {
        expect(facets(id, before('POST registered-models/rename')), id).to.not.include.keys('invalidated')
        expect(facets(id, renamed), id).to.include.keys('invalidated')
      }
    })

    it('is a deleted version or model: it has ended, and is what it was', () => {
      for (const [id, name] of [
        ['model:tracking/leavers@1', 'DELETE model-versions/delete'],
        ['model:tracking/leavers@2', 'DELETE registered-models/delete'],
        ['registered-model:tracking@leavers', 'DELETE registered-models/delete'],
        [modelOne, 'DELETE logged-models/<model>'],
      ] as const) {
        expect(facets(id, before(name)), id).to.not.include.keys('invalidated')
        expect(facets(id, { asOf: answered(name) }), id).to.include.keys('invalidated')
        expect(edgesOf(graph.up(id, { asOf: answered(name) })), id).to.include(
          `${id} invalidated ${call(name)}${id === 'model:tracking/leavers@2' ? ' (name-at-time)' : ''}`,
        )
      }
      expect(up('model:tracking/leavers@2')).to.include(`model:tracking/leavers@2 generated ${second}`)
    })

    it('is a model made again under a deleted name, whose versions count from one again: both times tell them apart', () => {
      const version = 'model:tracking/leavers@1'
      const runs = (when = {}) => up(version, when).filter((edge) => edge.startsWith(`${version} generated`))
      expect(runs(before('POST model-versions/create #4'))).to.deep.equal([`${version} generated ${first}`])
      expect(runs()).to.deep.equal([`${version} generated ${first}`, `${version} generated ${second}`].sort())
      expect(facets(version)).to.not.include.keys('invalidated')
    })

    it('is a run: of two words about its end the later one stands, though it ended when it did', () => {
      const state = facets(killed)['state'] as Record<string, unknown>
      expect(facets(killed, before('POST runs/update #5'))['state']).to.deep.equal({ ...state, phase: 'ABORT' })
      expect(state['phase']).to.equal('FAIL')
      const again = observed(exchange('POST runs/update #4'), placeOf('POST runs/update #5') + 0.5)
      graph.add(factsOf(902, gatherer.gather(again).facts))
      expect(facets(killed)['state']).to.deep.equal({ ...state, phase: 'ABORT' })
    })

    it('are runs and experiments, which can be restored and are only described', () => {
      const stage = (id: string, name: string) => facets(id, { asOf: answered(name) })['mlflow.lifecycle']
      expect(stage(killed, 'POST runs/delete')).to.equal('deleted')
      expect(stage(killed, 'POST runs/restore')).to.equal('active')
      expect(stage('experiment:tracking@1', 'POST experiments/delete')).to.equal('deleted')
      expect(stage('experiment:tracking@1', 'POST experiments/restore')).to.equal('active')
      expect(facets('experiment:tracking@1')).to.include({ name: 'renamed', 'mlflow.artifacts': 'mlflow-artifacts:/1' })
    })
  })

  describe('models that are not registered yet', () => {
    const killed = `training-run:tracking/${idOf('POST runs/create #4', /[0-9a-f]{32}/)}`
    const legacyRun = idOf('POST runs/create #5', /[0-9a-f]{32}/)
    const legacy = `logged-model:tracking/${legacyRun}/model`

    it('have the parameters, tags and metrics that their run gave them, with the data set measured on', () => {
      const facets = graph.store.node(modelOne as NodeId, everyTenant, {})?.facets
      expect(facets).to.deep.include({
        'param.depth': '3',
        'tag.owner': 'ada',
        'metric.accuracy': { value: 0.5, step: 0, dataset: 'train@a014e3ec' },
        'metric.recall': { value: 1, step: 3 },
      })
      expect(graph.store.node(first as NodeId, everyTenant, {})?.facets).to.deep.include({
        'metric.recall': { value: 1, step: 3 },
      })
    })

    it('are what a run made, and what another one uses', () => {
      const two = `logged-model:tracking@${idOf('POST logged-models #2', /m-[0-9a-f]{32}/)}`
      expect(up(killed)).to.include.members([`${killed} used ${two}`, `${two} generated ${second}`])
    })

    it('lead a version that was registered from a run’s folder to what was logged there, and the run', () => {
      const uuid = /model_uuid\\": \\"([0-9a-f]{32})/.exec(exchange('POST runs/log-model').body ?? '')![1]!
      expect(up('model:tracking/legacy@1')).to.include.members([
        `model:tracking/legacy@1 derived ${legacy}@${uuid} (name-at-time)`,
        `${legacy}@${uuid} generated training-run:tracking/${legacyRun}`,
        `model:tracking/legacy@1 generated training-run:tracking/${legacyRun}`,
      ])
      expect(graph.up('model:tracking/legacy@1').gaps).to.deep.equal([])
    })

    it('of a folder logged twice are two: a version is of the one that was there when it was registered', () => {
      const logged = exchange('POST runs/log-model')
      const [at, uuid] = [placeOf('POST model-versions/create #5') + 0.5, 'f'.repeat(32)]
      const body = (logged.body ?? '').replace(/(model_uuid\\": \\")[0-9a-f]{32}/, `$1${uuid}`)
      graph.add(factsOf(901, gatherer.gather(observed({ ...logged, body }, at)).facts))
      expect(up('model:tracking/legacy@1').filter((edge) => edge.includes(uuid))).to.deep.equal([])
      expect(graph.up(legacy).root).to.equal(`${legacy}@${uuid}`)
    })

    it('may be at places that MLflow does not know', () => {
      const read = exchange('GET model-versions/get')
      const sourceOf = (source: string) => {
        const answer = read.answer.replace(/("source": )"[^"]*"/, `$1"${source}"`)
        const { facts } = gatherer.gather(observed({ ...read, answer }, 1))
        const derived = facts.flatMap((fact) =>
          fact.kind === 'derived' ? [`${entityId(fact.source)} ${fact.by}`] : [],
        )
        return derived.join()
      }
      const [id, run] = [`m-${'a'.repeat(32)}`, 'b'.repeat(32)]
      const cases: readonly (readonly [string, string])[] = [
        [`models:/${id}`, `logged-model:tracking@${id} observed`],
        ['models:/other/4', 'model:tracking/other@4 observed'],
        [`s3://store/1/models/${id}/artifacts`, `logged-model:tracking@${id} observed`],
        [`runs:/${run}/model`, `logged-model:tracking/${run}/model name-at-time`],
        [`s3://store/1/${run}/artifacts/deep/model/`, `logged-model:tracking/${run}/deep/model name-at-time`],
        ['s3a://elsewhere/churn/', 'object:s3://elsewhere/churn name-at-time'],
        ['', ''],
      ]
      for (const [source, expected] of cases) expect(sourceOf(source), source).to.equal(expected)
    })
  })

  describe('prompts', () => {
    /** what MLflow 3 answers when its client registers one */
    const registered = (source: string, tags: readonly object[]) => {
      const version = { name: 'greet', version: '1', current_stage: 'None', source, run_id: '', status: 'READY', tags }
      const answer = JSON.stringify({ model_version: version })
      return gatherer.gather(observed({ ...exchange('POST model-versions/create #5'), answer }, 903))
    }
    const tag = (value: string) => ({ key: 'mlflow.prompt.is_prompt', value })

    it('come from nothing but the call that registers them', () => {
      const { facts, gaps } = registered('prompt-template', [{ key: 'mlflow.prompt.text', value: 'Hi' }, tag('true')])
      const answer = JSON.stringify({ registered_model: { name: 'greet' } })
      const named = gatherer.gather(observed({ ...exchange('POST registered-models/create'), answer }, 904))
      graph.add(factsOf(904, named.facts), factsOf(903, facts))
      const made = `service-call:${observed(exchange('POST model-versions/create #5'), 903).record.id}`
      expect(up('model:tracking/greet@1')).to.include(`model:tracking/greet@1 generated ${made}`)
      expect([...gaps, ...graph.up('model:tracking/greet@1').gaps]).to.deep.equal([])
      expect(facts.map(({ kind }) => kind))
        .to.include('specialization-of')
        .and.not.include('derived')
    })

    it('are known by their tag or by the source that their client fills in', () => {
      const derived = (...said: Parameters<typeof registered>) =>
        registered(...said).facts.some(({ kind }) => kind === 'derived')
      expect(derived('anything', [tag('True')])).to.equal(false)
      expect(derived('prompt-template', [])).to.equal(false)
      expect(derived('s3://store/prompt-template', [tag('false')])).to.equal(true)
    })
  })
})
