// A real S3 (moto) with boto3 as it addresses buckets by host, posts forms, streams with trailers and queries objects.
import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { fieldOf, type ExchangeRecord } from '../../core/exchange.js'
import type { GraphNode, Page, Subgraph } from '../../lineage/ports.js'
import { dechunked } from './support/aws-chunked.js'
import { asked, expectAllPassed, expectSameSeen, type ClientRun } from './support/client-run.js'
import { runStore, volatile } from './support/store-runs.js'

const client = {
  script: 'styles.py',
  yaml: (store: string) => `
services: { store: { kind: s3, url: "${store}" } }
routes:
  - name: buckets
    match: { host: "*.s3.localhost" }
    service: store
    record: { mode: required, wait: 10s }
    gather: [{ use: s3, with: { hosts: [s3.localhost] } }]
  - { name: paths, match: { path: /* }, service: store }
`,
}

describe('a real S3 with boto3: buckets in hosts, forms, streams, queries', () => {
  let direct: ClientRun
  let through: ClientRun

  before('directly', async () => {
    direct = await runStore(client, false)
  })
  before('through the gateway', async () => {
    through = await runStore(client, true)
  })
  after(() => through.waybill?.stop())

  const custody = (node: string): Promise<Subgraph> => asked(through, `custody/${encodeURIComponent(node)}`)
  const named = async (name: string) => {
    const { items } = await asked<Page<GraphNode>>(through, `entities?type=object&limit=100`)
    return items.filter((one) => one.name === `s3://lake/${name}`)
  }

  it('gives the client the same through the gateway as directly', () => {
    expect(through.answer.got).to.deep.equal(direct.answer.got)
    expectSameSeen(direct, through, volatile)
    expectAllPassed(through)
  })

  it('routes by the host that names the bucket, and records every exchange', async () => {
    const { items } = await asked<Page<ExchangeRecord>>(through, 'exchanges?limit=1000')
    expect(items).to.have.length(through.inside.length)
    const routes = through.inside.map(({ fields }) =>
      /^lake\.s3\.localhost:\d+$/.test(fieldOf(fields, 'host') ?? '') ? 'buckets' : 'paths',
    )
    expect(new Set(routes)).to.deep.equal(new Set(['buckets', 'paths']))
    expect(items.map(({ route }) => route).sort()).to.deep.equal(routes.sort())
  })

  it('names objects by bucket and key where the bucket is in the host, and keeps opaque keys apart', async () => {
    for (const key of Object.keys(through.answer.got['keys'] as object)) {
      const [object, ...others] = await named(key)
      expect(others, key).to.deep.equal([])
      expect(object?.version, key).to.equal(hash('md5', `content of ${key}`))
      expect(object?.facets, key).to.deep.include({ digests: [`sha256:${hash('sha256', `content of ${key}`)}`] })
    }
    const copied = await custody(`object:s3://lake/copied@${hash('md5', 'content of a//b')}`)
    expect(copied.edges.map(({ kind, to }) => `${kind} ${to}`)).to.include(
      `derived object:s3://lake/a//b@${hash('md5', 'content of a//b')}`,
    )
  })

  it('gives a stream the digest of what it carried, never of its frames', async () => {
    const streams = through.inside.filter(
      ({ method, fields }) => method === 'PUT' && fieldOf(fields, 'content-encoding') === 'aws-chunked',
    )
    expect(new Set(streams.map(({ fields }) => fieldOf(fields, 'x-amz-content-sha256')))).to.deep.equal(
      new Set(['STREAMING-UNSIGNED-PAYLOAD-TRAILER']),
    )
    for (const name of ['small', 'sha256', 'large']) {
      const put = streams.find(({ target }) => target === `/lake/streams/${name}`)
      if (put === undefined) throw new Error(`no stream ${name}`)
      const { content } = dechunked(put.body)
      const [object, ...others] = await named(`streams/${name}`)
      expect(others, name).to.deep.equal([])
      expect(object?.version, name).to.equal(hash('md5', content))
      expect(object?.facets['digests'], name).to.deep.equal([`sha256:${hash('sha256', content)}`])
      expect(object?.facets['object'], name).to.include({ size: content.length })
    }
    const [parts] = await named('streams/parts')
    expect(parts?.facets['digests']).to.deep.equal([`md5-parts:${parts?.version}`])
    expect(parts?.version).to.match(/^[0-9a-f]{32}-2$/)
  })

  it('records what a form uploaded: which object, and what it holds', async () => {
    const posts = through.outside.filter(({ fields }) => /^multipart/.test(fieldOf(fields, 'content-type') ?? ''))
    expect(posts.map(({ status }) => status).sort()).to.deep.equal([201, 204])
    for (const post of posts) {
      const { nodes, gaps } = await custody(fieldOf(post.answerFields, 'waybill-exchange') ?? '')
      const [object] = nodes.filter(({ type }) => type === 'object')
      // moto answers without an ETag: the digest is the version
      expect(object?.name).to.equal(`s3://lake/forms/${post.status === 201 ? 'two' : 'one'}.csv`)
      expect(object?.facets['digests']).to.deep.equal([`sha256:${hash('sha256', 'a,b\n5,6\n')}`])
      expect(object?.facets['object']).to.deep.equal({ size: 8, contentType: 'text/csv' })
      expect(gaps).to.deep.equal([])
    }
  })

  it('makes a query use the version of the object that was current', async () => {
    const query = through.outside.find(({ target }) => target.startsWith('/train.csv?select'))
    const { edges, gaps } = await custody(fieldOf(query?.answerFields ?? [], 'waybill-exchange') ?? '')
    const used = edges.filter(({ kind }) => kind === 'used').map(({ to, by }) => `${by} ${to}`)
    expect(used).to.deep.equal([`name-at-time object:s3://lake/train.csv@${hash('md5', 'a,b\n1,2\n3,4\n')}`])
    expect(gaps).to.deep.equal([])
  })
})

function hash(name: 'md5' | 'sha256', data: string | Buffer): string {
  return createHash(name).update(data).digest('hex')
}
