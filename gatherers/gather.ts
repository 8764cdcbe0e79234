// Runs a route's gatherers over one exchange. A gatherer that throws is a gap; it never takes the others with it.
import type { GathererGap, GathererYield } from '../lineage/model/fact.js'
import type { CompiledUse } from './compile.js'
import { confirmationOf } from './confirmation.js'
import type { Gathered, ObservedExchange } from './contract.js'
import { createExchangeValue, pathOf } from './exchange-value.js'

/** Told of a use that has neither facts nor gaps for an exchange, and why. */
export type OnSilent = (use: Pick<CompiledUse, 'use' | 'gatherer'>, reason: string) => void

/** One yield for each use whose conditions hold. */
export function gatherExchange(
  compiled: readonly CompiledUse[],
  exchange: ObservedExchange,
  onSilent?: OnSilent,
): readonly GathererYield[] {
  const path = pathOf(exchange.record)
  return compiled.flatMap((use) => {
    try {
      const unmet = unmetBy(use, exchange, path)
      if (unmet === undefined) return [gatherOne(use, exchange, onSilent)]
      if (unmet.gaps.length > 0) return [yieldOf(use, { facts: [], gaps: unmet.gaps })]
      onSilent?.(use, unmet.reason)
      return []
    } catch (error) {
      return [failed(use, error)]
    }
  })
}

interface Unmet {
  readonly reason: string
  /** bodies that the condition could not look into: nobody knows whether it holds */
  readonly gaps: readonly GathererGap[]
}

function unmetBy(use: CompiledUse, exchange: ObservedExchange, path: string): Unmet | undefined {
  const { yes, reason } = use.applies(exchange.record.request.method, path)
  if (!yes) return { reason, gaps: [] }
  const gaps: GathererGap[] = []
  const unmet = use.when.unmet(exchange, () => createExchangeValue(exchange, use.patterns, (gap) => gaps.push(gap)))
  if (unmet === undefined) return undefined
  return { reason: unmet, gaps: confirmationOf(exchange.record) === 'refused' ? [] : gaps }
}

function gatherOne(use: CompiledUse, exchange: ObservedExchange, onSilent: OnSilent | undefined): GathererYield {
  const { facts, gaps, silent } = use.compiled.gather(exchange)
  if (facts.length === 0 && gaps.length === 0) onSilent?.(use, silent ?? 'it looked and found nothing')
  return yieldOf(use, { facts, gaps })
}

function yieldOf({ gatherer, use, version }: CompiledUse, { facts, gaps }: Gathered): GathererYield {
  return { facts, gaps, gatherer, use, version }
}

function failed(use: CompiledUse, error: unknown): GathererYield {
  // the message may quote a body; its kind cannot
  const about = error instanceof Error ? error.name : typeof error
  return yieldOf(use, { facts: [], gaps: [{ reason: 'gatherer-failed', about }] })
}
