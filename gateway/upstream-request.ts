// Makes what goes upstream of an accepted request: target, fields, framing.
import { clientOrigin } from './heads/forwarded.js'
import { upstreamRequestFields } from './heads/request-fields.js'
import { upstreamTarget } from './heads/rewrite.js'
import type { ExchangeContext } from './exchange-context.js'
import type { ExchangeRequest } from './exchange-request.js'
import type { ForwardRequest } from './forwarder.js'
import type { LocationMapping } from './heads/locations.js'
import type { Upstreams } from './route-upstream.js'

export interface UpstreamRequest {
  readonly traceId: string
  readonly forward: ForwardRequest
}

export function upstreamRequestOf(
  parts: ExchangeRequest,
  body: ForwardRequest['body'],
  context: ExchangeContext,
): UpstreamRequest {
  const { head, route, stream } = parts
  const upstream = context.upstreams.of(route)
  const { hop, forwarded } = stream.hop.fieldsFor(head.authority)
  const { fields, traceId } = upstreamRequestFields(head, {
    hop,
    forwarded,
    pseudonym: context.settings.name,
    host: upstream.host,
    serviceHost: upstream.serviceHost,
    listedTrailers: route.service.trailers,
  })
  return {
    traceId,
    forward: {
      method: head.method,
      path: upstreamTarget({ path: parts.path, query: head.query }, route.rewrite, upstream.base),
      fields,
      chunked: head.framing.kind === 'chunked',
      upgrade: head.upgrade.kind === 'relayed' ? head.upgrade.protocol : null,
      body,
    },
  }
}

/** How references of the service become the gateway's, where the route asks for it. */
export function locationsOf(
  { head, route, stream }: ExchangeRequest,
  upstreams: Upstreams,
): LocationMapping | undefined {
  const { rewrite, service } = route
  if (rewrite.locations !== true) return undefined
  const upstream = upstreams.of(route)
  const sent = upstream.host ?? head.host
  const { hop } = stream.hop.fieldsFor(head.authority)
  const origins = [service.url.origin]
  if (sent !== undefined) origins.push(`${service.url.protocol}//${sent}`)
  return {
    origins,
    upstreamPrefix: upstream.base + (rewrite.addPrefix ?? ''),
    clientPrefix: rewrite.stripPrefix ?? '',
    clientOrigin: clientOrigin(head.fields, hop, head.host ?? `127.0.0.1:${hop.port}`),
  }
}
