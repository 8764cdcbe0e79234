// A real MLflow 3 and a real S3 with their unmodified clients, once directly and once through the gateway.
import { createHash } from 'node:crypto'
import { expect } from 'chai'
import type { GraphNode, Page, Subgraph } from '../../lineage/ports.js'
import { startWaybill, type TestWaybill } from '../support/waybill.js'
import { addedToAnswers, differences, runLines, sideLines, type Volatile } from './support/comparison.js'
import { startFront, type SeenExchange } from './support/front.js'
import { runClient, startMlflow, startMoto } from './support/python.js'
import { accessKey, secretKey, verifySignature } from './support/sigv4.js'

interface Answer {
  readonly got: Readonly<Record<string, unknown>>
  readonly ids: Readonly<Record<'run' | 'model' | 'digest', string>>
}

interface Run {
  readonly answer: Answer
  readonly outside: readonly SeenExchange[]
  readonly inside: readonly SeenExchange[]
  readonly waybill: TestWaybill | undefined
}

/** Differs between any two runs, gateway or not. */
const volatile: Volatile = {
  fields: [
    'date',
    'last-modified',
    'etag',
    'x-amzn-requestid',
    'x-amz-date',
    'authorization',
    'amz-sdk-invocation-id',
    'amz-sdk-request',
    'host',
  ],
  patterns: [
    [/(?:m-)?[0-9a-f]{32}/g, 'id'],
    [/\b1[789]\d{11}\b/g, 'milliseconds'],
    [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\.\d+/g, 'time'],
  ],
}

const yaml = (tracking: string, store: string) => `
services: { tracking: { kind: mlflow, url: "${tracking}" }, store: { kind: s3, url: "${store}" } }
routes:
  - { name: tracking, service: tracking, match: { path: /api/* } }
  - { name: store, service: store, match: { path: /* } }
`

async function run(gateway: boolean): Promise<Run> {
  const [moto, mlflow] = await Promise.all([startMoto(), startMlflow()])
  const store = await startFront(moto.url, { guard: verifySignature })
  const tracking = await startFront(mlflow.url)
  const waybill = gateway ? await startWaybill(yaml(tracking.url, store.url)) : undefined
  const clients = [await startFront(waybill?.url ?? tracking.url), await startFront(waybill?.url ?? store.url)] as const
  try {
    const settings = { TRACKING: clients[0].url, STORE: clients[1].url, ACCESS_KEY: accessKey, SECRET_KEY: secretKey }
    const answer = await runClient<Answer>('training.py', settings)
    await waybill?.settled()
    const inside = [...tracking.seen, ...store.seen]
    return { answer, outside: clients.flatMap(({ seen }) => seen), inside, waybill }
  } finally {
    for (const front of [...clients, tracking, store]) await front.close()
    await Promise.all([moto.stop(), mlflow.stop()])
  }
}

describe('a real MLflow with scikit-learn and S3', () => {
  let direct: Run
  let through: Run

  before('directly', async () => {
    direct = await run(false)
  })
  before('through the gateway', async () => {
    through = await run(true)
  })
  after(() => through.waybill?.stop())

  it('gives the clients the same through the gateway as directly', () => {
    expect(through.answer.got).to.deep.equal(direct.answer.got)
    const [one, other] = [runLines(direct.outside, volatile, []), runLines(through.outside, volatile, addedToAnswers)]
    expect(differences(one, other).join('\n')).to.equal('')
  })

  it('passes every byte and every field in both directions, but for the named ones', () => {
    expect(differences(sideLines(through.outside), sideLines(through.inside)).join('\n')).to.equal('')
  })

  it('has the model version from the run, from the data set, from the object version current while it was logged', async () => {
    const { run: runId, model, digest } = through.answer.ids
    const version = 'model:tracking/churn@1'
    const { edges, nodes, gaps } = await asked<Subgraph>(through.waybill, `custody/${encodeURIComponent(version)}`)
    const chain = [version, `training-run:tracking/${runId}`, `dataset:train@${digest}`, trained(through)]
    const steps = chain.slice(1).map((to, at) => edges.find((edge) => edge.from === chain[at] && edge.to === to))
    expect(steps.map((step) => [step?.kind, step?.role, step?.by])).to.deep.equal([
      ['generated', 'model-version', 'observed'],
      ['used', 'training', 'observed'],
      ['derived', 'load', 'name-at-time'],
    ])
    const ids = nodes.map(({ id }) => id)
    expect(ids).to.include.members([`logged-model:tracking@${model}`, 'model-alias:tracking/churn@champion'])
    const named = gaps.map(({ reason, at }) => `${reason} ${at}`)
    expect(named).to.deep.equal(['version-unknown object:s3://lake/elsewhere.csv'])
  })

  it('knows who ran it, when, and with what', async () => {
    const id = `training-run:tracking/${through.answer.ids.run}`
    const { nodes, edges } = await asked<Subgraph>(through.waybill, `custody/${encodeURIComponent(id)}`)
    const facets = nodes.find((node) => node.id === id)?.facets
    expect(facets?.['state']).to.include({ phase: 'COMPLETE' })
    expect(facets).to.include({ 'param.C': '1.0', 'param.solver': 'lbfgs' })
    expect(edges.some(({ from, kind, by }) => from === id && kind === 'attributed-to' && by === 'asserted')).to.equal(
      true,
    )
  })

  it('names the files of the model by the SHA-256 of what passed, written and read', async () => {
    const uploads = through.inside.filter(
      ({ method, target }) => method === 'PUT' && target.includes('/mlflow-artifacts/'),
    )
    const { items } = await asked<Page<GraphNode>>(through.waybill, 'entities?type=artifact&limit=100')
    const digests = items.map(({ version }) => version)
    expect(
      uploads.map(({ body }) => `sha256:${sha256(body)}`).filter((digest) => !digests.includes(digest)),
    ).to.deep.equal([])
    const names = items.map(({ name }) => name.split('/artifacts/')[1])
    expect(names).to.include.members(['MLmodel', 'model.pkl', 'notes/größe 1.txt'])
  })

  it('has a record of every exchange', async () => {
    const { items } = await asked<Page<unknown>>(through.waybill, 'exchanges?limit=1000')
    expect(items).to.have.length(through.inside.length)
  })
})

/** The object version that the client read before it trained. */
function trained({ inside }: Run): string {
  const put = inside.filter(({ method, target }) => method === 'PUT' && target === '/lake/train.csv').at(-1)
  return `object:s3://lake/train.csv@${createHash('md5')
    .update(put?.body ?? '')
    .digest('hex')}`
}

function sha256(data: Buffer): string {
  return createHash('sha256').update(data).digest('hex')
}

function asked<T>(waybill: TestWaybill | undefined, path: string): Promise<T> {
  if (waybill === undefined) throw new Error('this run has no gateway')
  return waybill.query<T>(`/v1/${path}`)
}
