// A registry on a real MLflow 3 with its unmodified client, once directly and once through the gateway: aliases, stages,
// deletions, names, logged models and what came before them.
import { expect } from 'chai'
import { fieldOf } from '../../core/exchange.js'
import type { Subgraph } from '../../lineage/ports.js'
import { asked, expectAllPassed, expectSameSeen, linesOf, type ClientRun } from './support/client-run.js'
import { runTracking, volatile } from './support/tracking.js'

/** The client authenticates; this server does not ask it to. */
const settings = { MLFLOW_TRACKING_USERNAME: 'ada', MLFLOW_TRACKING_PASSWORD: 'nightingale' }

describe('a real MLflow model registry', () => {
  let direct: ClientRun
  let through: ClientRun

  before('directly', async () => {
    direct = await runTracking('registry.py', { gateway: false, settings })
  })
  before('through the gateway', async () => {
    through = await runTracking('registry.py', { gateway: true, settings })
  })
  after(() => through.waybill?.stop())

  /** Edges of the custody of a node or exchange, as `from kind to`. */
  const custody = async (id: string) => {
    return linesOf(await asked<Subgraph>(through, `custody/${encodeURIComponent(id)}`))
  }
  /** Ids that the gateway gave to the exchanges of that method whose target has `part`, in their order. */
  const exchanges = (method: string, part: string) =>
    through.outside
      .filter((one) => one.method === method && one.target.includes(part))
      .map(({ answerFields }) => fieldOf(answerFields, 'waybill-exchange') ?? '')

  it('gives the client the same through the gateway as directly', () => {
    expect(through.answer.got).to.deep.equal(direct.answer.got)
    expectSameSeen(direct, through, volatile)
  })

  it('passes every byte and every field in both directions, but for the named ones', () => {
    expectAllPassed(through)
  })

  it('leads each use of an alias to the version that it named at that time, its run and its data', async () => {
    const { first, second, digest } = through.answer.ids
    const asks = exchanges('GET', 'registered-models/alias?name=churn&')
    expect(asks).to.have.length(2)
    for (const [at, run] of [first, second].entries()) {
      const edges = await custody(asks[at] ?? '')
      const alias = `model-alias:tracking/churn/champion@${at + 1}`
      const version = `model:tracking/churn@${at + 1}`
      const steps = [`${alias} derived ${version}`, `${version} generated training-run:tracking/${run}`]
      expect(edges).to.include.members(steps)
      expect(edges.filter((edge) => edge.endsWith(alias))).to.deep.equal([`service-call:${asks[at]} used ${alias}`])
    }
    expect(await custody(asks[0] ?? '')).to.include(`training-run:tracking/${first} used dataset:train@${digest}`)
  })

  it('leads each download of a model’s file to the model and its run', async () => {
    const { first, one } = through.answer.ids
    const [download] = exchanges('GET', `models/${one}/artifacts/model.pkl`)
    const model = `logged-model:tracking@${one}`
    expect(await custody(download ?? '')).to.include.members([
      `service-call:${download} used ${model}`,
      `${model} generated training-run:tracking/${first}`,
    ])
  })

  it('knows what ended, under which name it went on, and what was only described', async () => {
    const { bad, one, second } = through.answer.ids
    const facetsOf = async (id: string) => {
      const { root, nodes } = await asked<Subgraph>(through, `custody/${encodeURIComponent(id)}`)
      return nodes.find((node) => node.id === root)?.facets ?? {}
    }
    for (const id of ['registered-model:tracking@churn', `logged-model:tracking@${one}`, 'model:tracking/churn@2']) {
      expect(await facetsOf(id), id).to.include.keys('invalidated')
    }
    expect(await custody('model:tracking/leavers@2')).to.include.members([
      'model:tracking/leavers@2 derived model:tracking/churn@2',
      `model:tracking/leavers@2 generated training-run:tracking/${second}`,
    ])
    expect((await facetsOf('model:tracking/churn@2'))['mlflow']).to.include({ stage: 'Production' })
    expect((await facetsOf(`training-run:tracking/${bad}`))['mlflow.lifecycle']).to.equal('active')
    expect(await facetsOf('experiment:tracking@1')).to.deep.include({ name: 'renamed', 'tag.topic': null })
  })

  it('leads a version back to its run and data, whether MLflow 3 or a client before it logged the model', async () => {
    const { first, one, digest, legacy, bad, two, second } = through.answer.ids
    const run = `training-run:tracking/${first}`
    expect(await custody('model:tracking/churn@1')).to.include.members([
      `model:tracking/churn@1 derived logged-model:tracking@${one}`,
      `logged-model:tracking@${one} generated ${run}`,
      `${run} used dataset:train@${digest}`,
    ])
    const id = 'model:tracking/legacy@1'
    const edges = await custody(id)
    const logged = new RegExp(`${id} derived (logged-model:tracking/${legacy}/model@[0-9a-f]{32})`)
    const folder = logged.exec(edges.join('\n'))?.[1]
    expect(edges).to.include.members([
      `${folder} generated training-run:tracking/${legacy}`,
      `${id} generated training-run:tracking/${legacy}`,
    ])
    const killed = `training-run:tracking/${bad}`
    expect(await custody(killed)).to.include.members([
      `${killed} used logged-model:tracking@${two}`,
      `logged-model:tracking@${two} generated training-run:tracking/${second}`,
    ])
  })

  it('has the parameters and metrics of a logged model at that model', async () => {
    const { one, digest } = through.answer.ids
    const id = encodeURIComponent(`logged-model:tracking@${one}`)
    const { root, nodes } = await asked<Subgraph>(through, `custody/${id}`)
    expect(nodes.find((node) => node.id === root)?.facets).to.deep.include({
      'param.depth': '3',
      'tag.draft': null,
      'metric.accuracy': { value: 0.5, step: 0, dataset: `train@${digest}` },
    })
  })

  it('knows of each run its parent, its end, and who ran it by their credentials and by the client’s word', async () => {
    const { first, child, bad } = through.answer.ids
    const run = (id: string | undefined) => `training-run:tracking/${id}`
    const { root, nodes, edges } = await asked<Subgraph>(through, `custody/${encodeURIComponent(run(child))}`)
    const lines = edges.map(({ from, kind, to, by }) => `${from} ${kind} ${to} ${by}`)
    expect(lines).to.include(`${run(child)} informed-by ${run(first)} observed`)
    const made = edges.find(({ from, kind, to }) => from === run(child) && kind === 'informed-by' && to !== run(first))
    expect(lines).to.include(`${made?.to} attributed-to agent:basic:ada asserted`)
    const users = edges.filter(({ from, kind }) => from === run(child) && kind === 'attributed-to')
    expect(users.map(({ by }) => by)).to.deep.equal(['asserted'])
    expect(nodes.find(({ id }) => id === root)?.facets).to.deep.include({ 'param.b': 'two', 'tag.fold': null })
    const failed = await asked<Subgraph>(through, `custody/${encodeURIComponent(run(bad))}`)
    expect(failed.nodes.find(({ id }) => id === failed.root)?.facets['state']).to.include({ phase: 'FAIL' })
  })

  it('makes no facts of looking around', async () => {
    for (const part of ['runs/search', 'registered-models/search', 'model-versions/search', 'logged-models/search']) {
      const ids = through.outside.filter(({ target }) => target.includes(part))
      expect(ids, part).to.not.have.length(0)
      for (const { answerFields } of ids) {
        const id = fieldOf(answerFields, 'waybill-exchange') ?? ''
        const { edges, gaps } = await asked<Subgraph>(through, `custody/${id}`)
        expect([edges, gaps.map(({ reason }) => reason)], part).to.deep.equal([[], ['not-gathered']])
      }
    }
  })
})
