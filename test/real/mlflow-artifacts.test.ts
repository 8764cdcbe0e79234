// Large files that a real MLflow 3 client sends to a real S3 in parts: the tracking server hands out presigned URLs, and what
// it asks of the store itself passes the gateway as well, or goes past it.
import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { fieldOf } from '../../core/exchange.js'
import type { Subgraph } from '../../lineage/ports.js'
import type { Volatile } from './support/comparison.js'
import { asked, expectAllPassed, expectSameSeen, linesOf, type ClientRun } from './support/client-run.js'
import { runTracking, volatile, type RunOptions } from './support/tracking.js'

/** Parts of 5 MiB, the least that S3 takes. */
const settings = {
  MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD: 'true',
  MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD: 'true',
  MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE: '1048576',
  MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE: '5242880',
}

/** The server's and the client's addresses and presigned URLs also stand in bodies. */
const presigned: Volatile = {
  fields: [...volatile.fields, 'content-length'],
  patterns: [
    ...volatile.patterns,
    [/127\.0\.0\.1:\d+/g, 'host'],
    [/(?<=[uU]ploadId=)\w+|(?<="upload_id": ")\w+|(?<=<UploadId>)\w+/g, 'upload'],
    [/(?<=X-Amz-(?:Signature|Date|Credential)=)[\w%-]+/g, 'signature'],
    [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z/g, 'time'],
  ],
}

const run = (options: Omit<RunOptions, 'settings'>) => runTracking('artifacts.py', { ...options, settings })

describe('a real MLflow that keeps artifacts in S3, with files sent in parts', () => {
  let direct: ClientRun
  let through: ClientRun
  let beside: ClientRun

  before('directly', async () => {
    direct = await run({ gateway: false, artifacts: 'bucket' })
  })
  before('through the gateway, the server’s store too', async () => {
    through = await run({ gateway: true, artifacts: 'bucket' })
  })
  before('through the gateway, the store beside it', async () => {
    beside = await run({ gateway: true, artifacts: 'bucket beside the gateway' })
  })
  after(async () => {
    await through.waybill?.stop()
    await beside.waybill?.stop()
  })

  const keyOf = ({ answer }: ClientRun) => `1/${answer.ids['run']}/artifacts/deep/model/weights é.bin`
  const artifactOf = (one: ClientRun) => `artifact:mlflow-artifacts://tracking/${keyOf(one)}`
  /** The ETag of the whole by the parts that went to the store. */
  const whole = ({ inside }: ClientRun) => {
    const parts = inside.filter(({ method, target }) => method === 'PUT' && target.includes('partNumber='))
    const digest = (of: Buffer) => createHash('md5').update(of).digest()
    const number = (target: string) => Number(/partNumber=(\d+)/.exec(target)?.[1])
    const inOrder = [...parts].sort((a, b) => number(a.target) - number(b.target))
    return `${digest(Buffer.concat(inOrder.map(({ body }) => digest(body)))).toString('hex')}-${parts.length}`
  }
  const custody = (one: ClientRun, id: string) => asked<Subgraph>(one, `custody/${encodeURIComponent(id)}`)
  const calls = (one: ClientRun, part: string) =>
    one.outside
      .filter(({ target }) => target.includes(part))
      .map(({ answerFields }) => `service-call:${fieldOf(answerFields, 'waybill-exchange')}`)

  it('gives client and server the same through the gateway as directly', () => {
    for (const one of [through, beside]) {
      expect(one.answer.got).to.deep.equal({ same: true, files: ['weights é.bin'] })
      expect(one.answer.got).to.deep.equal(direct.answer.got)
      expectSameSeen(direct, one, presigned)
      expectAllPassed(one)
    }
  })

  it('has one entity of the parts, from the run, and from the object that the store made', async () => {
    const [artifact, object] = [artifactOf(through), `object:s3://artifacts/root/${keyOf(through)}`]
    const version = whole(through)
    expect(version).to.match(/-2$/)
    const [complete] = calls(through, '/mpu/complete/')
    const found = await custody(through, `${artifact}@${version}`)
    expect(linesOf(found)).to.include.members([
      `${artifact}@${version} generated ${complete}`,
      `${complete} informed-by training-run:tracking/${through.answer.ids['run']}`,
      `${artifact}@${version} derived ${object}@${version}`,
    ])
    expect(found.gaps.map(({ reason, at }) => `${reason} ${at}`)).to.deep.equal([])
    const { items } = await asked<{ items: readonly { readonly id: string }[] }>(
      through,
      'entities?type=artifact&limit=100',
    )
    expect(items.filter(({ id }) => id.startsWith(artifact)).map(({ id }) => id)).to.deep.equal([
      `${artifact}@${version}`,
    ])
  })

  it('leads from the object in the store to the run, by the upload', async () => {
    const object = `object:s3://artifacts/root/${keyOf(through)}@${whole(through)}`
    const [create] = calls(through, '/mpu/create/')
    expect(linesOf(await custody(through, object))).to.include.members([
      `${create} informed-by training-run:tracking/${through.answer.ids['run']}`,
    ])
  })

  it('names the object as missing where the store is beside the gateway', async () => {
    const artifact = `${artifactOf(beside)}@${whole(beside)}`
    const found = await custody(beside, artifact)
    const [complete] = calls(beside, '/mpu/complete/')
    expect(linesOf(found)).to.include.members([
      `${artifact} generated ${complete}`,
      `${complete} informed-by training-run:tracking/${beside.answer.ids['run']}`,
    ])
    expect(found.gaps.map(({ reason, at }) => `${reason} ${at}`)).to.deep.equal([
      `version-unknown object:s3://artifacts/root/${keyOf(beside)}`,
    ])
  })

  it('leads who was handed a URL to read to the version that was there', async () => {
    for (const one of [through, beside]) {
      const [handed] = calls(one, '/presigned/')
      expect(linesOf(await custody(one, handed ?? ''))).to.include(`${handed} used ${artifactOf(one)}@${whole(one)}`)
    }
  })
})
