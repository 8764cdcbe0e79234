// One entry of a route's `gather` list, as the configuration writes it: `use`, `when`, `with`. Schema, and its way to plain data.
import { z } from 'zod'
import type { GathererUse } from './contract.js'
import { gathererNamed, gathererNames } from './registry.js'
import { whenOptions, type When } from './when-options.js'

function entryOf(name: string) {
  const gatherer = gathererNamed(name)
  const options: z.ZodType = gatherer?.options ?? z.strictObject({})
  const needsOptions = !options.safeParse({}).success
  return z
    .strictObject({
      use: z.literal(name).describe('Name of the gatherer.'),
      when: whenOptions.optional(),
      with: (needsOptions ? options : options.optional()).describe('Its options.'),
    })
    .describe(gatherer?.doc ?? '')
}

const [first = 'http-json', ...others] = gathererNames()

export const gathererOptions = z
  .discriminatedUnion('use', [entryOf(first), ...others.map(entryOf)])
  .describe('A gatherer: what is read off the route’s exchanges.')

interface GathererEntry {
  readonly use: string
  readonly when?: When | undefined
  readonly with?: unknown
}

/** The parsed entry as the plain data that crosses to the workers. */
export function gathererUseOf(entry: GathererEntry): GathererUse {
  const { use: gatherer, when, with: options = {} } = entry
  return { gatherer, ...(when === undefined ? {} : { when }), options }
}
