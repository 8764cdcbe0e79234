// Runs a route's gatherers over one exchange. A gatherer that throws is a gap; it never takes the others with it.
import type { GathererYield } from '../lineage/model/fact.js'
import type { CompiledUse } from './compile.js'
import type { ObservedExchange } from './contract.js'
import { createExchangeValue, pathOf } from './exchange-value.js'

/** One yield for each use whose conditions hold. */
export function gatherExchange(compiled: readonly CompiledUse[], exchange: ObservedExchange): readonly GathererYield[] {
  const { record } = exchange
  const path = pathOf(record)
  return compiled.flatMap((use) => {
    try {
      return use.applies(record.request.method, path).yes && holds(use, exchange) ? [gatherOne(use, exchange)] : []
    } catch (error) {
      return [failed(use, error)]
    }
  })
}

function holds(use: CompiledUse, exchange: ObservedExchange): boolean {
  return use.when.holds(exchange, () => createExchangeValue(exchange, use.patterns, () => undefined))
}

function gatherOne(use: CompiledUse, exchange: ObservedExchange): GathererYield {
  const { facts, gaps } = use.compiled.gather(exchange)
  return { facts, gaps, gatherer: use.gatherer, use: use.use, version: use.version }
}

function failed(use: CompiledUse, error: unknown): GathererYield {
  // the message may quote a body; its kind cannot
  const about = error instanceof Error ? error.name : typeof error
  const gaps = [{ reason: 'gatherer-failed' as const, about }]
  return { use: use.use, gatherer: use.gatherer, version: use.version, facts: [], gaps }
}
