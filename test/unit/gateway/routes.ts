// Routes for tests, with defaults filled in.
import { noTap } from '../../../core/exchange.js'
import type { PathMode, Rewrite, Route, RouteMatch } from '../../../gateway/route.js'

export interface RouteSketch {
  readonly name?: string
  readonly match?: RouteMatch
  readonly path?: PathMode
  readonly rewrite?: Rewrite
}

export function routeOf(sketch: RouteSketch): Route {
  const name = sketch.name ?? sketch.match?.path ?? sketch.match?.host ?? 'all'
  return {
    name,
    match: sketch.match ?? {},
    rewrite: sketch.rewrite ?? {},
    service: {
      name: `service-of-${name}`,
      kind: 'http',
      url: new URL('http://127.0.0.1:9'),
      path: sketch.path ?? 'strict',
      timeouts: { connect: 1000, head: 1000, idle: 1000 },
      connections: 8,
      trailers: [],
    },
    mode: 'off',
    wait: 0,
    tenant: { project: 'p', domain: 'd' },
    tap: noTap,
    gatherers: [],
  }
}
