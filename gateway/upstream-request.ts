// Makes what goes upstream of an accepted request: target, fields, framing, and which forwarder can carry it.
import { upstreamRequestFields } from './heads/request-fields.js'
import type { RequestHeadView } from './heads/request-head.js'
import { upstreamTarget } from './heads/rewrite.js'
import type { ExchangeContext } from './exchange-context.js'
import type { ExchangeRequest } from './exchange-request.js'
import type { ForwardRequest } from './forwarder.js'
import type { LocationMapping } from './heads/locations.js'
import type { Upstreams } from './route-upstream.js'

export interface UpstreamRequest {
  readonly explicit: boolean
  readonly traceId: string
  readonly forward: ForwardRequest
}

export function upstreamRequestOf(
  parts: ExchangeRequest,
  body: ForwardRequest['body'],
  context: ExchangeContext,
): UpstreamRequest {
  const { head, route, request, listener } = parts
  const upstream = context.upstreams.of(route)
  const explicit = upstream.explicit || needsExplicit(head)
  const { hop, forwarded } = context.upstreams.hopOf(request.socket, listener, head.authority)
  const { host, fields, traceId } = upstreamRequestFields(head, {
    hop,
    forwarded,
    pseudonym: context.settings.name,
    host: upstream.host,
    serviceHost: upstream.serviceHost,
    trailers: explicit,
  })
  const path = upstreamTarget({ path: parts.path, query: head.query }, route.rewrite, upstream.base)
  const { framing } = head
  return {
    explicit,
    traceId,
    forward: {
      method: head.method,
      path,
      host,
      fields,
      framing: framing.kind === 'refused' ? 'none' : framing.kind,
      length: framing.kind === 'length' ? framing.length : 0,
      upgrade: head.upgrade.kind === 'relayed' ? head.upgrade.protocol : null,
      body,
    },
  }
}

/** How references of the service become the gateway's, where the route asks for it. */
export function locationsOf(
  { head, route, listener }: ExchangeRequest,
  upstreams: Upstreams,
): LocationMapping | undefined {
  const { rewrite, service } = route
  if (rewrite.locations !== true) return undefined
  const upstream = upstreams.of(route)
  const sent = upstream.host ?? head.host
  const origins = [service.url.origin]
  if (sent !== undefined) origins.push(`${service.url.protocol}//${sent.toLowerCase()}`)
  return {
    origins,
    upstreamPrefix: upstream.base + (rewrite.addPrefix ?? ''),
    clientPrefix: rewrite.stripPrefix ?? '',
    clientOrigin: `${listener.scheme}://${head.host ?? `127.0.0.1:${listener.port}`}`,
  }
}

/** Methods for which undici frames a body, and an empty one too, as it was given. */
const bodyMethods = new Set(['POST', 'PUT', 'PATCH'])

/** What undici cannot carry unchanged: upgrades, request trailers, a framed body on a method that expects none. */
function needsExplicit(head: RequestHeadView): boolean {
  if (head.upgrade.kind === 'relayed') return true
  if (head.framing.kind === 'none') return false
  return !bodyMethods.has(head.method) || (head.framing.kind === 'chunked' && head.trailers.length > 0)
}
