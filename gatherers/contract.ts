// What a gatherer is: a pure function from an exchange and its (redacted) capture to facts and gaps. No I/O, no state,
// no clock; the same input gives the same facts in the same order, since position makes a fact's id.
import type { z } from 'zod'
import type { BodyNeeds, DigestName, ExchangeRecord } from '../core/exchange.js'
import type { Fact, GathererGap, JsonValue } from '../lineage/model/fact.js'
import type { When } from './when-options.js'

/** A body as gatherers see it: redacted, bounded. Decoding (content coding, JSON, form, …) is lazy and cached. */
export interface BodyView {
  /** the bytes kept, content coding not undone */
  readonly bytes: Uint8Array
  /** bytes that passed */
  readonly total: number
  /** whether `bytes` are not all of it: it was cut, or is not kept; `parsed` says which */
  readonly truncated: boolean
  /** parsed by content type: JSON value, array of NDJSON values, form or multipart fields; what failed is a gap */
  parsed(): Parsed
  /** `<algorithm>:<hex>` of the body as it passed, where one was asked for, could be computed, and all of a body passed */
  digest(name: DigestName): string | undefined
}

export type Parsed =
  { readonly ok: true; readonly value: JsonValue } | { readonly ok: false; readonly gap: GathererGap }

export interface ObservedExchange {
  readonly record: ExchangeRecord
  readonly request: BodyView
  readonly response: BodyView
}

export interface Gathered {
  readonly facts: readonly Fact[]
  readonly gaps: readonly GathererGap[]
  /** where there are neither: why, quoting no body; `waybill gather` shows it, nothing stores it */
  readonly silent?: string
}

export interface Needs {
  readonly request: BodyNeeds
  readonly response: BodyNeeds
}

/** A gatherer with its options compiled; made once per route when the configuration loads (and again in each worker). */
export interface CompiledGatherer {
  readonly needs: Needs
  /** whether it wants to see such an exchange at all; `reason` says why not (for `waybill explain`) */
  applies(method: string, path: string): { readonly yes: boolean; readonly reason: string }
  gather(exchange: ObservedExchange): Gathered
}

export interface Gatherer<Options> {
  readonly name: string
  /** goes into every fact's leaf; raise it when the same exchange would give other facts */
  readonly version: string
  /** one sentence for the reference documentation */
  readonly doc: string
  readonly options: z.ZodType<Options>
  /** Throws one GathererOptionError with all that the schema cannot see, e.g. bad selectors. */
  compile(options: Options, context: CompileContext): CompiledGatherer
}

/** What of the configuration around it a gatherer may know. */
export interface CompileContext {
  readonly route: string
  readonly service: { readonly name: string; readonly kind: string; readonly url: string }
  /** path prefix that the route strips before the upstream sees it; '' where none */
  readonly stripPrefix: string
  /**
   * Path patterns, as clients send paths, whose `{name}`s are path parameters: the route's, then the use's `when.path`.
   * Undefined: nobody knows them (the file is wrong there), so no parameter is a fault.
   */
  readonly paths?: readonly string[]
}

/** One thing that is wrong with options although their schema takes them. */
export interface OptionFault {
  /** path inside the options, e.g. ['used', 0, 'name'] */
  readonly path: readonly (string | number)[]
  readonly message: string
}

export class GathererOptionError extends Error {
  readonly faults: readonly OptionFault[]

  constructor(faults: readonly OptionFault[]) {
    super(faults.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '))
    this.name = 'GathererOptionError'
    this.faults = faults
  }
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the registry holds gatherers of every options type
export type AnyGatherer = Gatherer<any>

/** One gatherer of one route as plain data: crosses to the workers, which compile it again. */
export interface GathererUse {
  readonly gatherer: string
  /** conditions that hold before the gatherer is asked at all */
  readonly when?: When
  readonly options: unknown
}
