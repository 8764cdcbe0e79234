// Which route a request takes, and which path goes upstream: decided together, so that no request is routed or
// authorized by one path and forwarded with another (ATTACKS row 10).
import type { RawFields } from '../../core/exchange.js'
import type { RouteMatchResult, Router } from '../router.js'
import { normalizePath, readingsOf } from './path.js'

export interface PathRequest {
  readonly method: string
  readonly authority: string
  /** raw, without query */
  readonly path: string
  readonly fields: RawFields
}

export type Resolution =
  | { readonly kind: 'routed'; readonly match: RouteMatchResult; readonly path: string }
  /** `path`: by which none was found */
  | { readonly kind: 'no-route'; readonly path: string }
  | { readonly kind: 'ambiguous'; readonly reason: string }

const meetsOther = 'it would meet another route once normalized'

/**
 * Strict services get the normalized path that the route was found by. Opaque ones get the raw path, if every way to
 * read it meets the same route.
 */
export function resolveRequest(router: Router, request: PathRequest): Resolution {
  const raw = request.path
  const normal = normalizePath(raw)
  if (normal.ok && normal.path === raw && !hasParameters(raw)) {
    const match = router.match(request)
    return match === undefined ? { kind: 'no-route', path: raw } : { kind: 'routed', match, path: raw }
  }
  const routeOf = (path: string) => router.match(path === raw ? request : { ...request, path })
  const byRaw = routeOf(raw)
  if (byRaw?.route.service.path === 'opaque') {
    const agreed = readingsOf(raw).every((reading) => routeOf(reading)?.route === byRaw.route)
    return agreed ? { kind: 'routed', match: byRaw, path: raw } : { kind: 'ambiguous', reason: meetsOther }
  }
  if (!normal.ok) return { kind: 'ambiguous', reason: normal.reason }
  const match = routeOf(normal.path)
  if (match === undefined) return { kind: 'no-route', path: normal.path }
  if (match.route.service.path === 'opaque') return { kind: 'ambiguous', reason: meetsOther }
  // `/admin;x/a` is `/admin/a` to a servlet container
  if (hasParameters(normal.path) && !readingsOf(normal.path).every((path) => routeOf(path)?.route === match.route)) {
    return { kind: 'ambiguous', reason: meetsOther }
  }
  return { kind: 'routed', match, path: normal.path }
}

function hasParameters(path: string): boolean {
  return path.includes(';') || path.includes('%3B')
}
