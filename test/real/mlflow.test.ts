// A real MLflow 3 and a real S3 with their unmodified clients, once directly and once through the gateway.
import { expect } from 'chai'
import { startGateway, routeTo } from '../support/gateway.js'
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

async function run(gateway: boolean): Promise<Run> {
  const [moto, mlflow] = await Promise.all([startMoto(), startMlflow()])
  const store = await startFront(moto.url, verifySignature)
  const tracking = await startFront(mlflow.url)
  const through = gateway
    ? await startGateway([
        routeTo(tracking.port, { name: 'tracking', match: { path: '/api/*' } }),
        routeTo(store.port, { name: 'store', service: { kind: 's3', path: 'opaque' } }),
      ])
    : undefined
  const clients = [await startFront(through?.url ?? tracking.url), await startFront(through?.url ?? store.url)] as const
  try {
    const settings = { TRACKING: clients[0].url, STORE: clients[1].url, ACCESS_KEY: accessKey, SECRET_KEY: secretKey }
    const answer = await runClient<Answer>('training.py', settings)
    return { answer, outside: clients.flatMap(({ seen }) => seen), inside: [...tracking.seen, ...store.seen] }
  } finally {
    for (const front of [...clients, tracking, store]) await front.close()
    await through?.close()
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

  it('gives the clients the same through the gateway as directly', () => {
    expect(through.answer.got).to.deep.equal(direct.answer.got)
    const [one, other] = [runLines(direct.outside, volatile, []), runLines(through.outside, volatile, addedToAnswers)]
    expect(differences(one, other).join('\n')).to.equal('')
  })

  it('passes every byte and every field in both directions, but for the named ones', () => {
    expect(differences(sideLines(through.outside), sideLines(through.inside)).join('\n')).to.equal('')
  })
})
