// Files that MLflow's own pages show and upload (recorded: test/golden/mlflow/pages.json).
import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { everyTenant } from '../../../core/tenant.js'
import { createTestGraph, edgesOf, exchangeId, factsOf, gapsOf, type TestGraph } from '../../support/graphs.js'
import { gatherNamed, observed, recordedTraffic } from './recorded-traffic.js'
import { gatherer } from './tracking.js'

const traffic = recordedTraffic('mlflow/pages.json')
const placeOf = (name: string) => traffic.findIndex((one) => one.name === name)
const exchange = (name: string) => traffic[placeOf(name)]!
const call = (name: string) => `service-call:${exchangeId(placeOf(name))}`
const made = (name: string, changes: object = {}) => gatherer.gather(observed({ ...exchange(name), ...changes }, 1))
const [runId = ''] = /[0-9a-f]{32}/.exec(exchange('POST runs/create').answer) ?? []
const [modelId = ''] = /m-[0-9a-f]{32}/.exec(exchange('POST logged-models').answer) ?? []
const run = `training-run:tracking/${runId}`
const atRoot = (path: string) => `artifact:mlflow-artifacts://tracking/1/${path}`
const sha256 = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`

describe('gatherers/mlflow: files of its pages', () => {
  let graph: TestGraph
  before(() => {
    graph = createTestGraph()
    graph.add(...traffic.map(({ name }, at) => factsOf(at, gatherNamed(gatherer, traffic, name).facts)))
  })
  after(() => graph.close())
  const up = (root: string) => edgesOf(graph.up(root))

  it('are what the run’s client sent, when one looks at it', () => {
    const file = `${atRoot(`${runId}/artifacts/plots/roc é.txt`)}@${sha256('a curve')}`
    expect(up(call('GET get-artifact'))).to.include.members([
      `${call('GET get-artifact')} used ${file}`,
      `${call('GET get-artifact')} informed-by ${run}`,
      `${file} generated ${call('PUT artifacts')}`,
    ])
    expect(gapsOf(graph.up(call('GET get-artifact')))).to.deep.equal([])
  })

  it('are what a client reads, once somebody has uploaded them', () => {
    const file = `${atRoot(`${runId}/artifacts/notes/today.txt`)}@${sha256('fine so far')}`
    expect(up(call('GET artifacts uploaded'))).to.include.members([
      `${call('GET artifacts uploaded')} used ${file}`,
      `${file} generated ${call('POST upload-artifact')}`,
      `${call('POST upload-artifact')} informed-by ${run}`,
    ])
    expect(made('POST upload-artifact').facts.find(({ kind }) => kind === 'described')).to.deep.include({
      facet: 'artifact',
      value: { size: 11 },
    })
  })

  it('are of their logged model, or of the version that is looked at', () => {
    const model = `logged-model:tracking@${modelId}`
    const file = `${atRoot(`models/${modelId}/artifacts/MLmodel`)}@${sha256('flavors: {}\n')}`
    expect(up(call('GET model file shown'))).to.include.members([
      `${call('GET model file shown')} used ${file}`,
      `${call('GET model file shown')} used ${model}`,
      `${model} member-of ${file}`,
      `${file} generated ${call('PUT model file')}`,
      `${model} generated ${run}`,
    ])
    const version = 'model:tracking/churn@1'
    const looked = call('GET version file shown')
    expect(up(looked)).to.include.members([`${looked} used ${version}`, `${version} derived ${model}`])
    expect(gapsOf(graph.up(looked))).to.deep.equal([])
    expect(made('GET version file shown').facts.find(({ kind }) => kind === 'described')).to.deep.include({
      facet: 'artifact',
      value: { path: 'MLmodel', digest: sha256('flavors: {}\n') },
    })
  })

  it('are one thing each in lists, and nothing that was never seen', () => {
    const { items } = graph.store.list({ type: 'artifact', limit: 100 }, everyTenant)
    const paths = ['plots/roc é.txt', 'notes/today.txt'].map((path) => atRoot(`${runId}/artifacts/${path}`))
    const names = items.map(({ id }) => id.replace(/@.*/, ''))
    expect(names).to.have.members([...paths, atRoot(`models/${modelId}/artifacts/MLmodel`)])
    expect(graph.store.coverage(everyTenant).flatMap(({ unseen }) => unseen)).to.deep.equal([])
  })

  it('are called the same below any prefix, by either word for the run', () => {
    const used = (target: string) => {
      const fact = made('GET get-artifact', { target }).facts.find(({ kind }) => kind === 'used')
      return fact?.kind === 'used' ? fact.entity.name : undefined
    }
    const name = `runs://tracking/${runId}/a b`
    expect(used(`/get-artifact?path=a+b&run_uuid=${runId}`)).to.equal(name)
    expect(used(`/mlflow/ui/get-artifact?run_uuid=none&path=a%20b&run_id=${runId}`)).to.equal(name)
    expect(used(`/ajax-api/2.0/mlflow/get-artifact?path=a%20b&run_id=&run_uuid=${runId}`)).to.equal(name)
    for (const target of [
      '/get-artifact',
      `/get-artifact?run_uuid=${runId}`,
      '/get-artifact?path=a',
      '/get-artifacts',
    ]) {
      expect(made('GET get-artifact', { target }), target).to.deep.include({ facts: [], gaps: [] })
    }
  })

  it('have no version where the whole did not pass, and are nothing where they are not there', () => {
    const { facts, gaps } = made('GET get-artifact', { status: 206 })
    expect(facts.find(({ kind }) => kind === 'used')).to.deep.include({
      entity: { type: 'artifact', name: `runs://tracking/${runId}/plots/roc é.txt` },
      by: 'name-at-time',
    })
    expect(gaps).to.deep.equal([{ reason: 'digest-skipped', about: 'artifact plots/roc é.txt' }])
    expect(made('GET get-artifact missing')).to.deep.include({ facts: [], gaps: [] })
    const unknown = observed(exchange('POST upload-artifact'), 1, { response: null, error: 'WB_UPSTREAM_TIMEOUT' })
    expect(gatherer.gather(unknown).gaps.map(({ reason }) => reason)).to.deep.equal(['version-unknown'])
  })
})
