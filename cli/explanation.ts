// Says what would become of a request: which route takes it and why the others don't, what the service would see, what is
// recorded, and which gatherers would look. Sends nothing.
import type { Compiled } from '../config/compile.js'
import type { WaybillError } from '../core/errors.js'
import type { RawFields } from '../core/exchange.js'
import { compileUses } from '../gatherers/compile.js'
import type { GathererUse } from '../gatherers/contract.js'
import { fieldFault, isToken } from '../gateway/heads/field-text.js'
import { readRequestHead, unforwardable, type RequestHeadView } from '../gateway/heads/request-head.js'
import { resolveRequest } from '../gateway/heads/resolution.js'
import { upstreamTarget } from '../gateway/heads/rewrite.js'
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
  /** as the gateway reads it, where that differs: normalized */
  readonly readAs: string | null
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
  const { authority, path, query, fields } = headOf(asked, compiled)
  const router = createRouter(compiled.routes)
  const request = { method, authority, path, fields }
  const resolution = resolveRequest(router, request)
  const seen = resolution.kind === 'ambiguous' ? path : resolution.path
  const verdicts = router.explain({ ...request, path: seen })
  return {
    ...{ method, host: authority, path, readAs: seen === path ? null : seen, outcome: resolution.kind },
    reason: resolution.kind === 'ambiguous' ? resolution.reason : null,
    routed:
      resolution.kind === 'routed'
        ? routedBy(resolution.match, { asked, authority, path: resolution.path, query }, compiled)
        : null,
    routes: verdicts.map(({ route, chosen, reason }) => ({ name: route.name, chosen, reason: reason ?? null })),
  }
}

/** The head as the gateway would read it; throws where it would refuse it. */
function headOf({ method, url, fields }: Asked, { settings }: Compiled): RequestHeadView {
  if (!isToken(method)) throw refused(400, 'the method is no method', 'Such as GET or POST.')
  const fault = fieldFault(fields)
  if (fault !== undefined) throw refused(400, fault, 'Write a field as `name: value`, on one line.')
  // a path alone stands for a request to any host, which only HTTP/1.0 has
  const hostless = !fields.some((text, at) => at % 2 === 0 && text.toLowerCase() === 'host')
  const head = readRequestHead({ method, target: url, version: hostless ? '1.0' : '1.1', fields }, settings.limits)
  if (head.kind === 'refused') throw refusedBy(head.error)
  const error = unforwardable(head)
  if (error !== undefined) throw refusedBy(error)
  return head
}

function refusedBy(error: WaybillError): CliFailure {
  const { reason } = error.details
  if (reason === undefined) return refused(error.status, error.message, error.hint)
  return refused(error.status, String(reason), hintOf(String(reason)))
}

function refused(status: number, reason: string, hint: string): CliFailure {
  return new CliFailure(`the gateway would refuse this with ${status}: ${reason}`, hint, exitCodes.badInput)
}

function hintOf(reason: string): string {
  if (reason.includes('fragment')) return 'Leave out what begins with #: clients keep it to themselves.'
  if (reason.startsWith('the target contains')) return 'Percent-encode it.'
  if (reason.startsWith('the target is neither')) return 'Such as /path or http://127.0.0.1:8080/path.'
  return reason.includes('authority') ? 'Such as http://127.0.0.1:8080/path.' : 'The gateway takes no such request.'
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
      ...{ service: service.name, kind: service.kind, url: service.url.origin + (target === '*' ? '' : target) },
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
