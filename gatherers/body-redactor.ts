// Blanks configured paths in a captured body before it is kept or handed to a gatherer. Fails closed: what should be redacted
// and cannot be read is not kept. Runs in the gatherer worker, on whole bounded bodies, and never throws.
import { redacted } from '../core/redaction.js'
import type { GathererGap, JsonValue } from '../lineage/model/fact.js'
import { undoCodings } from './bodies/coding.js'
import { readPlain, type CodedBody, type ReadBody } from './bodies/body-value.js'
import { decodeLimits } from './bodies/decoded.js'
import { looksLikeJson, mediaTypeOf, shapeOf } from './bodies/media-type.js'
import { compileLocator, type Locator } from './selectors.js'

export interface CapturedBody extends CodedBody {
  readonly truncated: boolean
}

/** What may be kept, with the content type and coding that it has now; or nothing, and why. */
export type RedactedBody =
  ({ readonly ok: true; readonly changed: boolean } & CodedBody) | { readonly ok: false; readonly gap: GathererGap }

export interface BodyRedactor {
  redact(body: CapturedBody): RedactedBody
}

/** `paths`: RFC 9535 JSONPaths into bodies, `$` the body (of NDJSON: each line). Throws SelectorError. */
export function createBodyRedactor(paths: readonly string[]): BodyRedactor {
  const locators = paths.map(compileLocator)
  return { redact: (body) => (locators.length === 0 ? kept(body) : redactBody(body, locators)) }
}

function kept({ bytes, contentType, contentEncoding }: CodedBody): RedactedBody {
  return { ok: true, changed: false, bytes, contentType, contentEncoding }
}

/**
 * JSON, NDJSON and forms are read by their type, and whatever looks like JSON is read as JSON whatever it is called. The
 * paths cannot address anything else (XML, text, images), so that is kept. A multipart body is kept as its fields, without
 * the files' content, and a form as JSON where something was blanked.
 */
function redactBody(body: CapturedBody, locators: readonly Locator[]): RedactedBody {
  if (body.bytes.length === 0) return kept(body)
  const coded = (body.contentEncoding ?? 'identity').trim().toLowerCase() !== 'identity'
  if (body.truncated && coded) return unredactable('longer than what is captured')
  const plain = undoCodings(body.bytes, body.contentEncoding, decodeLimits)
  if (!plain.ok) return unredactable(plain.gap.about)
  const type = mediaTypeOf(body.contentType)
  const declared = shapeOf(type, plain.value)
  const unaddressable = declared === 'opaque' || declared === 'text'
  if (unaddressable && !looksLikeJson(plain.value)) return kept(body)
  if (body.truncated) return unredactable('longer than what is captured')
  const contentType = unaddressable ? 'application/json' : body.contentType
  const read = readPlain({ bytes: plain.value, contentType }, decodeLimits)
  if (!read.ok) return unredactable(read.gap.about)
  try {
    return blanked(body, read.value, locators)
  } catch {
    // json-p3 throws past its recursion limit
    return unredactable('a path could not be followed to its end')
  }
}

function blanked(body: CodedBody, { shape, value }: ReadBody, locators: readonly Locator[]): RedactedBody {
  const documents = shape === 'ndjson' ? (value as readonly JsonValue[]) : [value]
  const results = documents.map((document) => blankDocument(document, locators))
  if (shape !== 'multipart' && !results.some((result) => result.changed)) return kept(body)
  const lines = results.map((result) => JSON.stringify(result.document))
  const contentType = shape === 'ndjson' ? 'application/x-ndjson' : 'application/json'
  const bytes = Buffer.from(shape === 'ndjson' ? `${lines.join('\n')}\n` : (lines[0] ?? 'null'))
  return { ok: true, changed: true, bytes, contentType, contentEncoding: undefined }
}

interface Blanked {
  readonly document: JsonValue
  readonly changed: boolean
}

function blankDocument(document: JsonValue, locators: readonly Locator[]): Blanked {
  // the parsed value is this call's own, so it is changed in place
  const root = { document }
  let changed = false
  for (const locator of locators) {
    for (const location of locator(root.document)) changed = blank(root, location) || changed
  }
  return { document: root.document, changed }
}

function blank(root: { document: JsonValue }, location: readonly (string | number)[]): boolean {
  let holder: unknown = root
  for (const key of ['document', ...location.slice(0, -1)]) {
    holder = childOf(holder, key)
  }
  const last = location.at(-1)
  if (last === undefined) root.document = redacted
  else if (typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, last)) return false
  else Object.defineProperty(holder, last, { value: redacted, enumerable: true, configurable: true, writable: true })
  return true
}

function childOf(holder: unknown, key: string | number): unknown {
  if (typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, key)) return undefined
  return (holder as Record<string | number, unknown>)[key]
}

function unredactable(about: string): RedactedBody {
  return { ok: false, gap: { reason: 'unredactable', about } }
}
