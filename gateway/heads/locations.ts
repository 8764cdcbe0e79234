// Rewrites references that point at the service (`Location`, `Content-Location`, `Link`) so that they point at the
// gateway: only where a route asks for it. References to anywhere else stay as they are.
import { defaultPort, parseAuthority } from './authority.js'

export interface LocationMapping {
  /** origins that mean the service, e.g. `http://10.0.0.7:5000`; its own, and that of the Host it was sent */
  readonly origins: readonly string[]
  /** path prefix that the service sees and the client does not; empty or `/x`, no trailing slash */
  readonly upstreamPrefix: string
  /** path prefix that the client uses and the service does not see */
  readonly clientPrefix: string
  /** e.g. `http://gateway.example:8080` */
  readonly clientOrigin: string
}

/** `name` in lower case. The value itself where nothing is to be rewritten. */
export function mapLocationField(name: string, value: string, mapping: LocationMapping): string {
  if (name === 'location' || name === 'content-location') return mapReference(value, mapping)
  return name === 'link' ? mapLinks(value, mapping) : value
}

function mapReference(reference: string, mapping: LocationMapping): string {
  if (reference.startsWith('/') && !reference.startsWith('//')) return pathReference(reference, mapping)
  const path = pathAfterOrigin(reference, mapping.origins)
  if (path === undefined) return reference
  const mapped = mapPath(path, mapping)
  return mapped === undefined ? reference : mapping.clientOrigin + mapped
}

/** A path that starts with two slashes (a backslash is one to browsers) would name another host where it stands alone. */
function pathReference(reference: string, mapping: LocationMapping): string {
  const mapped = mapPath(reference, mapping)
  if (mapped === undefined) return reference
  return /^\/[/\\]/.test(mapped) ? mapping.clientOrigin + mapped : mapped
}

function pathAfterOrigin(reference: string, origins: readonly string[]): string | undefined {
  const schemeEnd = reference.indexOf('//')
  if (schemeEnd < 0 || schemeEnd > 6) return undefined
  let end = schemeEnd + 2
  while (end < reference.length && !'/?#\\'.includes(reference.charAt(end))) end++
  if (reference[end] === '\\' || !origins.some((one) => isOrigin(one, reference.slice(0, end)))) return undefined
  const path = reference.slice(end)
  return path.startsWith('/') ? path : `/${path}`
}

/** A reference that starts with `//` keeps the scheme that it was answered over. */
function isOrigin(one: string, asked: string): boolean {
  const scheme = asked.startsWith('//') ? one.slice(0, one.indexOf('//')) : ''
  return plainOrigin(one) === plainOrigin(scheme + asked)
}

/** In lower case, with the port that is meant where none is spelled out (RFC 3986 section 6.2.3). */
function plainOrigin(origin: string): string {
  const lower = origin.toLowerCase()
  const start = lower.indexOf('//') + 2
  const authority = parseAuthority(lower.slice(start))
  if (authority === undefined) return lower
  const port = authority.port === '' ? defaultPort(lower.slice(0, start - 2)) : Number(authority.port)
  return `${lower.slice(0, start)}${authority.host}:${port}`
}

/** undefined where the path lies outside what the route serves: the client could not reach it through the gateway. */
function mapPath(path: string, mapping: LocationMapping): string | undefined {
  const { upstreamPrefix, clientPrefix } = mapping
  if (upstreamPrefix === '') return clientPrefix + path
  if (!path.startsWith(upstreamPrefix)) return undefined
  const rest = path.slice(upstreamPrefix.length)
  if (rest !== '' && !'/?#'.includes(rest.charAt(0))) return undefined
  const mapped = clientPrefix + rest
  return mapped.startsWith('/') ? mapped : `/${mapped}`
}

/** RFC 8288: `<target>; rel="next", <target>…`; only what stands between angle brackets is touched. */
function mapLinks(value: string, mapping: LocationMapping): string {
  let out = ''
  let quoted = false
  for (let at = 0; at < value.length; at++) {
    const character = value.charAt(at)
    if (quoted && character === '\\') {
      out += value.slice(at, at + 2)
      at++
      continue
    }
    if (character === '"') quoted = !quoted
    const close = character === '<' && !quoted ? value.indexOf('>', at) : -1
    if (close < 0) {
      out += character
      continue
    }
    out += `<${mapReference(value.slice(at + 1, close), mapping)}>`
    at = close
  }
  return out
}
