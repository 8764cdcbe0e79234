// Facts of the two bucket operations that change objects: batch delete and browser form upload.
import { fieldOf } from '../../core/exchange.js'
import { addressOf, type S3Address } from './address.js'
import { etagDigest, etagOf, versionOf } from './content.js'
import { answerField, documentOf, generated, objectRef, type Reading } from './reading.js'
import { deleteFacts, unknownVersion } from './transfers.js'

/** A quiet answer lists only what failed, so the rest of the request was done. */
export function gatherDeleteBatch(reading: Reading): void {
  const asked = documentOf(reading, 'request')
  const done = documentOf(reading, 'response')
  if (done?.root === 'Error') return
  if (asked === undefined || done === undefined) {
    unknownVersion(reading)
    return
  }
  const { bucket } = reading.address
  const listed = done.each('Deleted')
  const quiet = asked.text('Quiet')?.trim().toLowerCase() === 'true'
  const known = new Set([...listed, ...done.each('Error')].map(nameOf))
  for (const item of listed) {
    const key = item.get('Key') ?? ''
    const version = item.get('VersionId')
    const marker = version === undefined && item.get('DeleteMarker') === 'true'
    deleteFacts(reading, {
      bucket,
      key,
      asked: version,
      marker: marker ? item.get('DeleteMarkerVersionId') : undefined,
    })
  }
  if (!quiet) return
  for (const item of asked.each('Object')) {
    if (known.has(nameOf(item))) continue
    const key = item.get('Key') ?? ''
    deleteFacts(reading, { bucket, key, asked: item.get('VersionId'), marker: undefined })
  }
}

function nameOf(item: ReadonlyMap<string, string>): string {
  return JSON.stringify([item.get('Key') ?? '', item.get('VersionId') ?? ''])
}

/** POST of a form with `key` and `file`: the answer names the object by `Location` and `ETag`, or in a document (201). */
export function gatherFormPost(reading: Reading): void {
  const { response } = reading.exchange.record
  const document = response?.status === 201 ? documentOf(reading, 'response') : undefined
  const key = document?.text('Key') ?? formKey(reading) ?? locationKey(reading)
  const etag = etagOf(document?.text('ETag') ?? answerField(reading, 'etag'))
  const version = versionOf(answerField(reading, 'x-amz-version-id'), etag)
  if (key === undefined || version === undefined) {
    unknownVersion(reading)
    return
  }
  const digest = etagDigest(etag, response?.fields ?? [])
  generated(reading, objectRef(reading.address.bucket, key, version, digest))
}

function formKey({ exchange }: Reading): string | undefined {
  const parsed = exchange.request.parsed()
  if (!parsed.ok || typeof parsed.value !== 'object' || parsed.value === null) return undefined
  const key: unknown = 'key' in parsed.value ? parsed.value.key : undefined
  // `${filename}` stands for a name that only the file part carries; the answer's Location has it then.
  return typeof key === 'string' && !key.includes('${filename}') ? key : undefined
}

function locationKey({ exchange, address }: Reading): string | undefined {
  const location = fieldOf(exchange.record.response?.fields ?? [], 'location')
  if (location === undefined || !URL.canParse(location)) return undefined
  const { pathname, host } = new URL(location)
  const options = { hosts: host.startsWith(`${address.bucket}.`) ? [host.slice(address.bucket.length + 1)] : [] }
  const found: S3Address | undefined = addressOf(pathname, host, { ...options, stripPrefix: '' })
  return found?.bucket === address.bucket && found.key !== '' ? found.key : undefined
}
