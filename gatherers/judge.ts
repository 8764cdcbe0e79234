// Judges one entry of a route's `gather` list as it stands in the file: everything that its schema cannot see, also beside
// what the schema finds wrong. Never gathers, and never says what the schema says.
import { z } from 'zod'
import { compileUses, type UsesContext } from './compile.js'
import { GathererOptionError, type AnyGatherer, type OptionFault } from './contract.js'
import { mended } from './mended.js'
import { gathererNamed } from './registry.js'
import { whenOptions } from './when-options.js'

/** Not parsed yet. */
export interface WrittenUse {
  readonly gatherer: string
  readonly options: unknown
  readonly when?: unknown
}

/** Paths start with `when` or `with`. */
export function judgeUse(use: WrittenUse, context: UsesContext): readonly OptionFault[] {
  const conditions = use.when ?? {}
  const gatherer = gathererNamed(use.gatherer)
  const options: unknown = gatherer === undefined ? undefined : mended(gatherer.options, use.options ?? {})
  // where nothing can be made of the options, the conditions are still judged
  const judged = gatherer === undefined || options === undefined ? conditionsOnly : gatherer
  const pathUnknown = context.pathUnknown === true || hidesPath(conditions)
  try {
    const when = mended(whenOptions, conditions) ?? {}
    compileUses([{ gatherer: judged.name, options, when }], { ...context, pathUnknown }, () => judged)
    return []
  } catch (error) {
    if (!(error instanceof GathererOptionError)) throw error
    return error.faults.map(({ path: [, ...inside], message }) => ({ path: inside, message }))
  }
}

/** Whether a path may be meant by these conditions that is not known. */
function hidesPath(conditions: unknown): boolean {
  const parsed = whenOptions.safeParse(conditions)
  return !parsed.success && parsed.error.issues.some(({ path }) => path.length === 0 || path[0] === 'path')
}

const conditionsOnly: AnyGatherer = {
  name: 'conditions-only',
  version: '1',
  doc: '',
  options: z.unknown(),
  compile: () => ({
    needs: { request: { bytes: 0, digests: [] }, response: { bytes: 0, digests: [] } },
    applies: () => ({ yes: false, reason: '' }),
    gather: () => ({ facts: [], gaps: [] }),
  }),
}
