// What every request of a route shares on its way upstream, worked out once per route. Holds nothing of a request.
import type { Route } from './route.js'

export interface RouteUpstream {
  /** Host that replaces the client's; undefined: none does */
  readonly host: string | undefined
  readonly serviceHost: string
  /** path of the service's URL, without trailing slash */
  readonly base: string
}

function routeUpstreamOf({ service, rewrite }: Route): RouteUpstream {
  const { host, pathname } = service.url
  const rewritten = rewrite.host === 'upstream' ? host : rewrite.host
  return {
    host: rewritten === 'keep' ? undefined : rewritten,
    serviceHost: host,
    base: pathname === '/' ? '' : pathname,
  }
}

export class Upstreams {
  private readonly routes = new Map<Route, RouteUpstream>()

  of(route: Route): RouteUpstream {
    const known = this.routes.get(route)
    if (known !== undefined) return known
    const made = routeUpstreamOf(route)
    this.routes.set(route, made)
    return made
  }
}
