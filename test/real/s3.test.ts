// A real S3 (moto) and its unmodified client (boto3), once directly and once through the gateway.
import { expect } from 'chai'
import { startGateway, routeTo } from '../support/gateway.js'
import { addedToAnswers, differences, runLines, sideLines, type Volatile } from './support/comparison.js'
import { startFront, type SeenExchange } from './support/front.js'
import { runClient, startMoto } from './support/python.js'
import { accessKey, secretKey, verifySignature } from './support/sigv4.js'

interface Answer {
  readonly got: Readonly<Record<string, unknown>>
  readonly ids: Readonly<Record<string, string>>
}

interface Run {
  readonly answer: Answer
  /** as the client saw it */
  readonly outside: readonly SeenExchange[]
  /** as the service saw it */
  readonly inside: readonly SeenExchange[]
}

/** Differs between any two runs, gateway or not. */
const volatile: Volatile = {
  fields: [
    'date',
    'last-modified',
    'x-amzn-requestid',
    'x-amz-date',
    'authorization',
    'amz-sdk-invocation-id',
    'amz-sdk-request',
    'host',
  ],
  patterns: [
    [/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'version #'],
    [/(?<=<UploadId>|uploadId=)[\w-]+/g, 'upload #'],
    [/(?<=X-Amz-Date=|X-Amz-Signature=)\w+/g, 'signature'],
    [/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'time'],
    [/(?<=<RequestId>|<HostId>)[^<]+/g, 'request'],
    // moto's upload ids differ in length, so the one answer that holds one does too
    [/^Content-Length: 26\d$/, 'length'],
  ],
}

async function run(gateway: boolean): Promise<Run> {
  const moto = await startMoto()
  const service = await startFront(moto.url, verifySignature)
  const through = gateway
    ? await startGateway([routeTo(service.port, { service: { kind: 's3', path: 'opaque' }, mode: 'off' })])
    : undefined
  const client = await startFront(through?.url ?? service.url)
  try {
    const settings = { ENDPOINT: client.url, ACCESS_KEY: accessKey, SECRET_KEY: secretKey }
    const answer = await runClient<Answer>('objects.py', settings)
    return { answer, outside: client.seen, inside: service.seen }
  } finally {
    await client.close()
    await through?.close()
    await service.close()
    await moto.stop()
  }
}

describe('a real S3 with boto3', () => {
  let direct: Run
  let through: Run

  before('directly', async () => {
    direct = await run(false)
  })
  before('through the gateway', async () => {
    through = await run(true)
  })

  it('gives the client the same through the gateway as directly', () => {
    expect(through.answer.got).to.deep.equal(direct.answer.got)
    const [one, other] = [runLines(direct.outside, volatile, []), runLines(through.outside, volatile, addedToAnswers)]
    expect(differences(one, other).join('\n')).to.equal('')
    expect(through.inside).to.have.length(direct.inside.length)
  })

  it('passes every byte and every field in both directions, but for the named ones', () => {
    expect(differences(sideLines(through.outside), sideLines(through.inside)).join('\n')).to.equal('')
  })
})
