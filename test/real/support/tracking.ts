// One run of a client against a real MLflow and a real S3, directly or through the gateway, with everything that both of
// its sides saw. What differs between any two runs is listed here by name.
import { startWaybill, type TestWaybill } from '../../support/waybill.js'
import type { Volatile } from './comparison.js'
import { startFront, type SeenExchange } from './front.js'
import { runClient, startMlflow, startMoto } from './python.js'
import { accessKey, secretKey, verifySignature } from './sigv4.js'

/** What a client prints: `got` is the same in every run, `ids` are not. */
export interface Answer {
  readonly got: Readonly<Record<string, unknown>>
  readonly ids: Readonly<Record<string, string>>
}

export interface TrackingRun {
  readonly answer: Answer
  /** as the client saw it */
  readonly outside: readonly SeenExchange[]
  /** as the services saw it */
  readonly inside: readonly SeenExchange[]
  readonly waybill: TestWaybill | undefined
}

/** Differs between any two runs, gateway or not. */
export const volatile: Volatile = {
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

/** Runs `test/real/clients/<script>`. */
export async function runTracking(script: string, gateway: boolean): Promise<TrackingRun> {
  const [moto, mlflow] = await Promise.all([startMoto(), startMlflow()])
  const store = await startFront(moto.url, verifySignature)
  const tracking = await startFront(mlflow.url)
  const waybill = gateway ? await startWaybill(yaml(tracking.url, store.url)) : undefined
  const clients = [await startFront(waybill?.url ?? tracking.url), await startFront(waybill?.url ?? store.url)] as const
  try {
    const settings = { TRACKING: clients[0].url, STORE: clients[1].url, ACCESS_KEY: accessKey, SECRET_KEY: secretKey }
    const answer = await runClient<Answer>(script, settings)
    await waybill?.settled()
    const inside = [...tracking.seen, ...store.seen]
    return { answer, outside: clients.flatMap(({ seen }) => seen), inside, waybill }
  } finally {
    for (const front of [...clients, tracking, store]) await front.close()
    await Promise.all([moto.stop(), mlflow.stop()])
  }
}

/** GET of the control API of the run's gateway. */
export function asked<T>({ waybill }: TrackingRun, path: string): Promise<T> {
  if (waybill === undefined) throw new Error('this run has no gateway')
  return waybill.query<T>(`/v1/${path}`)
}
