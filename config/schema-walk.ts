// Reads zod schemas as data: which keys are valid at a place of the configuration. Pure.
import { z } from 'zod'
import type { Path } from './document.js'

/** Keys that the mapping at `path` may have; `value` is the whole input, to tell variants apart. Empty where any will do. */
export function validKeys(schema: z.core.$ZodType, path: Path, value: unknown): readonly string[] {
  return [...new Set(objectsAt(schema, path, value).flatMap((one) => Object.keys(one._zod.def.shape)))]
}

/** Where among the keys one level below `path` the key would be valid: `rewrite` for `stripPrefix`. */
export function parentsOf(schema: z.core.$ZodType, path: Path, value: unknown, key: string): readonly string[] {
  return validKeys(schema, path, value).filter((parent) => validKeys(schema, [...path, parent], value).includes(key))
}

function objectsAt(schema: z.core.$ZodType, path: Path, value: unknown): readonly z.core.$ZodObject[] {
  const variants = variantsOf(schema, value)
  const [step, ...rest] = path
  if (step === undefined) return variants.filter((one): one is z.core.$ZodObject => one instanceof z.core.$ZodObject)
  const below = childValue(value, step)
  return variants.flatMap((one) => {
    const child = childSchema(one, step)
    return child === undefined ? [] : objectsAt(child, rest, below)
  })
}

function childSchema(schema: z.core.$ZodType, step: string | number): z.core.$ZodType | undefined {
  if (schema instanceof z.core.$ZodObject) return schema._zod.def.shape[String(step)]
  if (schema instanceof z.core.$ZodArray) return schema._zod.def.element
  if (schema instanceof z.core.$ZodRecord) return schema._zod.def.valueType
  return undefined
}

/** The schema without its wrappers; of a union, the variants that could be meant. */
function variantsOf(schema: z.core.$ZodType, value: unknown): readonly z.core.$ZodType[] {
  if (
    schema instanceof z.core.$ZodOptional ||
    schema instanceof z.core.$ZodNullable ||
    schema instanceof z.core.$ZodDefault ||
    schema instanceof z.core.$ZodPrefault ||
    schema instanceof z.core.$ZodReadonly
  ) {
    return variantsOf(schema._zod.def.innerType, value)
  }
  if (schema instanceof z.core.$ZodPipe) return variantsOf(schema._zod.def.in, value)
  if (schema instanceof z.core.$ZodLazy) return variantsOf(schema._zod.def.getter(), value)
  if (schema instanceof z.core.$ZodDiscriminatedUnion) return discriminated(schema, value)
  if (schema instanceof z.core.$ZodUnion) return schema._zod.def.options.flatMap((one) => variantsOf(one, value))
  return [schema]
}

function discriminated(schema: z.core.$ZodDiscriminatedUnion, value: unknown): readonly z.core.$ZodType[] {
  const { discriminator, options } = schema._zod.def
  const wanted = childValue(value, discriminator)
  const chosen = options.filter((one) => {
    const variant = variantsOf(one, value)[0]
    const literal = variant instanceof z.core.$ZodObject ? variant._zod.def.shape[discriminator] : undefined
    return literal instanceof z.core.$ZodLiteral && literal._zod.def.values.some((one) => one === wanted)
  })
  return (chosen.length > 0 ? chosen : options).flatMap((one) => variantsOf(one, value))
}

function childValue(value: unknown, step: string | number): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string | number, unknown>)[step] : undefined
}
