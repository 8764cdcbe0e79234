// Which gatherers a route really has: those it lists, or those that its service's kind brings.
import type { ServiceKind } from '../gateway/options.js'
import type { GathererCatalog, Use } from './catalog.js'
import { kindDefaults } from './kinds.js'
import type { SchemaOutput } from './schema.js'

type RouteConfig = SchemaOutput['routes'][number]

export function effectiveUses(route: RouteConfig, kind: ServiceKind, catalog: GathererCatalog): readonly Use[] {
  if (route.gather !== undefined) {
    return route.gather.map(({ use, when, with: options }) => ({
      gatherer: use,
      options,
      ...(when === undefined ? {} : { when }),
    }))
  }
  return kindDefaults[kind].gatherers.flatMap((name) => {
    const entry = catalog.entries.find((one) => one.name === name)
    return entry === undefined ? [] : [{ gatherer: name, options: entry.options.parse({}) }]
  })
}
