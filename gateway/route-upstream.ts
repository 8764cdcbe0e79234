// What every request of a route shares on its way upstream, worked out once per route; and the forwarding fields that every
// request of a connection shares, worked out once per connection. Holds nothing of a request.
import type { Socket } from 'node:net'
import { forwardedFields, unmapped, type Hop, type PeerTrust } from './heads/forwarded.js'
import type { Route } from './route.js'

export interface RouteUpstream {
  /** Host that replaces the client's; undefined: none does */
  readonly host: string | undefined
  readonly serviceHost: string
  /** path of the service's URL, without trailing slash */
  readonly base: string
  readonly explicit: boolean
}

function routeUpstreamOf({ service, rewrite }: Route): RouteUpstream {
  const { host, pathname } = service.url
  const rewritten = rewrite.host === 'upstream' ? host : rewrite.host
  return {
    host: rewritten === 'keep' ? undefined : rewritten,
    serviceHost: host,
    base: pathname === '/' ? '' : pathname,
    explicit: service.forwarder === 'explicit',
  }
}

interface ConnectionHop {
  readonly hop: Hop
  /** undefined where the peer is trusted: then the request's own fields count */
  readonly forwarded: readonly string[] | undefined
}

export class Upstreams {
  private readonly trust: PeerTrust
  private readonly routes = new Map<Route, RouteUpstream>()
  private readonly hops = new WeakMap<Socket, ConnectionHop>()

  constructor(trust: PeerTrust) {
    this.trust = trust
  }

  of(route: Route): RouteUpstream {
    const known = this.routes.get(route)
    if (known !== undefined) return known
    const made = routeUpstreamOf(route)
    this.routes.set(route, made)
    return made
  }

  hopOf(socket: Socket, listener: Pick<Hop, 'scheme' | 'port'>, authority: string): ConnectionHop {
    const known = this.hops.get(socket)
    if (known?.hop.authority === authority) return known
    const address = socket.remoteAddress ?? ''
    const trusted = this.trust(address)
    const hop: Hop = { peer: unmapped(address), trusted, scheme: listener.scheme, port: listener.port, authority }
    const made: ConnectionHop = { hop, forwarded: trusted ? undefined : forwardedFields(hop) }
    this.hops.set(socket, made)
    return made
  }
}
