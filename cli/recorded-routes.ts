// The routes of a configuration as the recorder knows them, and which of them takes a request that did not come by.
import type { Compiled } from '../config/compile.js'
import { resolveRequest } from '../gateway/heads/resolution.js'
import { createRouter } from '../gateway/router.js'
import type { GathererUse } from '../gatherers/contract.js'
import type { HarRequest } from '../gatherers/har/har.js'
import type { RecordedRoute } from '../recorder/recorder.js'

/** The configuration knows `when` and options as what the gatherers' own schemas parsed. */
export function recordedRoutes({ recorded }: Compiled): readonly RecordedRoute[] {
  return recorded.map((route) => ({ ...route, uses: route.uses as readonly GathererUse[] }))
}

/** Undefined where none takes it, or the gateway would refuse its path. */
export function routeFinder({ routes }: Compiled): (request: HarRequest) => string | undefined {
  const router = createRouter(routes)
  return ({ target, ...request }) => {
    const resolution = resolveRequest(router, { ...request, path: target.split('?', 1)[0] ?? '' })
    return resolution.kind === 'routed' ? resolution.match.route.name : undefined
  }
}
