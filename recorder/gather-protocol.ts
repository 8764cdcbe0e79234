// What crosses between the proxy thread and a gatherer worker: plain data, the records and
// bodies of jobs in shared memory (job-frames.ts).
import type { MessagePort } from 'node:worker_threads'
import type { BodyCapture, RecordingMode } from '../core/exchange.js'
import type { BodySide } from '../core/recorder-port.js'
import type { ExchangeId } from '../core/ids.js'
import type { RedactionRules } from '../core/redaction.js'
import type { SignalMessage } from '../core/signals.js'
import type { Tenant } from '../core/tenant.js'
import type { GathererUse } from '../gatherers/contract.js'

/** A route as the recorder needs it. */
export interface RecordedRoute {
  readonly name: string
  readonly service: { readonly name: string; readonly kind: string; readonly url: string }
  readonly mode: RecordingMode
  /** milliseconds that `required` waits for facts */
  readonly wait: number
  readonly tenant: Tenant
  /** path prefix that the route strips before the upstream sees it; '' where none */
  readonly stripPrefix: string
  /** the path that the route matches, where it matches one: names its path parameters */
  readonly path?: string
  readonly uses: readonly GathererUse[]
}

export interface GathererThreadOptions {
  readonly dir: string
  readonly routes: readonly RecordedRoute[]
  readonly rules: RedactionRules
  readonly captures: { readonly keep: number; readonly max: number }
  /** [serial of the job in work, use in work + 1]; 0 where idle */
  readonly progress: SharedArrayBuffer
  /** how much of a processor it may take: core/processor-share.ts; undefined: all that it gets */
  readonly share: SharedArrayBuffer | undefined
  /** tells its files apart from another worker's; lower-case letters and digits */
  readonly owner: string
  /** tests only: modules whose `gatherers` are known beside the registry's */
  readonly modules: readonly string[]
}

/** One side of a job. */
export interface JobBody extends BodyCapture {
  /** its pieces could not all be hashed */
  readonly digestSkipped: boolean
}

/** A use that is not to be run (again) for this exchange, and why. */
export interface SkippedUse {
  readonly use: number
  readonly reason: 'gatherer-timeout' | 'gatherer-failed'
  readonly about: string
}

/** What one job of a batch is not to run. */
export interface JobSkip {
  readonly serial: number
  readonly skip: readonly SkippedUse[]
}

export interface Job {
  readonly serial: number
  /** the exchange record, packed (core/packed-record.ts) */
  readonly record: string
  readonly request: JobBody
  readonly response: JobBody
  /** not even its bodies may be read: that is where a worker hung before */
  readonly headsOnly: boolean
}

export type ToGatherer =
  /** jobs lie in `memory` between `from` and `to`, bytes */
  | {
      readonly kind: 'jobs'
      readonly memory: SharedArrayBuffer
      readonly from: number
      readonly to: number
      readonly skips: readonly JobSkip[]
    }
  | {
      readonly kind: 'chunk'
      readonly exchange: ExchangeId
      readonly side: BodySide
      readonly bytes: Uint8Array<ArrayBuffer>
    }
  | { readonly kind: 'forget'; readonly exchange: ExchangeId }
  | { readonly kind: 'ledger'; readonly port: MessagePort }
  | { readonly kind: 'close' }

export type FromGatherer =
  | { readonly kind: 'ready' }
  /** the batch has been worked off: the next may come */
  | { readonly kind: 'taken' }
  /** facts that are on disk (or, in `shadow`, are not to be) */
  | { readonly kind: 'stored'; readonly serials: readonly number[] }
  | { readonly kind: 'failed'; readonly serials: readonly number[]; readonly reason: string }
  | { readonly kind: 'hashed'; readonly bytes: number }
  | { readonly kind: 'signals'; readonly messages: readonly SignalMessage[] }
