// Answers `waybill gather --har` in process, from a configuration file: to try gatherers before any Waybill runs with them. Opens
// no data folder and stores nothing.
import type { Compiled } from '../config/compile.js'
import { createLocalAsker, type Asker } from './asker.js'

export async function createHarAsker(compiled: Compiled): Promise<Asker> {
  const [{ harEndpoint }, { gatherHarNow }, { runnableUses }, { recordedRoutes, routeFinder }] = await Promise.all([
    import('../recorder/endpoints.js'),
    import('../recorder/regathering.js'),
    import('../recorder/route-gatherers.js'),
    import('./recorded-routes.js'),
  ])
  const routes = recordedRoutes(compiled)
  const parts = {
    rules: compiled.rules,
    routes: new Map(routes.map((route) => [route.name, route])),
    uses: new Map(routes.map((route) => [route.name, runnableUses(route, new Map())])),
    at: () => undefined,
  }
  const regather = { har: (text: string, names: HarRoutes) => Promise.resolve(gatherHarNow(text, names, parts)) }
  const endpoint = harEndpoint({ regather, routes, routeOf: routeFinder(compiled) })
  return createLocalAsker([endpoint], () => Promise.resolve())
}

type HarRoutes = readonly (string | undefined)[]
