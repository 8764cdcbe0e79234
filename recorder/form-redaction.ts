// Blanks secret fields of forms, urlencoded (WHATWG URL, section 5.1) and multipart (RFC 7578), and leaves every other byte
// as it is. A field is secret as a whole: over-blanking is safe, missing one is not.
import { redacted } from '../core/redaction.js'
import { decodeLimits } from '../gatherers/bodies/decoded.js'
import { parseJson } from '../gatherers/bodies/json.js'
import { parametersOf } from '../gatherers/bodies/media-type.js'
import type { JsonValue } from '../lineage/model/fact.js'

type SecretFields = (fields: JsonValue) => ReadonlySet<string>

/** `text` is the body's bytes as latin1. Undefined where nothing was secret. */
export function redactForm(text: string, secretFields: SecretFields): Uint8Array | undefined {
  const pairs = text.split('&').map((raw) => ({ raw, entry: [...new URLSearchParams(raw)][0] }))
  const entries = pairs.flatMap(({ entry }) => (entry === undefined ? [] : [entry]))
  const secret = secretsOf(entries, secretFields)
  if (secret.size === 0) return undefined
  const kept = pairs.map(({ raw, entry }) =>
    entry !== undefined && secret.has(entry[0])
      ? `${raw.slice(0, endOfName(raw))}=${encodeURIComponent(redacted)}`
      : raw,
  )
  return Buffer.from(kept.join('&'), 'latin1')
}

/** Undefined where nothing was secret; a body without its boundary is one secret. */
export function redactMultipart(
  bytes: Uint8Array,
  boundary: string | undefined,
  secretFields: SecretFields,
): Uint8Array | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  if (boundary === undefined || boundary === '') return Buffer.from(redacted)
  // The first delimiter has no line end before it.
  const parts = `\r\n${text}`.split(`\r\n--${boundary}`)
  const read = parts.map(readPart)
  const secret = secretsOf(
    read.flatMap((part) => (part === undefined ? [] : [[part.name, part.value] as const])),
    secretFields,
  )
  if (secret.size === 0) return undefined
  const kept = parts.map((raw, index) => {
    const part = read[index]
    return part !== undefined && secret.has(part.name) ? `${raw.slice(0, part.start)}${redacted}` : raw
  })
  return Buffer.from(kept.join(`\r\n--${boundary}`).slice(2), 'latin1')
}

interface Part {
  readonly name: string
  readonly value: JsonValue
  /** where its content starts */
  readonly start: number
}

function readPart(raw: string): Part | undefined {
  const end = raw.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const disposition = /^content-disposition:(.*)$/im.exec(raw.slice(0, end))?.[1] ?? ''
  const semicolon = disposition.indexOf(';')
  const name = semicolon < 0 ? undefined : parametersOf(disposition, semicolon + 1).get('name')
  const content = Buffer.from(raw.slice(end + 4), 'latin1').toString()
  const json = parseJson(content, decodeLimits)
  return { name: Buffer.from(name ?? '', 'latin1').toString(), value: json.ok ? json.value : content, start: end + 4 }
}

/** Repeated names are looked at one by one, so that a path need not know of arrays. */
function secretsOf(
  entries: readonly (readonly [string, JsonValue])[],
  secretFields: SecretFields,
): ReadonlySet<string> {
  const secret = new Set<string>()
  for (const [name, value] of entries) {
    for (const found of secretFields(Object.fromEntries([[name, value]]))) secret.add(found)
  }
  return secret
}

function endOfName(raw: string): number {
  const equals = raw.indexOf('=')
  return equals < 0 ? raw.length : equals
}
