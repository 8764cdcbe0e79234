// Finds the route of a request: the first in the order of the configuration that matches. An index by host and first path
// segment keeps many routes fast without changing that order. Never decodes or normalizes: heads/resolution.ts does.
import { fieldOf, type RawFields } from '../core/exchange.js'
import type { Route, RouteMatch } from './route.js'
import {
  compilePath,
  coversHost,
  coversPath,
  firstSegment,
  matchesHost,
  matchesPath,
  parametersOf,
  type PathPattern,
} from './route-pattern.js'

export interface RoutedRequest {
  readonly method: string
  /** `host` or `host:port`, lower case */
  readonly authority: string
  /** without query */
  readonly path: string
  readonly fields: RawFields
}

export interface RouteMatchResult {
  readonly route: Route
  /** null prototype, escapes decoded */
  readonly params: Readonly<Record<string, string>>
}

export interface RouteVerdict {
  readonly route: Route
  readonly matches: boolean
  /** the one that takes the request: the first that matches */
  readonly chosen: boolean
  /** first reason why it does not match; for a match that is not chosen, who comes before it */
  readonly reason: string | undefined
  /** an earlier route that takes everything this one could */
  readonly shadowedBy: string | undefined
}

export interface Router {
  match(request: RoutedRequest): RouteMatchResult | undefined
  /** one verdict per route, in order */
  explain(request: RoutedRequest): readonly RouteVerdict[]
}

interface CompiledRoute extends CompiledMatch {
  readonly route: Route
}

interface CompiledMatch {
  readonly host: string | undefined
  readonly path: PathPattern | undefined
  readonly methods: readonly string[] | undefined
  readonly fields: readonly (readonly [string, string | true])[]
}

/** Throws a plain Error naming route and fault where a pattern is malformed (the configuration has checked before). */
export function createRouter(routes: readonly Route[]): Router {
  const compiled = routes.map(compileRoute)
  const index = indexByHost(compiled)
  return {
    match: (request) => {
      const host = withoutPort(request.authority)
      const bucket = index.exact.get(host) ?? index.others
      for (const candidate of bucket.byFirst.get(firstSegment(request.path)) ?? bucket.others) {
        if (matches(candidate, request, host)) {
          return { route: candidate.route, params: parametersOf(candidate.path, request.path) }
        }
      }
      return undefined
    },
    explain: (request) => explain(compiled, request),
  }
}

/** Matches that are never met, each with the earlier one that takes all its requests. Undefined: one that nobody knows. */
export function hiddenMatches(
  matches: readonly (RouteMatch | undefined)[],
): readonly { readonly route: number; readonly by: number }[] {
  const compiled = matches.map((match, at) => (match === undefined ? undefined : compileMatch(match, `routes[${at}]`)))
  return compiled.flatMap((_, route) => {
    const by = hiderOf(compiled, route)
    return by === undefined ? [] : [{ route, by }]
  })
}

/** The first before it that takes all its requests. */
function hiderOf(matches: readonly (CompiledMatch | undefined)[], at: number): number | undefined {
  const hidden = matches[at]
  if (hidden === undefined) return undefined
  const by = matches.slice(0, at).findIndex((earlier) => earlier !== undefined && covers(earlier, hidden))
  return by < 0 ? undefined : by
}

function compileRoute(route: Route): CompiledRoute {
  return { route, ...compileMatch(route.match, `route ${route.name}`) }
}

function compileMatch(match: RouteMatch, place: string): CompiledMatch {
  const path = match.path === undefined ? undefined : compilePath(match.path)
  if (path?.ok === false) throw new Error(`${place}: ${path.fault}`)
  return {
    host: match.host?.toLowerCase(),
    path: path?.pattern,
    methods: match.methods,
    fields: Object.entries(match.fields ?? {}).map(([name, value]) => [name.toLowerCase(), value] as const),
  }
}

interface Bucket {
  readonly byFirst: ReadonlyMap<string, readonly CompiledRoute[]>
  /** for paths whose first segment no route names */
  readonly others: readonly CompiledRoute[]
}

interface Index {
  readonly exact: ReadonlyMap<string, Bucket>
  readonly others: Bucket
}

function indexByHost(routes: readonly CompiledRoute[]): Index {
  const exact = new Map<string, Bucket>()
  for (const { host } of routes) {
    if (host === undefined || host.startsWith('*.') || exact.has(host)) continue
    exact.set(host, indexByFirst(routes.filter((route) => matchesHost(route.host, host))))
  }
  return { exact, others: indexByFirst(routes.filter((route) => route.host?.startsWith('*.') ?? true)) }
}

function indexByFirst(routes: readonly CompiledRoute[]): Bucket {
  const byFirst = new Map<string, CompiledRoute[]>()
  const others: CompiledRoute[] = []
  for (const route of routes) {
    const first = route.path?.first
    if (first === undefined) {
      others.push(route)
      for (const bucket of byFirst.values()) bucket.push(route)
      continue
    }
    const bucket = byFirst.get(first)
    if (bucket === undefined) byFirst.set(first, [...others, route])
    else bucket.push(route)
  }
  return { byFirst, others }
}

function withoutPort(authority: string): string {
  const colon = authority.lastIndexOf(':')
  return colon < 0 || authority.endsWith(']') ? authority : authority.slice(0, colon)
}

function matches(candidate: CompiledRoute, request: RoutedRequest, host: string): boolean {
  if (candidate.methods !== undefined && !candidate.methods.includes(request.method)) return false
  if (!matchesHost(candidate.host, host)) return false
  if (candidate.path !== undefined && !matchesPath(candidate.path, request.path)) return false
  return candidate.fields.length === 0 || candidate.fields.every((field) => matchesField(field, request.fields))
}

function matchesField([name, wanted]: readonly [string, string | true], fields: RawFields): boolean {
  if (wanted === true) return fieldOf(fields, name) !== undefined
  for (let at = 0; at + 1 < fields.length; at += 2) {
    if (fields[at + 1] === wanted && fields[at]?.toLowerCase() === name) return true
  }
  return false
}

function explain(routes: readonly CompiledRoute[], request: RoutedRequest): readonly RouteVerdict[] {
  const host = withoutPort(request.authority)
  let chosen: string | undefined
  return routes.map((candidate, at) => {
    const why = mismatch(candidate, request, host)
    const first = why === undefined && chosen === undefined
    const reason = why ?? (first ? undefined : `${chosen ?? ''} comes before it`)
    if (first) chosen = candidate.route.name
    const verdict = { route: candidate.route, matches: why === undefined, chosen: first, reason }
    const hider = hiderOf(routes, at)
    return { ...verdict, shadowedBy: hider === undefined ? undefined : routes[hider]?.route.name }
  })
}

function mismatch(candidate: CompiledRoute, request: RoutedRequest, host: string): string | undefined {
  const { methods } = candidate
  if (!matchesHost(candidate.host, host))
    return `host is ${host === '' ? 'missing' : host}, not ${candidate.host ?? ''}`
  if (candidate.path !== undefined && !matchesPath(candidate.path, request.path)) {
    return `path is not ${candidate.path.text}`
  }
  if (methods !== undefined && !methods.includes(request.method)) {
    return `method is ${request.method}, not ${methods.join(' or ')}`
  }
  const missing = candidate.fields.find((field) => !matchesField(field, request.fields))
  if (missing === undefined) return undefined
  const [name] = missing
  // never the value wanted: it may be a key
  return fieldOf(request.fields, name) === undefined ? `field ${name} is missing` : `field ${name} has another value`
}

function covers(earlier: CompiledMatch, later: CompiledMatch): boolean {
  if (!coversHost(earlier.host, later.host) || !coversPath(earlier.path, later.path)) return false
  if (earlier.methods !== undefined) {
    const allowed = earlier.methods
    if (later.methods === undefined || !later.methods.every((method) => allowed.includes(method))) return false
  }
  return earlier.fields.every(([name, wanted]) =>
    later.fields.some(([other, value]) => other === name && (wanted === true || value === wanted)),
  )
}
