// Who a request says it comes from, read from its credentials before these are redacted. Never keeps a secret, never
// verifies: every claim made here is `asserted`.
import { fieldOf, type IdentityClaim, type RawFields } from './exchange.js'

const longestToken = 16 * 1024

export function identityClaimOf(fields: RawFields, query: string): IdentityClaim | null {
  const credentials = fieldOf(fields, 'authorization')
  const agent = credentials === undefined ? presignedAgent(query) : agentOf(credentials)
  return agent === undefined ? null : { agent, by: 'asserted' }
}

function agentOf(credentials: string): string | undefined {
  if (credentials.length > longestToken) return undefined
  const space = credentials.indexOf(' ')
  if (space < 0) return undefined
  const rest = credentials.slice(space + 1).trim()
  switch (credentials.slice(0, space).toLowerCase()) {
    case 'basic':
      return basicAgent(rest)
    case 'bearer':
      return bearerAgent(rest)
    case 'aws4-hmac-sha256':
      return sigv4Agent(rest)
    default:
      return undefined
  }
}

/** RFC 7617: the part before the first colon. */
function basicAgent(encoded: string): string | undefined {
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon <= 0 ? undefined : named('basic', text.slice(0, colon))
}

/** RFC 7519: `email` where there is one, else `sub`. An opaque token says nothing. */
function bearerAgent(token: string): string | undefined {
  const payload = token.split('.', 3)[1]
  if (payload === undefined) return undefined
  const claims = parsed(Buffer.from(payload, 'base64url').toString('utf8'))
  for (const name of ['email', 'sub']) {
    const value = Object.hasOwn(claims, name) ? claims[name] : undefined
    if (typeof value === 'string' && value !== '') return named('jwt', value)
  }
  return undefined
}

function parsed(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

/** `Credential=<access key id>/<date>/…` of AWS Signature Version 4. */
function sigv4Agent(parameters: string): string | undefined {
  const start = parameters.indexOf('Credential=')
  return start < 0 ? undefined : accessKey(parameters.slice(start + 11))
}

function presignedAgent(query: string): string | undefined {
  const start = query.indexOf('X-Amz-Credential=')
  if (start < 0) return undefined
  return accessKey(query.slice(start + 17).replace(/%2F/gi, '/'))
}

function accessKey(credential: string): string | undefined {
  const key = /^[A-Za-z0-9_-]{1,128}(?=\/)/.exec(credential)?.[0]
  return key === undefined ? undefined : named('sigv4', key)
}

/** Control characters would break logs and names; what is longer than a name can be is no name. */
function named(scheme: string, name: string): string | undefined {
  return name.length > 256 || /[\x00-\x1f\x7f]/.test(name) ? undefined : `${scheme}:${name}`
}
