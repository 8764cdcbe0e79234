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
  const target = (text: string) => redactQuery(text, secretParameters)
  return {
    fields: (fields) => redactFields(fields, secretNames, target),
    target,
  }
}

const urlFields = new Set(['location', 'content-location', 'referer', 'link', 'x-amz-copy-source'])

function redactFields(fields: RawFields, secret: ReadonlySet<string>, target: (text: string) => string): RawFields {
  let copy: string[] | undefined
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const name = (fields[at] ?? '').toLowerCase()
    const value = fields[at + 1] ?? ''
    const kept = secret.has(name) ? redacted : urlFields.has(name) ? target(value) : value
    if (kept !== value) (copy ??= [...fields])[at + 1] = kept
  }
  return copy ?? fields
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
