// The data plane's part of the configuration: services, routes, listeners, time-outs and limits. Schemas and what of them
// can be checked without the rest of the file. Never opens a socket or resolves a name.
import { z } from 'zod'
import { duration, hostOption, nameOption, size } from '../core/options.js'
import { isFieldValue } from './heads/field-text.js'
import { networkOf } from './heads/forwarded.js'
import { rewriteFault } from './heads/rewrite.js'
import type { Rewrite, RouteMatch, Service } from './route.js'
import { compilePath } from './route-pattern.js'
import { hiddenMatches } from './router.js'
import type { GatewaySettings, ListenerOptions } from './settings.js'

export { hiddenMatches }
export type { Route } from './route.js'
export type { GatewaySettings, ListenerOptions } from './settings.js'

const methodShape = /^[A-Z][A-Z-]{0,31}$/
const fieldShape = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const hostShape = /^(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*$/
const addressShape = /^\[[0-9A-Fa-f:.]+\]$/

export const serviceKinds = ['http', 's3', 'mlflow', 'registry'] as const
export type ServiceKind = (typeof serviceKinds)[number]

const timeouts = {
  connect: 'Until the connection to the service stands, or one of its `connections` is free (503 beyond).',
  head: 'Until the service’s response head is whole, from the end of the request or the last interim answer on.',
  idle: 'Without a byte in either direction; of upgraded connections, once one side has ended.',
}

export const timeoutOptions = z
  .strictObject({
    connect: duration({ zero: false }).prefault('5s').describe(timeouts.connect),
    head: duration({ zero: false }).prefault('5m').describe(timeouts.head),
    idle: duration({ zero: false }).prefault('5m').describe(timeouts.idle),
  })
  .describe('Time limits towards a service.')

const partialTimeouts = z
  .strictObject({
    connect: duration({ zero: false }).optional().describe(timeouts.connect),
    head: duration({ zero: false }).optional().describe(timeouts.head),
    idle: duration({ zero: false }).optional().describe(timeouts.idle),
  })
  .describe('Time limits for this service alone; what is left out comes from the top-level `timeouts`.')

const serviceUrl = z.string().refine((text) => urlProblem(text) === undefined, {
  error: (issue) => urlProblem(String(issue.input)) ?? 'expected a URL',
})

/** Why `text` can't be a service's url, or undefined. Never repeats the text: it may hold credentials. */
function urlProblem(text: string): string | undefined {
  if (!URL.canParse(text)) return 'expected a URL such as http://127.0.0.1:9000'
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'expected a URL with http:// or https://'
  if (url.username !== '' || url.password !== '') return 'expected a URL without credentials'
  if (url.search !== '' || url.hash !== '') return 'expected a URL without query and fragment'
  return undefined
}

export const serviceOptions = z
  .strictObject({
    kind: z
      .enum(serviceKinds)
      .default('http')
      .describe('What the service is: a kind brings its path mode and the gatherers of its routes.'),
    url: serviceUrl.describe('Origin of the service, with a base path where it has one.'),
    path: z
      .enum(['strict', 'opaque'])
      .optional()
      .describe(
        '`strict`: requests are routed and forwarded on the normalized path, or refused. `opaque`: the raw path goes upstream untouched (default for kinds `s3` and `registry`).',
      ),
    timeouts: partialTimeouts.optional(),
    connections: z.int().min(1).max(65_535).default(128).describe('Connections to the service at most.'),
    trailers: z
      .array(z.string().regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/, 'expected the name of a field'))
      .default([])
      .describe('Names of request trailers that pass although they are refused by default, such as `X-Api-Key`.'),
  })
  .describe('One service behind the gateway.')

// `.*`, `.+`, `)+`, `)*`, `(?`, `\d`, `[a-z]`, `^`, `|`: somebody meant a regular expression
const regexSign = /\.[*+]|\)[*+?{]|\(\?|[\\[\]^|]|\$$/

/** What is wrong with a path pattern, as the sentence of an error; undefined where it is right. */
function patternProblem(pattern: string): string | undefined {
  if (regexSign.test(pattern)) {
    return 'expected a path pattern, not a regular expression: /exact, /prefix/* or {name} for one segment'
  }
  const compiled = compilePath(pattern)
  return compiled.ok ? undefined : `expected another path pattern: ${compiled.fault}`
}

function prefixProblem(prefix: string): string | undefined {
  const fault = rewriteFault({ addPrefix: prefix })
  return fault === undefined
    ? undefined
    : `expected a path such as /mlflow; this one ${fault.replace('addPrefix ', '')}`
}

const method = z.string().regex(methodShape, { error: 'expected an HTTP method in capitals, such as GET or POST' })

const pathPattern = z.string().refine((text) => patternProblem(text) === undefined, {
  error: (issue) => patternProblem(String(issue.input)) ?? 'bad pattern',
})

// As it arrives: bytes read as latin1, without the spaces around it.
const fieldValue = z.string().refine((text) => isFieldValue(text) && !/^[\t ]|[\t ]$/.test(text), {
  error: 'expected what a header field can hold: one line of latin1, without spaces around it',
})

const matchOptions = z
  .strictObject({
    host: z
      .string()
      .refine((text) => hostShape.test(text) || addressShape.test(text), {
        error: 'expected a host name without port, such as s3.local or *.s3.local',
      })
      .transform((text) => text.toLowerCase())
      .optional()
      .describe('Host that the request names, without port; `*.suffix` takes any name below the suffix.'),
    path: pathPattern
      .optional()
      .describe(
        '`/exact`, or `/prefix/*` for everything below; `{name}` stands for one segment. `/*` takes `OPTIONS *` too.',
      ),
    method: z
      .union([method.transform((one) => [one]), z.array(method).min(1)])
      .optional()
      .describe('One method or several; without it all methods match.'),
    fields: z
      .record(
        z.string().regex(fieldShape, { error: 'expected the name of a header field' }),
        z.union([fieldValue, z.literal(true)]),
      )
      .optional()
      .describe('Header fields that must equal a value, or be present (`true`).'),
  })
  .describe('Which requests the route takes; all conditions must hold.')

const pathPrefix = z.string().refine((text) => prefixProblem(text) === undefined, {
  error: (issue) => prefixProblem(String(issue.input)) ?? 'expected a path',
})

const rewriteOptions = z
  .strictObject({
    stripPrefix: pathPrefix.optional().describe('Leading path that the service does not see.'),
    addPrefix: pathPrefix.optional().describe('Path put in front of what the service sees.'),
    host: z
      .string()
      .regex(/^[A-Za-z0-9_.-]+(:\d{1,5})?$/, { error: 'expected keep, upstream, or a host with optional port' })
      .optional()
      .describe('Host field sent upstream: `keep` (default; signed requests need it), `upstream`, or a literal host.'),
    locations: z
      .boolean()
      .optional()
      .describe('Rewrite `Location`, `Content-Location` and `Link` that point at the service to point at the gateway.'),
  })
  .describe('What is changed of the request on its way to the service.')

/** A route but for what other rooms add to it (record, tenant, gather). */
export const routeShape = {
  name: nameOption().describe('Name of the route, in records, logs and metrics.'),
  match: matchOptions,
  rewrite: rewriteOptions.optional(),
  service: z.string().describe('Name of the service that gets the requests.'),
}

export const listenerOptions = z
  .strictObject({
    port: z.int().min(0).max(65_535).describe('TCP port; 0 takes a free one.'),
    host: hostOption().default('127.0.0.1').describe('Address to listen on; loopback only until you say otherwise.'),
    name: nameOption().optional().describe('Name in logs; `http-<port>` without one.'),
    protocol: z.enum(['http1']).default('http1').describe('Protocol of the listener: HTTP/1.1.'),
  })
  .describe('One address of the data plane.')

export const limitOptions = z
  .strictObject({
    head: size('1B').prefault('16KiB').describe('Head of a request at most, its first line included (431 beyond).'),
    fields: z.int().min(1).max(2000).default(1000).describe('Header fields of a request at most (431 beyond).'),
    headTime: duration({ zero: false })
      .prefault('30s')
      .describe('Until a client has sent its request head (408 beyond).'),
    bodyIdle: duration({ zero: false })
      .prefault('60s')
      .describe('Without a byte of a request body that is still coming (408 beyond).'),
    keepAlive: duration().prefault('60s').describe('How long an idle client connection is kept.'),
    inFlight: z.int().min(1).default(10_000).describe('Exchanges at the same time (503 beyond).'),
    connections: z.int().min(1).default(20_000).describe('Client connections at the same time, per listener.'),
    progress: duration().prefault('5s').describe('Time between the progress records of a stream.'),
    retryAfter: duration()
      .prefault('1s')
      .describe('What `Retry-After` says when the gateway is full or draining; whole seconds.'),
    drain: duration().prefault('30s').describe('How long exchanges in flight may take to finish at shutdown.'),
  })
  .describe('Limits of the data plane.')

const peerError = 'expected an address or CIDR range, such as 10.0.0.0/8'

export const trustedPeersOption = z
  .array(
    z
      .string()
      .regex(/^[0-9A-Fa-f:.]+(\/\d{1,3})?$/, { error: peerError, abort: true })
      .refine((text) => networkOf(text) !== undefined, { error: peerError }),
  )
  .default([])
  .describe('Peers (addresses or CIDR ranges) whose `Forwarded` and `X-Forwarded-*` fields are believed.')

export const viaOption = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, { error: 'expected a token (RFC 9110), such as waybill' })
  .default('waybill')
  .describe(
    'Name by which the gateway signs `Via`. A request that has come through ten gateways of this name goes in a circle: 508.',
  )

type Listener = z.output<typeof listenerOptions>

export function compileListener({ host, port, name }: Listener): ListenerOptions {
  return { host, port, name: name ?? `http-${port}` }
}

export function compileSettings(
  limits: z.output<typeof limitOptions>,
  trustedPeers: readonly string[],
  via: string,
): GatewaySettings {
  return {
    name: via,
    trustedPeers,
    limits: {
      headBytes: limits.head,
      fields: limits.fields,
      inFlight: limits.inFlight,
      connections: limits.connections,
    },
    timeouts: { head: limits.headTime, bodyIdle: limits.bodyIdle, keepAlive: limits.keepAlive },
    progress: limits.progress,
    retryAfter: Math.max(1, Math.ceil(limits.retryAfter / 1000)),
  }
}

interface ServiceDefaults {
  readonly path: Service['path']
  readonly timeouts: Service['timeouts']
}

export function compileService(
  name: string,
  service: z.output<typeof serviceOptions>,
  defaults: ServiceDefaults,
): Service {
  const { kind, connections, trailers, timeouts } = service
  return {
    name,
    kind,
    url: new URL(service.url.replace(/\/+$/, '')),
    path: service.path ?? defaults.path,
    timeouts: {
      connect: timeouts?.connect ?? defaults.timeouts.connect,
      head: timeouts?.head ?? defaults.timeouts.head,
      idle: timeouts?.idle ?? defaults.timeouts.idle,
    },
    connections,
    trailers: trailers.map((name) => name.toLowerCase()),
  }
}

export function compileMatch({ host, path, method, fields }: z.output<typeof matchOptions>): RouteMatch {
  const lower = (names: Readonly<Record<string, string | true>>) =>
    Object.fromEntries(Object.entries(names).map(([name, value]) => [name.toLowerCase(), value]))
  return {
    ...(host === undefined ? {} : { host }),
    ...(path === undefined ? {} : { path }),
    ...(method === undefined ? {} : { methods: method }),
    ...(fields === undefined ? {} : { fields: lower(fields) }),
  }
}

export function compileRewrite(rewrite: z.output<typeof rewriteOptions> = {}): Rewrite {
  const { stripPrefix, addPrefix, host, locations } = rewrite
  return {
    ...(stripPrefix === undefined ? {} : { stripPrefix }),
    ...(addPrefix === undefined ? {} : { addPrefix }),
    ...(host === undefined ? {} : { host }),
    ...(locations === undefined ? {} : { locations }),
  }
}
