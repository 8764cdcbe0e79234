// What the configuration needs to know of gatherers: their names, schemas and compile step, given by the composition
// root. Structural on purpose: this room may not import gatherers, only be handed them.
import type { z } from 'zod'
import type { TapPlan } from '../core/exchange.js'

export interface GathererEntry {
  readonly name: string
  readonly version: string
  /** one sentence for the reference */
  readonly doc: string
  readonly options: z.ZodType
}

/** One gatherer of one route, as the recorder takes it. */
export interface Use {
  readonly gatherer: string
  readonly options: unknown
  /** conditions under which the gatherer looks at an exchange; undefined: always */
  readonly when?: unknown
}

/** What of the configuration around it a gatherer may know. */
export interface UseContext {
  readonly route: string
  readonly service: { readonly name: string; readonly kind: string; readonly url: string }
  readonly stripPrefix: string
  /** the path that the route matches, where it matches one: its `{name}`s are path parameters */
  readonly path?: string
  /** the file is wrong about the path: nobody knows its parameters */
  readonly pathUnknown?: boolean
}

/** One entry of a `gather` list as it stands in the file, right or wrong. */
export interface WrittenUse {
  readonly gatherer: string
  readonly options: unknown
  readonly when?: unknown
}

export interface OptionFault {
  /** starts with `when` or `with` */
  readonly path: readonly (string | number)[]
  readonly message: string
}

export interface GathererCatalog {
  readonly entries: readonly GathererEntry[]
  /** schema of `when`, common to all gatherers */
  readonly when: z.ZodType
  /** everything wrong that the schema can't see (e.g. bad selectors), also beside what the schema finds wrong */
  check(use: WrittenUse, context: UseContext): readonly OptionFault[]
  /** what is wrong with an RFC 9535 JSONPath by its grammar */
  selectorFault(text: string): string | undefined
  tap(uses: readonly Use[], context: UseContext): TapPlan
}
