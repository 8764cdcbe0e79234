// Files that MLflow's client sends to the store in parts and reads from it (recorded: test/golden/mlflow/multipart.json).
import { expect } from 'chai'
import {
  createTestGraph,
  edgesOf,
  exchangeId,
  factsOf,
  gapsOf,
  generated,
  type TestGraph,
} from '../../support/graphs.js'
import { gatherNamed, observed, recordedTraffic, start } from './recorded-traffic.js'
import { gatherer } from './tracking.js'

const traffic = recordedTraffic('mlflow/multipart.json')
const placeOf = (part: string) => traffic.findIndex(({ name }) => name.startsWith(part))
const exchange = (part: string) => traffic[placeOf(part)]!
const call = (part: string) => `service-call:${exchangeId(placeOf(part))}`
const [, runId = ''] = /"run_id": "([0-9a-f]{32})"/.exec(exchange('POST runs/create').answer) ?? []
const run = `training-run:tracking/${runId}`
const key = `1/${runId}/artifacts/deep/model/weights é.bin`
const artifact = `artifact:mlflow-artifacts://tracking/${key}`
const object = `object:s3://artifacts/root/${key}`
/** the ETag that the store gave the whole; read off its own answer */
const whole = '93a07c6a32818cee7725691713bf5202-2'
const [, upload = ''] = /"upload_id": "([^"]+)"/.exec(exchange('POST mpu/create').answer) ?? []

describe('gatherers/mlflow: files sent in parts', () => {
  let graph: TestGraph
  beforeEach(() => {
    graph = createTestGraph()
    graph.add(...traffic.map(({ name }, at) => factsOf(at, gatherNamed(gatherer, traffic, name).facts)))
  })
  afterEach(() => graph.close())

  it('are one entity when they are complete, under the name that the client reads them by', () => {
    const edges = edgesOf(graph.up(`${artifact}@${whole}`))
    expect(edges).to.include.members([
      `${artifact}@${whole} generated ${call('POST mpu/complete')}`,
      `${call('POST mpu/complete')} informed-by ${run}`,
      `${call('POST mpu/complete')} informed-by multipart-upload:s3://artifacts/root/${key}#${upload}`,
      `multipart-upload:s3://artifacts/root/${key}#${upload} informed-by ${call('POST mpu/create')}`,
    ])
    const [read] = edgesOf(graph.up(call('GET presigned'))).filter((edge) => edge.includes(' used '))
    expect(read).to.equal(`${call('GET presigned')} used ${artifact}@${whole} (name-at-time)`)
  })

  it('are derived from the object that the store made of them, or the gap says that nobody saw it', () => {
    expect(gapsOf(graph.up(`${artifact}@${whole}`))).to.deep.equal([`version-unknown ${object}`])
    const stored = { ...generated(0, 'service-call:stored', `${object}@v7`), time: start as never }
    graph.add(factsOf(900, [stored]))
    expect(edgesOf(graph.up(`${artifact}@${whole}`))).to.include.members([
      `${artifact}@${whole} derived ${object}@v7 (name-at-time)`,
      `${object}@v7 generated service-call:stored`,
    ])
    expect(gapsOf(graph.up(`${artifact}@${whole}`))).to.deep.equal([])
  })

  it('are nothing where the upload is given up or fails', () => {
    const complete = exchange('POST mpu/complete')
    const given = { ...complete, target: complete.target.replace('mpu/complete', 'mpu/abort') }
    for (const one of [given, { ...complete, status: 500 }]) {
      expect(gatherer.gather(observed(one, 1))).to.deep.include({ facts: [], gaps: [] })
    }
  })

  it('have no version of their own where the ETags are not what plain parts have', () => {
    const complete = exchange('POST mpu/complete')
    const body = (complete.body ?? '').replaceAll(/\\"[0-9a-f]{32}\\"/g, '\\"encrypted\\"')
    const { facts } = gatherer.gather(observed({ ...complete, body, bytes: body.length }, 1))
    expect(facts.find(({ kind }) => kind === 'generated')).to.deep.include({
      entity: {
        type: 'artifact',
        name: `mlflow-artifacts://tracking/${key}`,
        producer: { activity: { type: 'service-call', id: exchangeId(1) }, output: key },
      },
    })
  })

  it('belong to their logged model, whatever path the file had on the client’s disk', () => {
    const complete = exchange('POST mpu/complete')
    const model = `m-${'a'.repeat(32)}`
    const target = complete.target.replace(/1\/.*$/, `1/models/${model}/artifacts`)
    const body = (complete.body ?? '').replace('"weights \\u00e9.bin"', '"/home/ada/weights.bin"')
    const { facts } = gatherer.gather(observed({ ...complete, target, body, bytes: body.length }, 1))
    expect(facts.find(({ kind }) => kind === 'member-of')).to.deep.include({
      entity: {
        type: 'artifact',
        name: `mlflow-artifacts://tracking/1/models/${model}/artifacts/weights.bin`,
        version: whole,
      },
      collection: { type: 'logged-model', name: 'tracking', version: model },
    })
  })

  it('name no object where the store is not S3', () => {
    const complete = exchange('POST mpu/complete')
    const body = (complete.body ?? '').replaceAll(
      /"url": "[^"]*"/g,
      '"url": "https://a.blob.core.windows.net/c/b?comp=block"',
    )
    const { facts } = gatherer.gather(observed({ ...complete, body, bytes: body.length }, 1))
    expect(facts.filter(({ kind }) => kind === 'derived')).to.deep.equal([])
  })
})
