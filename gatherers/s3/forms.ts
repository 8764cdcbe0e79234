// Facts of browser form uploads. Never takes a blanked file for an object's content.
import { fieldOf } from '../../core/exchange.js'
import { redacted } from '../../core/redaction.js'
import type { JsonValue } from '../../lineage/model/fact.js'
import { addressOf, type S3Address } from './address.js'
import { etagDigest, etagOf, sha256, versionOf } from './content.js'
import { answerField, describeObject, documentOf, generated, objectRef, type Reading } from './reading.js'
import { unknownVersion } from './transfers.js'

/**
 * POST of a form with `key` and `file`. The answer names the object by `Location` and `ETag`, in a document (201), or in the
 * query of the address it sends the browser to (303). What the file holds is known where the form was captured whole.
 */
export function gatherFormPost(reading: Reading): void {
  const answer = answerOf(reading)
  const form = formOf(reading)
  const key = answer.key ?? form.key ?? locationKey(reading)
  const version = versionOf(answerField(reading, 'x-amz-version-id'), answer.etag)
  const digest = form.digest ?? etagDigest(answer.etag, reading.exchange.record.response?.fields ?? [])
  if (key === undefined || (version === undefined && digest === undefined)) {
    unknownVersion(reading)
    return
  }
  const entity = objectRef(reading.address.bucket, key, version, digest)
  generated(reading, entity)
  describeObject(reading, entity, { etag: answer.etag, size: form.size, contentType: form.contentType })
}

interface FormAnswer {
  readonly key: string | undefined
  readonly etag: string | undefined
}

function answerOf(reading: Reading): FormAnswer {
  const { response } = reading.exchange.record
  const field = answerField(reading, 'etag')
  if (response?.status === 201) {
    const document = documentOf(reading, 'response')
    return { key: document?.text('Key'), etag: etagOf(document?.text('ETag') ?? field) }
  }
  const location = answerField(reading, 'location') ?? ''
  if (response?.status !== 303 || !URL.canParse(location)) return { key: undefined, etag: etagOf(field) }
  const { searchParams } = new URL(location)
  // the service puts its own behind what the address had
  return { key: searchParams.getAll('key').at(-1), etag: etagOf(field ?? searchParams.getAll('etag').at(-1)) }
}

interface PostedForm {
  readonly key?: string | undefined
  readonly contentType?: string | undefined
  readonly size?: number
  readonly digest?: string
}

/** Empty where the form was longer than what is captured. */
function formOf({ exchange }: Reading): PostedForm {
  const parsed = exchange.request.parsed()
  if (!parsed.ok || !isObject(parsed.value)) return {}
  const fields = parsed.value
  const named = (wanted: string) => Object.entries(fields).find(([name]) => name.toLowerCase() === wanted)?.[1]
  const file = fileOf(named('file'))
  return { key: keyOf(named('key'), file?.filename), contentType: textOf(named('content-type')), ...file?.content }
}

interface PostedFile {
  readonly filename: string
  readonly content: Pick<PostedForm, 'size' | 'digest'>
}

/** Where redaction has blanked the file nothing is known of its content. */
function fileOf(file: JsonValue | undefined): PostedFile | undefined {
  if (file === undefined || !isObject(file)) return undefined
  const { filename, size, digest } = file
  if (typeof filename !== 'string' || typeof size !== 'number' || typeof digest !== 'string') return undefined
  return { filename, content: digest === sha256(Buffer.from(redacted)) ? {} : { size, digest } }
}

/** The service puts the file's name, without folders, for `${filename}`. */
function keyOf(key: JsonValue | undefined, filename: string | undefined): string | undefined {
  const text = textOf(key)
  if (text?.includes('${filename}') !== true) return text
  return filename === undefined ? undefined : text.replaceAll('${filename}', filename.replace(/^.*[/\\]/, ''))
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function isObject(value: JsonValue): value is { readonly [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function locationKey({ exchange, address }: Reading): string | undefined {
  const location = fieldOf(exchange.record.response?.fields ?? [], 'location')
  if (location === undefined || !URL.canParse(location)) return undefined
  const { pathname, host } = new URL(location)
  const options = { hosts: host.startsWith(`${address.bucket}.`) ? [host.slice(address.bucket.length + 1)] : [] }
  const found: S3Address | undefined = addressOf(pathname, host, { ...options, stripPrefix: '' })
  return found?.bucket === address.bucket && found.key !== '' ? found.key : undefined
}
