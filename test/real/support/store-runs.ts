// Runs one S3 client against a real store, directly or through the gateway, and keeps what client and store saw.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startWaybill } from '../../support/waybill.js'
import { volatileFields, type ClientAnswer, type ClientRun } from './client-run.js'
import type { Volatile } from './comparison.js'
import { startFront } from './front.js'
import { withParts } from './parts.js'
import { runClient, startMoto } from './python.js'
import { accessKey, secretKey, verifySignature } from './sigv4.js'

export interface StoreClient {
  /** in `test/real/clients` */
  readonly script: string
  /** configuration of the gateway in front of the store */
  readonly yaml: (store: string) => string
}

/** Differs between any two runs, gateway or not. */
export const volatile: Volatile = {
  fields: volatileFields,
  patterns: [
    [/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'version #'],
    [/(?<=<UploadId>|uploadId=)[\w-]+/g, 'upload #'],
    [/(?<=X-Amz-Date=|X-Amz-Signature=)\w+/g, 'signature'],
    [/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'time'],
    [/(?<=<RequestId>|<HostId>)[^<]+/g, 'request'],
    // moto's upload ids differ in length, so the one answer that holds one does too
    [/^Content-Length: 2[67]\d$/, 'length'],
    // a form's own: its boundary, and what it was signed with
    [/(?<=boundary=|--)[0-9a-f]{32}/g, 'boundary #'],
    [/(?<=name="(?:policy|x-amz-date|x-amz-signature)"\r\n\r\n)[^\r]+/g, 'signed'],
  ],
}

const tlsFolder = fileURLToPath(new URL('../../support/tls/', import.meta.url))
const certificate = join(tlsFolder, 'cert.pem')

/** The client may come in plain text (`ENDPOINT`) or by TLS (`SECURE_ENDPOINT`), as if a balancer in front ended it. */
export function runStore(client: StoreClient, gateway: boolean): Promise<ClientRun> {
  return withParts(async ({ own, give }) => {
    const moto = own(await startMoto())
    const service = own(await startFront(moto.url, { guard: verifySignature }))
    const waybill = gateway ? give(await startWaybill(client.yaml(service.url))) : undefined
    const behind = waybill?.url ?? service.url
    const tls = { cert: readFileSync(certificate), key: readFileSync(join(tlsFolder, 'key.pem')) }
    const [plain, secure] = [own(await startFront(behind)), own(await startFront(behind, { tls }))]
    const answer = await runClient<ClientAnswer>(client.script, {
      ENDPOINT: plain.url,
      SECURE_ENDPOINT: `https://localhost:${secure.port}`,
      CERTIFICATE: certificate,
      ACCESS_KEY: accessKey,
      SECRET_KEY: secretKey,
    })
    await waybill?.settled()
    return { answer, outside: [...plain.seen, ...secure.seen], inside: service.seen, waybill }
  })
}
