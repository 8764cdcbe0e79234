// The gatherers of one route, compiled, each to be run by itself so that a watchdog can tell which one is at work. Foreign
// code behind it may throw or hang: the first becomes a gap, the second is the watchdog's.
import type { TapPlan } from '../core/exchange.js'
import { compileUses, needsOfAll } from '../gatherers/compile.js'
import type { AnyGatherer, ObservedExchange } from '../gatherers/contract.js'
import { gatherExchange, type OnSilent } from '../gatherers/gather.js'
import { gathererNamed } from '../gatherers/registry.js'
import type { GathererYield } from '../lineage/model/fact.js'
import type { RecordedRoute } from './gather-protocol.js'

export interface RunnableUse {
  /** its place in the route's `gather` list */
  readonly use: number
  readonly gatherer: string
  readonly version: string
  readonly needs: TapPlan
  /** empty where its conditions do not hold */
  run(exchange: ObservedExchange, onSilent?: OnSilent): readonly GathererYield[]
}

export type GathererModules = ReadonlyMap<string, AnyGatherer>

/** Imports modules that export `gatherers: AnyGatherer[]` (tests only). */
export async function importGatherers(modules: readonly string[]): Promise<GathererModules> {
  const all = new Map<string, AnyGatherer>()
  for (const url of modules) {
    const { gatherers } = (await import(url)) as { readonly gatherers: readonly AnyGatherer[] }
    for (const one of gatherers) all.set(one.name, one)
  }
  return all
}

/** Throws GathererOptionError where the configuration was not checked before. */
export function runnableUses(route: RecordedRoute, modules: GathererModules): readonly RunnableUse[] {
  const { name, service, stripPrefix, path } = route
  const context = { route: name, service, stripPrefix, ...(path === undefined ? {} : { path }) }
  const compiled = compileUses(route.uses, context, (gatherer) => modules.get(gatherer) ?? gathererNamed(gatherer))
  return compiled.map((one) => {
    const { use, gatherer, version } = one
    const run: RunnableUse['run'] = (exchange, onSilent) => gatherExchange([one], exchange, onSilent)
    return { use, gatherer, version, needs: needsOfAll([one]), run }
  })
}
