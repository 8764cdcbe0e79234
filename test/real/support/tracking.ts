// One run of a client against a real MLflow and a real S3, directly or through the gateway, with everything that both of
// its sides saw. What differs between any two runs is listed here by name.
import { startWaybill, type TestWaybill } from '../../support/waybill.js'
import { volatileFields, type ClientAnswer, type ClientRun } from './client-run.js'
import type { Volatile } from './comparison.js'
import { startFront } from './front.js'
import { withParts } from './parts.js'
import { runClient, startMlflow, startMoto } from './python.js'
import { accessKey, secretKey, verifySignature } from './sigv4.js'

/** Differs between any two runs, gateway or not. */
export const volatile: Volatile = {
  fields: [...volatileFields, 'etag'],
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
  - { name: pages, service: tracking, match: { path: /ajax-api/* } }
  - { name: run-files, service: tracking, match: { path: /get-artifact } }
  - { name: version-files, service: tracking, match: { path: /model-versions/get-artifact } }
  - { name: store, service: store, match: { path: /* } }
`

export interface RunOptions {
  readonly gateway: boolean
  /** where the tracking server keeps artifacts: a folder, or a bucket of the store, with or without the gateway between */
  readonly artifacts?: 'folder' | 'bucket' | 'bucket beside the gateway'
  /** arguments of `mlflow server` */
  readonly server?: readonly string[]
  /** environment of the client */
  readonly settings?: Readonly<Record<string, string>>
}

/** Runs `test/real/clients/<script>`. */
export function runTracking(script: string, options: RunOptions): Promise<ClientRun> {
  return withParts(async ({ own, give }) => {
    const moto = own(await startMoto())
    const store = own(await startFront(moto.url, { guard: verifySignature }))
    let waybill: TestWaybill | undefined
    const beside = options.artifacts === 'bucket beside the gateway'
    const outerStore = own(await startFront(() => (beside ? store.url : (waybill?.url ?? store.url))))
    const mlflow = own(await startMlflow(await artifactStore(options, moto.url, outerStore.url), options.server))
    const tracking = own(await startFront(mlflow.url))
    if (options.gateway) waybill = give(await startWaybill(yaml(tracking.url, store.url)))
    const outerTracking = own(await startFront(waybill?.url ?? tracking.url))
    const keys = { ACCESS_KEY: accessKey, SECRET_KEY: secretKey }
    const places = { TRACKING: outerTracking.url, STORE: outerStore.url }
    const answer = await runClient<ClientAnswer>(script, { ...places, ...keys, ...options.settings })
    await waybill?.settled()
    const [outside, inside] = [
      [...outerTracking.seen, ...outerStore.seen],
      [...tracking.seen, ...store.seen],
    ]
    return { answer, outside, inside, waybill }
  })
}

async function artifactStore({ artifacts = 'folder' }: RunOptions, moto: string, endpoint: string) {
  if (artifacts === 'folder') return undefined
  await fetch(`${moto}/artifacts`, { method: 'PUT' })
  return {
    destination: 's3://artifacts/root',
    settings: {
      MLFLOW_S3_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: accessKey,
      AWS_SECRET_ACCESS_KEY: secretKey,
      AWS_DEFAULT_REGION: 'us-east-1',
      // boto3 tells in its User-Agent what it uses, in the order of a set
      PYTHONHASHSEED: '0',
    },
  }
}
