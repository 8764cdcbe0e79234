// The recorder's operations of the control API as values: what the configured gatherers make of an exchange or a HAR file, and
// gathering again. Parses what is asked; the work is regather.ts's.
import { z } from 'zod'
import { fromIso } from '../core/clock.js'
import { defineEndpoint, timeText, type AnyEndpoint, type EndpointContext } from '../core/endpoint.js'
import { WaybillError } from '../core/errors.js'
import type { Micros } from '../core/ids.js'
import { mayRead } from '../core/tenant.js'
import { isRequest, readHar, requestOf, type HarRequest } from '../gatherers/har/har.js'
import { exchangeNamed } from '../lineage/not-found.js'
import type { LedgerReader } from '../lineage/ports.js'
import type { RecordedRoute } from './gather-protocol.js'
import type { Regather } from './regather.js'

export interface HarEndpointParts {
  readonly regather: Pick<Regather, 'har'>
  readonly routes: readonly RecordedRoute[]
  /** name of the route that takes such a request; undefined where none does */
  readonly routeOf: (request: HarRequest) => string | undefined
}

export interface RecorderEndpointParts extends HarEndpointParts {
  readonly regather: Regather
  readonly ledger: LedgerReader
}

const gap = z.object({ reason: z.string(), about: z.string() })
const gatherYield = z.object({
  use: z.int().describe('Place in the route’s `gather` list; -1 for Waybill itself.'),
  gatherer: z.string(),
  version: z.string(),
  facts: z.array(z.looseObject({ kind: z.string() })),
  gaps: z.array(gap),
})
const silentUse = z.object({
  use: z.int().describe('Place in the route’s `gather` list.'),
  gatherer: z.string(),
  reason: z.string().describe('The condition that does not hold, or why nothing was found.'),
})
const gatheredSchema = z.object({
  exchanges: z.array(
    z.object({
      exchange: z.string(),
      route: z.string(),
      method: z.string(),
      path: z.string().describe('Without its query.'),
      status: z.int().nullable().describe('Null where no answer came.'),
      captured: z.boolean().describe('Whether there were bodies to read.'),
      gathered: z.array(gatherYield),
      silent: z.array(silentUse).describe('Gatherers of the route with neither facts nor gaps.'),
    }),
  ),
  skipped: z
    .int()
    .optional()
    .describe('Entries of a HAR file that are no requests over HTTP or WebSocket (`data:`, `blob:`): left out.'),
})
const regatheredSchema = z.object({
  exchanges: z.int().describe('Exchanges of the route that were looked at.'),
  changed: z.int().describe('Those whose facts are others now: a new generation was stored.'),
  missing: z.int().describe('Those whose capture is not kept any more: their facts stand.'),
})

const routeName = z.string().min(1)
const none = z.strictObject({})

export function recorderEndpoints(parts: RecorderEndpointParts): AnyEndpoint[] {
  return [gatherOfExchange(parts), harEndpoint(parts), regatherRoute(parts)]
}

function gatherOfExchange(parts: RecorderEndpointParts): AnyEndpoint {
  const { regather, ledger } = parts
  return defineEndpoint({
    method: 'GET',
    path: '/v1/gather',
    operationId: 'gatherExchange',
    summary: 'What the configured gatherers make of a recorded exchange; stores nothing.',
    tag: 'recorder',
    params: none,
    query: z.strictObject({
      exchange: z.string().describe('Id of the exchange.'),
      route: routeName.optional().describe('Use this route’s gatherers. Default: those of the exchange’s own.'),
    }),
    response: gatheredSchema,
    handle: async ({ query }, context) => {
      const { record } = await exchangeNamed(query.exchange, context.scope, ledger)
      return plain(await regather.exchange(record.id, query.route && routeNamed(query.route, parts, context)))
    },
  })
}

const noHar = 'expected the JSON of a HAR 1.2 file, with its `log`'

export function harEndpoint(parts: HarEndpointParts): AnyEndpoint {
  return defineEndpoint({
    method: 'POST',
    path: '/v1/gather',
    operationId: 'gatherHar',
    summary: 'What the configured gatherers make of the entries of a HAR 1.2 file; stores nothing.',
    tag: 'recorder',
    params: none,
    query: none,
    body: z.strictObject({
      har: z.looseObject({ log: z.looseObject({}, noHar) }, noHar).describe('The file’s JSON.'),
      route: routeName.optional().describe('Route of all entries. Default: the one that takes each.'),
    }),
    response: gatheredSchema,
    handle: async ({ body }, context) => {
      const text = JSON.stringify(body.har)
      const har = readHar(text)
      if (!har.ok) throw new WaybillError('WB_BAD_QUERY', { reason: har.fault })
      const named = body.route === undefined ? undefined : routeNamed(body.route, parts, context)
      const routes = har.entries.map((entry) =>
        isRequest(entry) ? (named ?? allowed(parts.routeOf(requestOf(entry)), parts, context)) : undefined,
      )
      const skipped = har.entries.filter((entry) => !isRequest(entry)).length
      return { ...plain(await parts.regather.har(text, routes)), skipped }
    },
  })
}

function regatherRoute(parts: RecorderEndpointParts): AnyEndpoint {
  return defineEndpoint({
    method: 'POST',
    path: '/v1/regather',
    operationId: 'regather',
    summary: 'Runs a route’s gatherers again over captures that are kept; changed facts supersede, none is deleted.',
    tag: 'recorder',
    params: none,
    query: none,
    body: z.strictObject({
      route: routeName.describe('Name of the route.'),
      since: timeText.describe('Exchanges that ended at or after this time.'),
    }),
    response: regatheredSchema,
    handle: async ({ body }, context) => {
      const route = routeNamed(body.route, parts, context)
      return { ...(await parts.regather.route(route, fromIso(body.since) ?? (0 as Micros))) }
    },
  })
}

/** The route, if the asker may read its tenant. */
function allowed(
  name: string | undefined,
  { routes }: HarEndpointParts,
  { scope }: EndpointContext,
): string | undefined {
  const route = routes.find((one) => one.name === name)
  return route !== undefined && mayRead(scope, route.tenant) ? route.name : undefined
}

/** Throws WB_BAD_QUERY where there is none of that name. */
function routeNamed(name: string, parts: HarEndpointParts, context: EndpointContext): string {
  const route = allowed(name, parts, context)
  if (route !== undefined) return route
  const names = parts.routes.map((one) => one.name).filter((one) => allowed(one, parts, context) !== undefined)
  throw new WaybillError('WB_BAD_QUERY', { reason: `no route is called ${name}; there is ${names.join(', ')}` })
}

type Gathered = z.infer<typeof gatheredSchema>

/** Facts as they are: the schema lets their members by. */
function plain(exchanges: Awaited<ReturnType<Regather['exchange']>>): Gathered {
  return { exchanges: exchanges as unknown as Gathered['exchanges'] }
}
