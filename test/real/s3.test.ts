// A real S3 (moto) and its unmodified client (boto3), once directly and once through the gateway.
import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { fieldOf, type ExchangeRecord } from '../../core/exchange.js'
import type { GraphNode, Page, Subgraph } from '../../lineage/ports.js'
import { accessKey, verifySignature } from './support/sigv4.js'
import { asked, expectAllPassed, expectSameSeen, type ClientRun } from './support/client-run.js'
import { runStore, volatile } from './support/store-runs.js'

const client = {
  script: 'objects.py',
  yaml: (store: string) => `
services: { store: { kind: s3, url: "${store}" } }
routes: [{ name: store, service: store, match: { path: /* } }]
`,
}

describe('a real S3 with boto3', () => {
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
  const entity = async (node: string) => (await custody(node)).nodes.find(({ id }) => id === node)

  it('gives the client the same through the gateway as directly', () => {
    expect(through.answer.got).to.deep.equal(direct.answer.got)
    expectSameSeen(direct, through, volatile)
    expect(through.inside).to.have.length(direct.inside.length)
  })

  it('passes every byte and every field in both directions, but for the named ones', () => {
    expectAllPassed(through)
  })

  it('would have noticed a changed Host, path, query, field or body', () => {
    const [put] = through.inside.filter(({ method, target }) => method === 'PUT' && target === '/lake/a//b')
    if (put === undefined) throw new Error('no PUT of a//b')
    const changed = [
      { ...put, fields: put.fields.map((text) => (text === fieldOf(put.fields, 'host') ? '127.0.0.1:1' : text)) },
      {
        ...put,
        fields: put.fields.map((text) => (text === fieldOf(put.fields, 'x-amz-date') ? '20200101T000000Z' : text)),
      },
      { ...put, target: '/lake/a/b' },
      { ...put, target: '/lake/a//b?x=y' },
      { ...put, body: Buffer.from('other') },
    ]
    expect(verifySignature(put)).to.equal(undefined)
    expect(changed.filter((one) => verifySignature(one) === undefined)).to.deep.equal([])
  })

  it('names single PUTs by their ETag, with the SHA-256 of the object', async () => {
    const body = 'a,b\n1,2\n'
    const node = await entity(`object:s3://lake/train.csv@${hash('md5', body)}`)
    expect(node?.facets).to.deep.include({ digests: [`sha256:${hash('sha256', body)}`] })
    const presigned = await entity(`object:s3://lake/presigned@${hash('md5', 'signed before')}`)
    expect(presigned?.facets).to.deep.include({ digests: [`sha256:${hash('sha256', 'signed before')}`] })
  })

  it('names a multipart upload by the composite of its parts', async () => {
    const big = Buffer.alloc(
      20 << 20,
      Uint8Array.from({ length: 256 }, (_, at) => at),
    )
    const parts = [0, 1, 2].map((part) =>
      createHash('md5')
        .update(big.subarray(part << 23, (part + 1) << 23))
        .digest(),
    )
    const composite = `${hash('md5', Buffer.concat(parts))}-3`
    const node = await entity(`object:s3://lake/big.bin@${composite}`)
    expect(node?.facets).to.deep.include({ digests: [`md5-parts:${composite}`] })
    const { items } = await asked<Page<GraphNode>>(through, 'entities?type=object&q=lake/big.bin')
    expect(items.map(({ version }) => version)).to.deep.equal([composite])
  })

  it('takes the checksum of an upload’s parts for no digest of its bytes, in no answer', async () => {
    const { items } = await asked<Page<GraphNode>>(through, 'entities?type=object&q=lake/summed.bin')
    const [summed] = items
    expect(summed?.version).to.match(/^[0-9a-f]{32}-3$/)
    expect(summed?.facets['digests']).to.deep.equal([`md5-parts:${summed?.version}`])
  })

  it('leads from an upload to the object that a part of it was copied from', async () => {
    const tag = (through.answer.got['joined'] as string).replaceAll('"', '')
    const { nodes, gaps } = await custody(`object:s3://lake/joined.bin@${tag}`)
    const objects = nodes.filter(({ type }) => type === 'object').map(({ name }) => name)
    expect(objects.sort()).to.deep.equal(['s3://lake/big.bin', 's3://lake/joined.bin'])
    expect(gaps).to.deep.equal([])
  })

  it('does not derive an object from itself where it was copied onto itself', async () => {
    const { edges, gaps } = await custody(`object:s3://lake/relabelled.csv@${hash('md5', 'as it was')}`)
    expect(edges.map(({ kind }) => kind))
      .to.include('generated')
      .and.not.to.include('derived')
    expect(gaps).to.deep.equal([])
  })

  it('keeps versions, copies and delete markers apart', async () => {
    const { first, second, marker } = through.answer.ids
    const { nodes, edges } = await custody(`object:s3://lake/copied@${hash('md5', 'one')}`)
    expect(edges.map(({ kind, to }) => `${kind} ${to}`)).to.include(`derived object:s3://versioned/k@${first}`)
    expect(nodes.map(({ id }) => id)).to.include(`agent:sigv4:${accessKey}`)
    expect((await entity(`object:s3://versioned/k@${second}`))?.facets).to.deep.include({
      digests: [`sha256:${hash('sha256', 'two')}`],
    })
    expect((await entity(`object:s3://versioned/k@${marker}`))?.facets['object']).to.deep.equal({ deleteMarker: true })
  })

  it('does not take the version called null for the current one', async () => {
    const newer = `object:s3://turned/k@${through.answer.ids['newer']}`
    const { edges } = await custody(`object:s3://lake/from-null@${hash('md5', 'zero')}`)
    expect(edges.map(({ kind }) => kind)).to.include('generated')
    expect(edges.filter(({ to }) => to === newer)).to.deep.equal([])
    expect((await entity(newer))?.facets).to.not.have.property('invalidated')
    const deletion = through.outside.find(({ method, target }) => method === 'DELETE' && target.startsWith('/turned/'))
    const { gaps } = await custody(fieldOf(deletion?.answerFields ?? [], 'waybill-exchange') ?? '')
    expect(gaps.map(({ reason }) => reason)).to.include('version-unknown')
  })

  it('keeps keys apart that a path normalization would join', async () => {
    const keys = Object.keys(through.answer.got['keys'] as object)
    const { items } = await asked<Page<GraphNode>>(through, 'entities?type=object&limit=100')
    const versions = new Map(items.map(({ name, version }) => [name, version]))
    expect(keys).to.include.members(['a//b', 'a/b', 'a%2Fb', 'é', 'e\u0301', 'a/../b', '..'])
    for (const key of keys) expect(versions.get(`s3://lake/${key}`), key).to.equal(hash('md5', `content of ${key}`))
  })

  it('has a record of every exchange, and custody of an answer leads to the version it gave', async () => {
    const { items } = await asked<Page<ExchangeRecord>>(through, 'exchanges?limit=1000')
    expect(items).to.have.length(through.inside.length)
    const read = through.outside.find(({ method, target }) => method === 'GET' && target === '/lake/train.csv')
    const { nodes, gaps } = await custody(fieldOf(read?.answerFields ?? [], 'waybill-exchange') ?? '')
    expect(nodes.map(({ id }) => id)).to.include(`object:s3://lake/train.csv@${hash('md5', 'a,b\n1,2\n')}`)
    expect(gaps).to.deep.equal([])
  })

  it('knows whose key signed an address that anybody may use', async () => {
    const read = through.outside.find(({ method, target }) => method === 'GET' && target.startsWith('/lake/presigned?'))
    const { nodes } = await custody(fieldOf(read?.answerFields ?? [], 'waybill-exchange') ?? '')
    expect(nodes.map(({ id }) => id)).to.include.members([
      `agent:sigv4:${accessKey}`,
      `object:s3://lake/presigned@${hash('md5', 'signed before')}`,
    ])
  })
})

function hash(name: 'md5' | 'sha256', data: string | Buffer): string {
  return createHash(name).update(data).digest('hex')
}
