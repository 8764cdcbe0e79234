// Says what would become of a request: which route takes it and why the others don't, what the service would see, what is
// recorded, and which gatherers would look. Sends nothing.
import type { Compiled } from '../config/compile.js'
import type { RawFields } from '../core/exchange.js'
import { compileUses } from '../gatherers/compile.js'
import type { GathererUse } from '../gatherers/contract.js'
import { formatAuthority, parseAuthority } from '../gateway/heads/authority.js'
import { resolveRequest } from '../gateway/heads/resolution.js'
import { upstreamTarget } from '../gateway/heads/rewrite.js'
import { parseTarget } from '../gateway/heads/target.js'
import type { Route } from '../gateway/route.js'
import { createRouter } from '../gateway/router.js'
import { CliFailure } from './failure.js'
import { exitCodes } from './terminal.js'

export interface Asked {
  readonly method: string
  /** `http://host[:port]/path?query`, or `/path?query` for any host */
  readonly url: string
  readonly fields: RawFields
}

export interface Explanation {
  readonly method: string
  readonly host: string
  /** as it was given, without query */
  readonly path: string
  readonly outcome: 'routed' | 'no-route' | 'ambiguous'
  /** why it is refused, where it is */
  readonly reason: string | null
  readonly routed: Routed | null
  readonly routes: readonly { readonly name: string; readonly chosen: boolean; readonly reason: string | null }[]
}

interface Routed {
  readonly route: string
  readonly params: Readonly<Record<string, string>>
  readonly upstream: { readonly service: string; readonly kind: string; readonly url: string; readonly host: string }
  readonly record: { readonly mode: string; readonly wait: number }
  readonly tenant: { readonly project: string; readonly domain: string }
  readonly gatherers: readonly { readonly name: string; readonly looks: boolean; readonly reason: string }[]
}

export function explain(asked: Asked, compiled: Compiled): Explanation {
  const { method } = asked
  const { authority, path, query } = targetOf(asked)
  const router = createRouter(compiled.routes)
  const request = { method, authority, path, fields: asked.fields }
  const resolution = resolveRequest(router, request)
  const seen = resolution.kind === 'routed' ? resolution.path : path
  const verdicts = router.explain({ ...request, path: seen })
  return {
    ...{ method, host: authority, path, outcome: resolution.kind },
    reason: resolution.kind === 'ambiguous' ? resolution.reason : null,
    routed:
      resolution.kind === 'routed'
        ? routedBy(resolution.match, { asked, authority, path: resolution.path, query }, compiled)
        : null,
    routes: verdicts.map(({ route, chosen, reason }) => ({ name: route.name, chosen, reason: reason ?? null })),
  }
}

function targetOf({ method, url }: Asked): { authority: string; path: string; query: string } {
  const target = parseTarget(method, url)
  if (target.kind === 'refused')
    throw new CliFailure(
      `the gateway would refuse this with 400: ${target.reason}`,
      'Percent-encode it.',
      exitCodes.badInput,
    )
  if (target.kind === 'asterisk') return { authority: '', path: '*', query: '' }
  if (target.kind === 'origin') return { authority: '', path: target.path, query: target.query }
  const authority = parseAuthority(target.authority)
  if (authority === undefined)
    throw new CliFailure('the URL names no valid host', 'Such as http://127.0.0.1:8080/path.', exitCodes.badInput)
  return { authority: formatAuthority(authority), path: target.path, query: target.query }
}

interface Found {
  readonly asked: Asked
  readonly authority: string
  /** as it is routed */
  readonly path: string
  readonly query: string
}

function routedBy(
  match: { route: Route; params: Readonly<Record<string, string>> },
  found: Found,
  compiled: Compiled,
): Routed {
  const { route, params } = match
  const { service, rewrite, mode, wait, tenant } = route
  const base = service.url.pathname.replace(/\/$/, '')
  const target = upstreamTarget({ path: found.path, query: found.query }, rewrite, base)
  const host = rewrite.host === undefined || rewrite.host === 'keep' ? found.authority : rewrite.host
  return {
    ...{ route: route.name, params, record: { mode, wait }, tenant },
    upstream: {
      ...{ service: service.name, kind: service.kind, url: `${service.url.origin}${target}` },
      host: host === 'upstream' ? service.url.host : host,
    },
    gatherers: gatherersOf(route, found, compiled),
  }
}

function gatherersOf(route: Route, { asked, path }: Found, compiled: Compiled): Routed['gatherers'] {
  const recorded = compiled.recorded.find((one) => one.name === route.name)
  if (recorded === undefined || route.mode === 'off') return []
  const uses = recorded.uses as readonly GathererUse[]
  return compileUses(uses, { ...recorded, route: route.name }).map((use) => {
    const { yes, reason } = use.applies(asked.method, path)
    const later = yes ? laterConditions(uses[use.use]?.when) : undefined
    return { name: use.gatherer, looks: yes, reason: later ?? reason }
  })
}

/** What only the exchange itself will show. */
function laterConditions(when: GathererUse['when']): string | undefined {
  if (when === undefined) return undefined
  const { status, content, exists } = when
  const open = Object.entries({ status, content, exists }).filter(([, value]) => value !== undefined)
  if (open.length === 0) return undefined
  return `if ${open.map(([name, value]) => `${name} is ${JSON.stringify(value).replaceAll('"', '')}`).join(' and ')}`
}
