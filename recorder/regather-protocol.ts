// What crosses between the control plane's side of `gather` and `regather` and the worker that does them: plain data.
import type { ExchangeId, Micros } from '../core/ids.js'
import type { RedactionRules } from '../core/redaction.js'
import type { FactsLeaf, GathererYield } from '../lineage/model/fact.js'
import type { LeafBatch } from '../lineage/ports.js'
import type { RecordedRoute } from './gather-protocol.js'

/** One exchange as the configured gatherers see it now; nothing of it is stored. */
export interface GatheredNow {
  readonly exchange: ExchangeId
  readonly route: string
  readonly method: string
  /** without query */
  readonly path: string
  /** null where no answer came */
  readonly status: number | null
  /** whether there were bodies to read; false where none was captured or its capture is gone */
  readonly captured: boolean
  readonly gathered: readonly GathererYield[]
  /** uses with neither facts nor gaps */
  readonly silent: readonly SilentUse[]
}

export interface SilentUse {
  readonly use: number
  readonly gatherer: string
  /** the condition that does not hold, or why it found nothing */
  readonly reason: string
}

export interface Regathered {
  /** exchanges of the route looked at */
  readonly exchanges: number
  /** of these, those whose facts are others now: a new generation was stored */
  readonly changed: number
  /** those whose capture is not kept any more */
  readonly missing: number
}

export type RegatherTask =
  | { readonly kind: 'exchange'; readonly exchange: ExchangeId; readonly route: string | undefined }
  /** `routes`: the route of each entry; undefined where there is none, or no such route */
  | { readonly kind: 'har'; readonly har: string; readonly routes: readonly (string | undefined)[] }
  | { readonly kind: 'regather'; readonly route: string; readonly since: Micros }

export interface RegatherOptions {
  readonly dir: string
  readonly routes: readonly RecordedRoute[]
  readonly rules: RedactionRules
  readonly modules: readonly string[]
  readonly task: RegatherTask
}

export type FromRegather =
  /** it is alive, at this exchange */
  | { readonly kind: 'at'; readonly exchange: ExchangeId }
  /** to be appended; the worker waits for the answer */
  | { readonly kind: 'store'; readonly batch: LeafBatch }
  | { readonly kind: 'gathered'; readonly exchanges: readonly GatheredNow[] }
  | { readonly kind: 'regathered'; readonly result: Regathered }
  | { readonly kind: 'unknown'; readonly exchange: ExchangeId }

/** Facts of the highest generation, which stand for the exchange. */
export function latestOf(facts: readonly FactsLeaf[]): FactsLeaf | undefined {
  return facts.reduce<FactsLeaf | undefined>(
    (latest, one) => (latest === undefined || one.generation > latest.generation ? one : latest),
    undefined,
  )
}
