// From the path a request was routed on to the target the service is sent: prefixes taken off and put on, the query
// untouched. Never normalizes: that has happened before, or must not happen (opaque services).
import type { Rewrite } from '../route.js'
import { parseAuthority } from './authority.js'
import { normalizePath } from './path.js'

export interface UpstreamTarget {
  readonly path: string
  /** empty, or starts with `?` */
  readonly query: string
}

/** `base`: path of the service's URL, without trailing slash; empty as a rule. */
export function upstreamTarget(target: UpstreamTarget, rewrite: Rewrite, base: string): string {
  const { path, query } = target
  if (path === '*') return path
  const stripped = rewrite.stripPrefix === undefined ? path : withoutPrefix(path, rewrite.stripPrefix)
  return `${base}${rewrite.addPrefix ?? ''}${stripped}${query}`
}

function withoutPrefix(path: string, prefix: string): string {
  if (!path.startsWith(prefix)) return path
  const rest = path.slice(prefix.length)
  if (rest === '') return '/'
  return rest.startsWith('/') ? rest : path
}

/** Why a rewrite must not be used; undefined where it is sound. Checked when the configuration loads. */
export function rewriteFault(rewrite: Rewrite): string | undefined {
  for (const key of ['stripPrefix', 'addPrefix'] as const) {
    const prefix = rewrite[key]
    const fault = prefix === undefined ? undefined : prefixFault(prefix)
    if (fault !== undefined) return `${key} ${fault}`
  }
  const { host } = rewrite
  if (host === undefined || host === 'keep' || host === 'upstream') return undefined
  return parseAuthority(host) === undefined ? 'host is not a valid authority' : undefined
}

function prefixFault(prefix: string): string | undefined {
  if (!prefix.startsWith('/') || prefix === '/' || prefix.endsWith('/')) {
    return 'must start with a slash and end without one'
  }
  if (/[^\x21-\x7e]|[?#]/.test(prefix)) return 'must be a path in ASCII, escaped where needed'
  const normal = normalizePath(prefix)
  if (!normal.ok) return `is ambiguous: ${normal.reason}`
  return normal.path === prefix ? undefined : `is not normalized; write ${normal.path}`
}
