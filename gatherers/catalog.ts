// All gatherers as the configuration takes them: names, schemas, and the compile step that finds what a schema cannot see.
import type { z } from 'zod'
import type { TapPlan } from '../core/exchange.js'
import { compileUses, tapPlanOf, type UsesContext } from './compile.js'
import type { AnyGatherer, GathererUse, OptionFault } from './contract.js'
import { judgeUse, type WrittenUse } from './judge.js'
import { gathererNamed, gathererNames } from './registry.js'
import { selectorFault } from './selectors.js'
import { whenOptions, type When } from './when-options.js'

/** A use as the configuration has parsed it. */
interface ConfiguredUse {
  readonly gatherer: string
  readonly options: unknown
  readonly when?: unknown
}

export interface Catalog {
  readonly entries: readonly AnyGatherer[]
  readonly when: z.ZodType
  /** everything that the schema cannot see of a use as it is written, right or wrong; paths start with `when` or `with` */
  check(use: WrittenUse, context: UsesContext): readonly OptionFault[]
  /** what is wrong with a selector by its grammar */
  selectorFault(text: string): string | undefined
  /** Throws GathererOptionError where check() finds something. */
  tap(uses: readonly ConfiguredUse[], context: UsesContext): TapPlan
}

export function gathererCatalog(): Catalog {
  return {
    entries: gathererNames()
      .map(gathererNamed)
      .filter((gatherer) => gatherer !== undefined),
    when: whenOptions,
    check: judgeUse,
    selectorFault,
    tap: (uses, context) => tapPlanOf(compileUses(uses.map(asUse), context)),
  }
}

function asUse({ gatherer, options, when }: ConfiguredUse): GathererUse {
  return { gatherer, options, ...(when === undefined ? {} : { when: when as When }) }
}
