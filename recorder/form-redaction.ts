// Blanks secret fields of forms, urlencoded (WHATWG URL, section 5.1) and multipart (RFC 7578), and leaves every other byte
// as it is. A field is secret as a whole: over-blanking is safe, missing one is not. A form that two readers could read
// differently is not read.
import { redacted } from '../core/redaction.js'
import { decodeLimits } from '../gatherers/bodies/decoded.js'
import { parseJson, parseNdjson } from '../gatherers/bodies/json.js'
import { looksLikeJson, mediaTypeOf, parametersOf, shapeOf } from '../gatherers/bodies/media-type.js'
import type { BodyShape, MediaType } from '../gatherers/bodies/media-type.js'
import { textOf } from '../gatherers/bodies/text.js'
import type { JsonValue } from '../lineage/model/fact.js'
import { eventStream } from './event-stream-redaction.js'
import type { MayHold } from './path-names.js'

/** What is secret in a form. */
export interface FormRules {
  /** names of fields that are secret, by what their values are */
  readonly secretFields: (fields: JsonValue) => ReadonlySet<string>
  /** whether values matter, or only names */
  readonly readsValues: boolean
  /** whether something in a field may be secret whose text looks like JSON and is none */
  readonly mayHold: MayHold
}

/** `bytes` undefined where nothing was secret. */
export type FormRedaction =
  { readonly ok: true; readonly bytes: Uint8Array | undefined } | { readonly ok: false; readonly why: string }

/** What a body or part may be, whatever it is called: senders call JSON text and bytes. */
export function suspectedShape(type: MediaType | undefined, bytes: Uint8Array): BodyShape {
  const declared = shapeOf(type, bytes)
  return (declared === 'text' || declared === 'opaque') && looksLikeJson(bytes) ? 'json' : declared
}

/** `text` is the body's bytes as latin1. */
export function redactForm(text: string, rules: FormRules): FormRedaction {
  const pairs = text.split('&').map((raw) => ({ raw, entry: [...new URLSearchParams(raw)][0] }))
  const entries: Entry[] = []
  for (const { entry } of pairs) {
    if (entry === undefined) continue
    const [name, value] = entry
    const values =
      rules.readsValues && looksLikeJson(Buffer.from(value)) ? suspectedValues(name, value, rules) : [value]
    if (values === undefined) return { ok: false, why: 'a field is not JSON' }
    entries.push({ name, values })
  }
  const secret = secretsOf(entries, rules)
  if (secret.size === 0) return { ok: true, bytes: undefined }
  const kept = pairs.map(({ raw, entry }) =>
    entry !== undefined && secret.has(entry[0])
      ? `${raw.slice(0, endOfName(raw))}=${encodeURIComponent(redacted)}`
      : raw,
  )
  return { ok: true, bytes: Buffer.from(kept.join('&'), 'latin1') }
}

export interface MultipartBody {
  readonly bytes: Uint8Array
  readonly truncated: boolean
  readonly boundary: string | undefined
}

export function redactMultipart({ bytes, truncated, boundary = '' }: MultipartBody, rules: FormRules): FormRedaction {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  if (boundary === '') return { ok: false, why: 'no boundary' }
  // The first delimiter has no line end before it.
  const [before = '', ...raws] = `\r\n${text}`.split(`\r\n--${boundary}`)
  if (before.trim() !== '') return { ok: false, why: 'bytes before its parts' }
  const parts: (Part | undefined)[] = []
  for (const [index, raw] of raws.entries()) {
    if (raw.includes(`\n--${boundary}`)) return { ok: false, why: 'lines without a carriage return' }
    const part = readPart(raw, truncated && index === raws.length - 1, rules)
    if (typeof part === 'string') return { ok: false, why: part }
    parts.push(part)
  }
  const secret = secretsOf(
    parts.flatMap((part) => part ?? []),
    rules,
  )
  if (secret.size === 0) return { ok: true, bytes: undefined }
  const kept = raws.map((raw, index) => {
    const part = parts[index]
    return part !== undefined && secret.has(part.name) ? `${raw.slice(0, part.start)}${redacted}` : raw
  })
  return { ok: true, bytes: Buffer.from([before, ...kept].join(`\r\n--${boundary}`).slice(2), 'latin1') }
}

interface Entry {
  readonly name: string
  /** several where it is JSON in lines */
  readonly values: readonly JsonValue[]
}

interface Part extends Entry {
  /** where its content starts */
  readonly start: number
}

/** What stands behind a delimiter: undefined for the end, and for a head that was cut; text says why it can't be read. */
function readPart(raw: string, cut: boolean, rules: FormRules): Part | string | undefined {
  if (raw.startsWith('--')) return raw.slice(2).trim() === '' ? undefined : 'bytes behind its end'
  const start = raw.indexOf('\r\n\r\n')
  if (start < 0) return cut && isCutHead(raw) ? undefined : 'a part without a head'
  const fields = headOf(raw.slice(0, start))
  const name = nameOf(fields?.get('content-disposition') ?? '')
  if (fields === undefined || name === undefined) return 'a part without a name'
  const content = Buffer.from(raw.slice(start + 4), 'latin1')
  const values = rules.readsValues ? valuesOf({ name, content, fields, cut }, rules) : ['']
  return values === undefined ? 'a part that is not read' : { name, values, start: start + 4 }
}

function isCutHead(raw: string): boolean {
  const end = raw.lastIndexOf('\n')
  if (end < 0) return ['', '-', '\r'].includes(raw)
  return headOf(raw.slice(0, end).replace(/\r$/, '')) !== undefined
}

function nameOf(disposition: string): string | undefined {
  const semicolon = disposition.indexOf(';')
  const name = semicolon < 0 ? undefined : parametersOf(disposition, semicolon + 1).get('name')
  return name === undefined ? undefined : Buffer.from(name, 'latin1').toString()
}

/** Undefined where its lines are no fields, or one is given twice. */
function headOf(text: string): ReadonlyMap<string, string> | undefined {
  const fields = new Map<string, string>()
  const [delimiter = '', ...lines] = text.split('\r\n')
  if (delimiter.trim() !== '') return undefined
  for (const line of lines) {
    const found = /^([!-9;-~]+):(.*)$/.exec(line)
    const name = found?.[1]?.toLowerCase() ?? ''
    if (found === null || fields.has(name)) return undefined
    fields.set(name, found[2]?.trim() ?? '')
  }
  return fields
}

const plainCodings = new Set(['7bit', '8bit', 'binary'])

interface RawPart {
  readonly name: string
  readonly content: Buffer
  readonly fields: ReadonlyMap<string, string>
  readonly cut: boolean
}

/** Undefined where a path could speak about the content and it can't be read. */
function valuesOf({ name, content, fields, cut }: RawPart, rules: FormRules): readonly JsonValue[] | undefined {
  if (!plainCodings.has(fields.get('content-transfer-encoding')?.toLowerCase() ?? 'binary')) return undefined
  const type = mediaTypeOf(fields.get('content-type'))
  const shape = suspectedShape(type, content)
  if (shape === 'json' || shape === 'ndjson') {
    const text = cut ? undefined : textOf(content, type?.parameters.get('charset'))
    if (text === undefined) return undefined
    const declared = type !== undefined && shapeOf(type, content) === shape
    return declared ? jsonValues(text) : suspectedValues(name, text, rules)
  }
  const hasMembers = shape === 'form' || type?.essence.startsWith('multipart/') || type?.essence === eventStream
  return hasMembers ? undefined : [content.toString()]
}

/** The same of what looks like JSON and may be text: `[draft] x`. Undefined where a path may mean something in it all the same. */
function suspectedValues(name: string, text: string, rules: FormRules): readonly JsonValue[] | undefined {
  const isSecret = () => rules.secretFields(Object.fromEntries([[name, text]])).size > 0
  return jsonValues(text) ?? (!rules.mayHold(name, text) || isSecret() ? [text] : undefined)
}

/** One value, or one a line. */
function jsonValues(text: string): readonly JsonValue[] | undefined {
  const whole = parseJson(text, decodeLimits)
  if (whole.ok) return [whole.value]
  const lines = parseNdjson(text, decodeLimits)
  return lines.ok ? (lines.value as readonly JsonValue[]) : undefined
}

/** Repeated names are looked at one by one, so that a path need not know of arrays. */
function secretsOf(entries: readonly Entry[], { secretFields }: FormRules): ReadonlySet<string> {
  const secret = new Set<string>()
  for (const { name, values } of entries) {
    for (const value of values) {
      for (const found of secretFields(Object.fromEntries([[name, value]]))) secret.add(found)
    }
  }
  return secret
}

function endOfName(raw: string): number {
  const equals = raw.indexOf('=')
  return equals < 0 ? raw.length : equals
}
