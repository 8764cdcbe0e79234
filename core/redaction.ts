// What must never be kept: which header fields and query parameters are secret, and the matcher that blanks them.
// Runs on the proxy thread: set look-ups only. Bodies are redacted in the gatherer worker (recorder/).
import type { RawFields } from './exchange.js'

export const redacted = '[redacted]'

/** Names are compared in lower case. */
export interface RedactionRules {
  readonly fields: readonly string[]
  readonly query: readonly string[]
  /** RFC 9535 JSONPaths into request and response bodies */
  readonly body: readonly string[]
}

const secretFields = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'x-api-key',
  'x-auth-token',
  'x-amz-security-token',
  'x-amz-server-side-encryption-customer-key',
  'x-amz-copy-source-server-side-encryption-customer-key',
]

const secretQuery = [
  'x-amz-signature',
  'x-amz-credential',
  'x-amz-security-token',
  'signature',
  'sig',
  'awsaccesskeyid',
  'x-goog-signature',
  'x-goog-credential',
  'access_token',
  'id_token',
  'refresh_token',
  'token',
  'api_key',
  'apikey',
  'password',
  'secret',
  'client_secret',
]

/** The defaults with the configured names added. */
export function redactionRules(extra: Partial<RedactionRules> = {}): RedactionRules {
  const lower = (names: readonly string[] = []) => names.map((name) => name.toLowerCase())
  return {
    fields: [...secretFields, ...lower(extra.fields)],
    query: [...secretQuery, ...lower(extra.query)],
    body: [...(extra.body ?? [])],
  }
}

export interface HeadRedactor {
  /** same fields with secret values blanked; the given array itself where nothing is secret */
  fields(fields: RawFields): RawFields
  /** request target (or any URL reference) with secret query values blanked */
  target(target: string): string
}

export function createHeadRedactor(rules: RedactionRules): HeadRedactor {
  const secretNames = new Set(rules.fields)
  const secretParameters = new Set(rules.query)
  const mayMatter = shapesOf([...secretNames, ...urlFields])
  const target = (text: string) => redactQuery(text, secretParameters)
  const kept = (name: string, value: string) => {
    if (!mayMatter(name)) return value
    const lower = name.toLowerCase()
    if (secretNames.has(lower)) return redacted
    return urlFields.has(lower) ? target(value) : value
  }
  return {
    fields: (fields) => redactFields(fields, kept),
    target,
  }
}

const urlFields = new Set(['location', 'content-location', 'referer', 'link', 'x-amz-copy-source'])

function redactFields(fields: RawFields, kept: (name: string, value: string) => string): RawFields {
  let copy: string[] | undefined
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const value = fields[at + 1] ?? ''
    const now = kept(fields[at] ?? '', value)
    if (now !== value) (copy ??= [...fields])[at + 1] = now
  }
  return copy ?? fields
}

/** Whether a name can be one of these, by its length and first letter: most can't, and need not be brought to lower case. */
function shapesOf(names: readonly string[]): (name: string) => boolean {
  const shape = (name: string) => ((name.length & 63) << 5) | (name.charCodeAt(0) & 31)
  const shapes = new Uint8Array(64 * 32)
  for (const name of names) shapes[shape(name)] = 1
  return (name) => shapes[shape(name)] === 1
}

function redactQuery(text: string, secret: ReadonlySet<string>): string {
  const start = text.indexOf('?')
  if (start < 0) return text
  const parts = text.slice(start + 1).split('&')
  const kept = parts.map((part) => {
    const equals = part.indexOf('=')
    const name = part.slice(0, Math.max(equals, 0))
    return secret.has(parameterName(name)) ? `${name}=${redacted}` : part
  })
  return `${text.slice(0, start + 1)}${kept.join('&')}`
}

function parameterName(encoded: string): string {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' ')).toLowerCase()
  } catch {
    return encoded.toLowerCase()
  }
}
