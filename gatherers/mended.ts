// Options whose schema has failed, with a stand-in where a value did, so that what the schema cannot see is still judged in
// the rest. What comes of it must never gather anything: a stand-in says nothing.
import type { z } from 'zod'
import { nearest } from '../core/nearest.js'

/** A selector and a template without fault; as `each`, one under which every name exists. */
const standIn = '$.request'

type Step = string | number
type Holder = Record<Step, unknown>

/** Undefined where no stand-in helps. */
export function mended<T>(schema: z.ZodType<T>, given: unknown): T | undefined {
  const mending = new Mending(given)
  for (;;) {
    const parsed = schema.safeParse(mending.value)
    if (parsed.success) return parsed.data
    if (!parsed.error.issues.map((issue) => mending.mend(issue, [])).includes(true)) return undefined
  }
}

class Mending {
  readonly #root: Holder
  /** where a stand-in was given: what fails again is left out, what fails without is given up */
  readonly #tried = new Set<string>()

  constructor(value: unknown) {
    this.#root = { root: structuredClone(value) }
  }

  get value(): unknown {
    return this.#root['root']
  }

  /** Says whether anything has changed. */
  mend(issue: z.core.$ZodIssue, prefix: readonly Step[]): boolean {
    const path = [...prefix, ...issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))]
    if (issue.code === 'unrecognized_keys') return this.#leaveOut(path, issue.keys)
    if (issue.code === 'invalid_union') {
      const inner = nearestVariant(issue)
      if (inner !== undefined) return inner.map((one) => this.mend(one, path)).includes(true)
    }
    return this.#replace(path, standInFor(issue))
  }

  #leaveOut(path: readonly Step[], keys: readonly string[]): boolean {
    const holder = this.#at(path)
    if (holder === undefined) return false
    for (const key of keys) Reflect.deleteProperty(holder, key)
    const meantEach = keys.some((key) => /each/i.test(key) || nearest(key, ['each']) !== undefined)
    if (meantEach && this.#firstTry([...path, 'each'])) holder['each'] ??= standIn
    return true
  }

  #replace(path: readonly Step[], value: unknown): boolean {
    const last = path.at(-1) ?? 'root'
    const holder = path.length === 0 ? this.#root : this.#at(path.slice(0, -1))
    if (holder === undefined) return false
    if (this.#firstTry(path)) {
      holder[last] = value
      return true
    }
    // an entry of a list keeps its place: it makes the paths of the others
    return path.length > 0 && !Array.isArray(holder) && last in holder && Reflect.deleteProperty(holder, last)
  }

  #firstTry(path: readonly Step[]): boolean {
    const key = JSON.stringify(path)
    if (this.#tried.has(key)) return false
    this.#tried.add(key)
    return true
  }

  #at(path: readonly Step[]): Holder | undefined {
    const found = path.reduce<unknown>((here, step) => (isHolder(here) ? here[step] : undefined), this.value)
    return isHolder(found) ? found : undefined
  }
}

function isHolder(value: unknown): value is Holder {
  return typeof value === 'object' && value !== null
}

function standInFor(issue: z.core.$ZodIssue): unknown {
  if (issue.code === 'invalid_value') return issue.values[0]
  if (issue.code !== 'invalid_type') return standIn
  const stands: Readonly<Record<string, unknown>> = {
    object: {},
    record: {},
    array: [],
    number: 0,
    int: 0,
    boolean: false,
  }
  return stands[issue.expected] ?? standIn
}

/** What is wrong with the variant that the value has the shape of and comes nearest to. */
function nearestVariant({ errors }: z.core.$ZodIssueInvalidUnion): readonly z.core.$ZodIssue[] | undefined {
  const wrongShape = ({ code, path }: z.core.$ZodIssue) =>
    path.length === 0 && (code === 'invalid_type' || code === 'invalid_value')
  const shaped = errors.filter((issues) => !issues.some(wrongShape))
  return shaped.toSorted((one, other) => one.length - other.length)[0]
}
