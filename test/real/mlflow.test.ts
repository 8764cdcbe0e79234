// A real MLflow 3 and a real S3 with their unmodified clients, once directly and once through the gateway.
import { createHash } from 'node:crypto'
import { expect } from 'chai'
import type { GraphNode, Page, Subgraph } from '../../lineage/ports.js'
import { asked, expectAllPassed, expectSameSeen, type ClientRun } from './support/client-run.js'
import { runTracking, volatile } from './support/tracking.js'

describe('a real MLflow with scikit-learn and S3', () => {
  let direct: ClientRun
  let through: ClientRun

  before('directly', async () => {
    direct = await runTracking('training.py', { gateway: false })
  })
  before('through the gateway', async () => {
    through = await runTracking('training.py', { gateway: true })
  })
  after(() => through.waybill?.stop())

  it('gives the clients the same through the gateway as directly', () => {
    expect(through.answer.got).to.deep.equal(direct.answer.got)
    expectSameSeen(direct, through, volatile)
  })

  it('passes every byte and every field in both directions, but for the named ones', () => {
    expectAllPassed(through)
  })

  it('has the model version from the run, from the data set, from the object version current while it was logged', async () => {
    const { run: runId = '', model, digest } = through.answer.ids
    const version = 'model:tracking/churn@1'
    const { edges, nodes, gaps } = await asked<Subgraph>(through, `custody/${encodeURIComponent(version)}`)
    const chain = [version, `training-run:tracking/${runId}`, `dataset:train@${digest}`, trained(through)]
    const steps = chain.slice(1).map((to, at) => edges.find((edge) => edge.from === chain[at] && edge.to === to))
    expect(steps.map((step) => [step?.kind, step?.role, step?.by])).to.deep.equal([
      ['generated', 'model-version', 'observed'],
      ['used', 'training', 'observed'],
      ['derived', 'load', 'name-at-time'],
    ])
    const ids = nodes.map(({ id }) => id)
    expect(ids).to.include.members([`logged-model:tracking@${model}`])
    const named = gaps.map(({ reason, at }) => `${reason} ${at}`)
    expect(named).to.deep.equal(['version-unknown object:s3://lake/elsewhere.csv'])
  })

  it('knows who ran it, when, and with what', async () => {
    const id = `training-run:tracking/${through.answer.ids.run}`
    const { nodes, edges } = await asked<Subgraph>(through, `custody/${encodeURIComponent(id)}`)
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
    const { items } = await asked<Page<GraphNode>>(through, 'entities?type=artifact&limit=100')
    const digests = items.map(({ version }) => version)
    expect(
      uploads.map(({ body }) => `sha256:${sha256(body)}`).filter((digest) => !digests.includes(digest)),
    ).to.deep.equal([])
    const names = items.map(({ name }) => name.split('/artifacts/')[1])
    expect(names).to.include.members(['MLmodel', 'model.pkl', 'notes/größe 1.txt'])
  })

  it('has a record of every exchange', async () => {
    const { items } = await asked<Page<unknown>>(through, 'exchanges?limit=1000')
    expect(items).to.have.length(through.inside.length)
  })
})

/** The object version that the client read before it trained. */
function trained({ inside }: ClientRun): string {
  const put = inside.filter(({ method, target }) => method === 'PUT' && target === '/lake/train.csv').at(-1)
  return `object:s3://lake/train.csv@${createHash('md5')
    .update(put?.body ?? '')
    .digest('hex')}`
}

function sha256(data: Buffer): string {
  return createHash('sha256').update(data).digest('hex')
}
