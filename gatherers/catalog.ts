// All gatherers as the configuration takes them: names, schemas, and the compile step that finds what a schema cannot see.
import type { z } from 'zod'
import type { TapPlan } from '../core/exchange.js'
import { compileUses, tapPlanOf, type UsesContext } from './compile.js'
import { GathererOptionError, type AnyGatherer, type GathererUse } from './contract.js'
import { gathererNamed, gathererNames } from './registry.js'
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
  /** Throws GathererOptionError; its path is one inside the options, or starts with `when`. */
  check(use: ConfiguredUse, context: UsesContext): void
  tap(uses: readonly ConfiguredUse[], context: UsesContext): TapPlan
}

export function gathererCatalog(): Catalog {
  return {
    entries: gathererNames()
      .map(gathererNamed)
      .filter((gatherer) => gatherer !== undefined),
    when: whenOptions,
    check: (use, context) => {
      try {
        compileUses([asUse(use)], context)
      } catch (error) {
        throw error instanceof GathererOptionError
          ? new GathererOptionError(insideOptions(error.path), error.message)
          : error
      }
    },
    tap: (uses, context) => tapPlanOf(compileUses(uses.map(asUse), context)),
  }
}

/** Without the use's index, and without the `with` that stands before options. */
function insideOptions([, key, ...rest]: GathererOptionError['path']): GathererOptionError['path'] {
  return key === undefined || key === 'with' ? rest : [key, ...rest]
}

function asUse({ gatherer, options, when }: ConfiguredUse): GathererUse {
  return { gatherer, options, ...(when === undefined ? {} : { when: when as When }) }
}
