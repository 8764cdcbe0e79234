// What must never be kept: which header fields and query parameters are secret, and the matcher that blanks them.
// Runs on the proxy thread: set look-ups and scans in linear time only. Bodies are redacted in the gatherer worker (recorder/).
import type { RawFields } from './exchange.js'
import { withoutUserinfo } from './userinfo.js'

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
    if (!urlFields.has(lower)) return value
    // One URL in each pair of angle brackets: RFC 8288 section 3.
    return lower === 'link' ? value.split('>').map(blankUrl).join('>') : blankUrl(value)
  }
  const blankUrl = (url: string) => target(url.includes('@') ? url.replaceAll(userinfo, `$1${redacted}@`) : url)
  return {
    fields: (fields) => redactFields(fields, kept),
    target,
  }
}

/** Whether a parameter or form field is secret, or a member of one: `token`, `token[]`, `user[token]`. */
export function isSecretName(name: string, secret: ReadonlySet<string>): boolean {
  const lower = name.toLowerCase()
  return secret.has(lower) || (lower.includes('[') && lower.split(/[[\]]/).some((part) => secret.has(part)))
}

/**
 * Who a URL says to be (RFC 3986 section 3.2.1): tokens stand for passwords and for names. Browsers take a space for all that is
 * between the time and the URL of `Refresh`.
 */
const userinfo = /((?:^|[<=;,\s])["']*(?:[a-z][a-z\d+.-]*:)?\/\/)[^/?#]*@/gi

const urlFields = new Set([
  ...['location', 'content-location', 'referer', 'origin', 'link', 'refresh', 'destination', 'uri'],
  // where stores copy from, lead to, and are asked again
  ...['x-amz-copy-source', 'x-amz-website-redirect-location', 'x-goog-copy-source', 'x-goog-upload-url'],
  ...['x-ms-copy-source', 'x-ms-rename-source', 'operation-location', 'azure-asyncoperation'],
  // what proxies were asked for
  ...['x-original-url', 'x-original-uri', 'x-rewrite-url', 'x-forwarded-uri', 'x-envoy-original-path'],
])

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

/** RFC 3986 has no parameters: services split at `&`, some at `;`, and a fragment or an inner URL may hold more of them. */
const parameter = /[?#&;]([^?#&;=]*)=/g

/** The same where the inner URL is encoded, or a part of it. */
const innerSign = /%(?:25)*(?:2[36]|3[bdf])/i
const innerParameter =
  /(?:[?#&;]|%(?:25)*(?:3f|23|26|3b))([^?#&;=%]*(?:%(?!(?:25)*(?:3f|23|26|3b|3d))[^?#&;=%]*)*)(?:=|%(?:25)*3d)/gi

/** Nothing before the first `?` or `#`: a path may hold the same characters as part of a name. */
function redactQuery(text: string, secret: ReadonlySet<string>): string {
  const start = text.search(/[?#]/)
  if (start < 0) return text
  const query = text.slice(start)
  const outer = redactParameters(query, parameter, secret)
  const inner = innerSign.test(outer) ? redactParameters(outer, innerParameter, secret) : outer
  const kept = withoutUserinfo(inner, redacted)
  return kept === query ? text : text.slice(0, start) + kept
}

function redactParameters(query: string, names: RegExp, secret: ReadonlySet<string>): string {
  return withoutValues(query, names, {
    isSecret: ({ 1: name = '' }) => isSecretName(decodedName(name), secret),
    // To the next `&` whatever else is there: the service may take it for a part of the value.
    endOf: (value) => {
      const end = query.indexOf('&', value)
      return end < 0 ? query.length : end
    },
  })
}

export interface SecretValues {
  /** whether what stands behind this match is secret */
  readonly isSecret: (match: RegExpExecArray) => boolean
  /** where a value that begins at `value` ends */
  readonly endOf: (value: number) => number
}

/**
 * `text` with the secret values blanked behind what `names` (global) finds. The value is no part of that expression: one that
 * has some megabytes would overflow the stack of the engine.
 */
export function withoutValues(text: string, names: RegExp, { isSecret, endOf }: SecretValues): string {
  let kept = ''
  let from = 0
  for (const match of text.matchAll(names)) {
    if (match.index < from || !isSecret(match)) continue
    const value = match.index + match[0].length
    kept += `${text.slice(from, value)}${redacted}`
    from = endOf(value)
  }
  return from === 0 ? text : kept + text.slice(from)
}

/** As the innermost of URLs within URLs has it. */
function decodedName(encoded: string, depth = 8): string {
  if (!encoded.includes('%') && !encoded.includes('+')) return encoded
  try {
    const decoded = decodeURIComponent(encoded.replaceAll('+', ' '))
    return depth > 0 && encoded.includes('%25') ? decodedName(decoded, depth - 1) : decoded
  } catch {
    return encoded
  }
}
