// Blanks what must not be kept in a captured body, before it reaches a gatherer or a file. Runs in the gatherer worker. A body
// that the rules may speak about and that can't be read is not kept at all: never guesses.
import { JSONPathEnvironment, type JSONPathNode, type JSONPathQuery, type JSONValue } from 'json-p3'
import { isSecretName, redacted, type RedactionRules } from '../core/redaction.js'
import { undoCodings } from '../gatherers/bodies/coding.js'
import { decodeLimits } from '../gatherers/bodies/decoded.js'
import { parseJson, parseNdjson } from '../gatherers/bodies/json.js'
import { looksLikeXml, mediaTypeOf, shapeOf, type MediaType } from '../gatherers/bodies/media-type.js'
import { textOf } from '../gatherers/bodies/text.js'
import type { GapReason, JsonValue } from '../lineage/model/fact.js'
import { eventStream, redactEventStream, type TextRedaction } from './event-stream-redaction.js'
import { redactForm, redactMultipart, suspectedShape, type FormRedaction, type FormRules } from './form-redaction.js'
import { mayHoldOf, mayMeetOf, type MayHold, type MayMeet } from './path-names.js'
import { createUrlRedactor, type UrlRedactor } from './url-redaction.js'

export interface CapturedBody {
  readonly bytes: Uint8Array
  readonly truncated: boolean
  /** values of the fields `Content-Type` and `Content-Encoding` */
  readonly contentType: string | undefined
  readonly contentEncoding: string | undefined
}

/** A path with what tells that it is not worth following. */
interface SecretPath {
  readonly query: JSONPathQuery
  readonly mayMeet: MayMeet
  readonly mayHold: MayHold
}

/**
 * `contentEncoding` undefined where the bytes had to be written anew. Not ok: nothing of it may be kept; `reason` says what it is to
 * gatherers where that is not `body-unparsed`.
 */
export type Redaction =
  | { readonly ok: true; readonly bytes: Uint8Array; readonly contentEncoding: string | undefined }
  | { readonly ok: false; readonly why: string; readonly reason?: GapReason }

export type BodyRedactor = (body: CapturedBody) => Redaction

/** Throws where a path is no RFC 9535 JSONPath. */
export function createBodyRedactor(rules: RedactionRules): BodyRedactor {
  const environment = new JSONPathEnvironment({ maxRecursionDepth: decodeLimits.depth + 8 })
  const paths = rules.body.map((path) => {
    const query = environment.compile(path)
    return { query, mayMeet: mayMeetOf(query), mayHold: mayHoldOf(query) }
  })
  const secretNames = new Set(rules.query)
  const secretFields: FormRules['secretFields'] = (fields) => {
    const names = Object.keys(fields as object).filter((name) => isSecretName(name, secretNames))
    return new Set([...names, ...paths.flatMap((path) => firstSteps(path, fields))])
  }
  const mayHold: FormRules['mayHold'] = (name, text) => paths.some((path) => path.mayHold(name, text))
  const forms: FormRules = { secretFields, readsValues: paths.length > 0, mayHold }
  const byRules: BodyRedactor = (body) => {
    if (paths.length === 0 && body.contentType === 'application/json') return kept(body)
    const type = mediaTypeOf(body.contentType)
    const form = type?.essence === 'application/x-www-form-urlencoded' || type?.essence === 'multipart/form-data'
    if (paths.length === 0 && !form) return kept(body)
    const plain = undoCodings(body.bytes, body.contentEncoding, decodeLimits)
    if (!plain.ok) return { ok: false, why: plain.gap.about, reason: plain.gap.reason }
    try {
      return redactPlain({ ...body, bytes: plain.value, type, coded: body }, paths, forms)
    } catch {
      // json-p3 throws past its limit of recursion
      return { ok: false, why: 'a path could not be followed to its end' }
    }
  }
  const inUrls = createUrlRedactor(rules.query)
  return (body) => (body.bytes.length === 0 ? kept(body) : withUrlsBlanked(byRules(body), inUrls))
}

/** What can't be decoded is no text that anybody reads a URL from. */
function withUrlsBlanked(redaction: Redaction, inUrls: UrlRedactor): Redaction {
  if (!redaction.ok) return redaction
  const { bytes, contentEncoding } = redaction
  const plain = contentEncoding === undefined ? undefined : undoCodings(bytes, contentEncoding, decodeLimits)
  const blanked = inUrls(plain?.ok === true ? plain.value : bytes)
  return blanked === undefined ? redaction : { ok: true, bytes: blanked, contentEncoding: undefined }
}

interface PlainBody extends CapturedBody {
  readonly type: MediaType | undefined
  readonly coded: CapturedBody
}

function redactPlain(body: PlainBody, paths: readonly SecretPath[], forms: FormRules): Redaction {
  const { bytes, truncated, type, coded } = body
  const shape = suspectedShape(type, bytes)
  switch (shape) {
    case 'form':
      return formWritten(coded, redactForm(Buffer.from(bytes).toString('latin1'), forms))
    case 'multipart': {
      const boundary = type?.parameters.get('boundary')
      return formWritten(coded, redactMultipart({ bytes, truncated, boundary }, forms))
    }
    case 'json':
    case 'ndjson': {
      const lines = shape === 'ndjson' || shapeOf(type, bytes) !== 'json'
      return redactText(body, (text) => redactJson(text, paths, lines))
    }
    case 'text':
    case 'opaque':
      // A path speaks about no XML, whether or not that is said (boto3 sends `DeleteObjects` without a type).
      if (type === undefined) return looksLikeXml(bytes) ? kept(coded) : { ok: false, why: 'no content type' }
      if (type.essence.startsWith('multipart/')) return { ok: false, why: 'parts that are no form' }
      if (type.essence === eventStream) {
        return redactText(body, (text) => redactEventStream(text, (data) => redactJson(data, paths, true)))
      }
      // A declared type that has no members is none that a path speaks about; without a type it might be anything.
      return kept(coded)
    default:
      return shape satisfies never
  }
}

function redactText({ bytes, truncated, type, coded }: PlainBody, redact: (text: string) => TextRedaction): Redaction {
  if (truncated) return { ok: false, why: 'longer than what is captured' }
  const text = textOf(bytes, type?.parameters.get('charset'))
  if (text === undefined) return { ok: false, why: 'not text in its charset' }
  const redaction = redact(text)
  return redaction.ok ? written(coded, redaction.text) : redaction
}

function redactJson(text: string, paths: readonly SecretPath[], lines: boolean): TextRedaction {
  const whole = parseJson(text, decodeLimits)
  const near = paths.filter(({ mayMeet }) => mayMeet(text))
  if (whole.ok) {
    const [value, changed] = blanked(whole.value, near)
    return { ok: true, text: changed ? JSON.stringify(value) : undefined }
  }
  const each = lines ? parseNdjson(text, decodeLimits) : whole
  if (!each.ok) return { ok: false, why: each.gap.about, reason: each.gap.reason }
  const results = (each.value as readonly JsonValue[]).map((value) => blanked(value, near))
  if (!results.some(([, changed]) => changed)) return { ok: true, text: undefined }
  return { ok: true, text: results.map(([value]) => `${JSON.stringify(value)}\n`).join('') }
}

/** The value with everything blanked that a path meets, and whether there was any. Changes the value in place. */
function blanked(value: JsonValue, paths: readonly SecretPath[]): readonly [JsonValue, boolean] {
  const places = paths.flatMap((path) => placesOf(path, value))
  if (places.some((place) => place.length === 0)) return [redacted, true]
  for (const place of places) {
    const parent = place.slice(0, -1).reduce<JsonValue | undefined>(memberOf, value)
    const last = place.at(-1)
    if (typeof parent === 'object' && parent !== null && last !== undefined) {
      Object.defineProperty(parent, last, { value: redacted, enumerable: true, configurable: true, writable: true })
    }
  }
  return [value, places.length > 0]
}

/** Undefined below a place that was blanked already. */
function memberOf(value: JsonValue | undefined, step: string | number): JsonValue | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  return Object.getOwnPropertyDescriptor(value, step)?.value as JsonValue | undefined
}

function firstSteps(path: SecretPath, fields: JsonValue): string[] {
  return placesOf(path, fields).map(([first]) => String(first ?? ''))
}

/** Lazily: json-p3's `query` hands its nodes on as arguments of one call, of which there may be some 100,000 at most. */
function placesOf({ query }: SecretPath, value: JsonValue): JSONPathNode['location'][] {
  return Array.from(query.lazyQuery(value as JSONValue), ({ location }) => location)
}

function kept(body: CapturedBody): Redaction {
  return { ok: true, bytes: body.bytes, contentEncoding: body.contentEncoding }
}

function formWritten(body: CapturedBody, redaction: FormRedaction): Redaction {
  return redaction.ok ? written(body, redaction.bytes) : redaction
}

/** `text` undefined: nothing was secret. In latin1 or UTF-8 by its producer: forms are bytes, JSON is text. */
function written(body: CapturedBody, text: string | Uint8Array | undefined): Redaction {
  if (text === undefined) return kept(body)
  return { ok: true, bytes: typeof text === 'string' ? Buffer.from(text) : text, contentEncoding: undefined }
}
