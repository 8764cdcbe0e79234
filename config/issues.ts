// Turns what a schema found wrong into errors a reader can act on: place, path, what was expected, the nearest valid key.
// Never repeats a value of the file, but for names that must be one of a known few.
import type { z } from 'zod'
import type { Path, Place, SourceDocument, SourceError } from './document.js'
import { expectation, ownWords, valueAt } from '../core/issue-text.js'
import { nearest } from '../core/nearest.js'
import { parentsOf, validKeys } from './schema-walk.js'

export interface ConfigError extends Place {
  readonly file: string
  /** such as `routes[2].match.path`; empty for the file as a whole */
  readonly path: string
  readonly message: string
  /** the valid key or name that was probably meant */
  readonly nearest?: string
}

interface Finding {
  readonly path: Path
  readonly message: string
  readonly nearest?: string | undefined
  /** the place is the key's, not its value's */
  readonly atKey?: boolean
}

export function pathText(path: Path): string {
  return path
    .map((step) =>
      typeof step === 'number'
        ? `[${step}]`
        : /^[A-Za-z_][\w-]*$/.test(step)
          ? `.${step}`
          : `[${JSON.stringify(step)}]`,
    )
    .join('')
    .replace(/^\./, '')
}

/** A finding as an error of this file. */
export function errorAt(file: string, source: SourceDocument, finding: Finding): ConfigError {
  const place = finding.atKey === true ? source.keyPlace(finding.path) : source.place(finding.path)
  return {
    file,
    ...place,
    path: pathText(finding.path),
    message: source.masked(finding.message),
    ...(finding.nearest === undefined ? {} : { nearest: finding.nearest }),
  }
}

/** What was wrong before there was a tree to find places in. */
export function sourceError(file: string, { line, column, path, message }: SourceError): ConfigError {
  return { file, line, column, path: pathText(path), message }
}

interface Judged {
  readonly schema: z.ZodType
  readonly value: unknown
  readonly issues: readonly z.core.$ZodIssue[]
}

export function schemaErrors(file: string, source: SourceDocument, { schema, value, issues }: Judged): ConfigError[] {
  const context = { schema, value, source }
  const unknown = new Set(
    issues.filter(({ code }) => code === 'unrecognized_keys').map(({ path }) => JSON.stringify(path)),
  )
  // what a mapping with a misspelt key lacks as a whole follows from the misspelling
  const follows = ({ code, path }: z.core.$ZodIssue) => code === 'custom' && unknown.has(JSON.stringify(path))
  return issues
    .filter((issue) => !follows(issue))
    .flatMap((issue) => findings(issue, [], context))
    .map((finding) => errorAt(file, source, finding))
}

interface Context {
  readonly schema: z.ZodType
  readonly value: unknown
  readonly source: SourceDocument
}

function findings(issue: z.core.$ZodIssue, prefix: Path, context: Context): Finding[] {
  const path = [...prefix, ...issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))]
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(path, key, context))
    case 'invalid_union':
      return unionFindings(issue, path, context)
    case 'invalid_key':
    case 'invalid_element':
      return issue.issues.slice(0, 1).map((inner) => ({ path, message: expectation(inner, true), atKey: true }))
    case 'invalid_value':
      return [choiceFinding(issue, path, context)]
    case 'invalid_type':
      return [{ path, message: expectation(issue, valueAt(context.value, path) !== undefined) }]
    default:
      return [{ path, message: expectation(issue, true) }]
  }
}

function unknownKey(path: Path, key: string, { schema, value }: Context): Finding {
  const valid = validKeys(schema, path, value)
  if (valid.includes(key)) {
    const beside = Object.keys(Object(valueAt(value, path)) as object).filter(
      (one) => one !== key && valid.includes(one),
    )
    return {
      path: [...path, key],
      message: `can’t stand beside ${beside.join(', ')}; expected one of them`,
      atKey: true,
    }
  }
  const parent = parentsOf(schema, path, value, key)[0]
  const guess = nearest(key, valid) ?? (parent === undefined ? undefined : `${parent}.${key}`)
  const expected = valid.length === 0 ? 'no key is valid here' : `expected one of ${valid.join(', ')}`
  return { path: [...path, key], message: `unknown key; ${expected}`, nearest: guess, atKey: true }
}

function choiceFinding(issue: z.core.$ZodIssueInvalidValue, path: Path, context: Context): Finding {
  const words = issue.values.map(String)
  if (valueAt(context.value, path) === undefined)
    return { path, message: `missing; expected one of ${words.join(', ')}` }
  const text = context.source.written(path)
  return { path, message: expectation(issue, true), nearest: text === undefined ? undefined : nearest(text, words) }
}

/** Of a union, what is wrong with the variant that comes nearest to what stands there. */
function unionFindings(issue: z.core.$ZodIssueInvalidUnion, path: Path, context: Context): Finding[] {
  if ('discriminator' in issue && typeof issue.discriminator === 'string') {
    const at = issue.path.at(-1) === issue.discriminator ? path : [...path, issue.discriminator]
    return [discriminatorFinding(at, context, issue)]
  }
  const value = valueAt(context.value, path)
  const wrongShape = (one: z.core.$ZodIssue) =>
    one.path.length === 0 &&
    (one.code === 'invalid_type' || (one.code === 'invalid_value' && typeof value === 'object'))
  const right = issue.errors.filter((issues) => !issues.some(wrongShape))
  const best = right.sort((a, b) => weight(a) - weight(b))[0]
  if (best !== undefined) return best.flatMap((inner) => findings(inner, path, context))
  const own = ownWords(issue.message)
  if (own !== undefined) return [{ path, message: value === undefined ? `missing; ${own}` : own }]
  const first = issue.errors.map((issues) => issues[0]).filter((one) => one !== undefined)
  const wanted = new Set(first.map((one) => expectation(one, true).replace(/^expected /, '')))
  return [{ path, message: `expected ${[...wanted].join(' or ') || 'another value'}` }]
}

function weight(issues: readonly z.core.$ZodIssue[]): number {
  return issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 1), 0)
}

function discriminatorFinding(path: Path, context: Context, issue: z.core.$ZodIssueInvalidUnion): Finding {
  const options = 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : []
  const text = context.source.written(path)
  const missing = valueAt(context.value, path) === undefined
  return {
    path,
    message: `${missing ? 'missing; ' : ''}expected one of ${options.join(', ')}`,
    nearest: text === undefined ? undefined : nearest(text, options),
  }
}

/** One line for people: `waybill.yaml:12:7: routes[2].match.path: expected … (did you mean "x"?)`. */
export function errorLine(error: ConfigError): string {
  const path = error.path === '' ? '' : `${error.path}: `
  const guess = error.nearest === undefined ? '' : ` (did you mean ${JSON.stringify(error.nearest)}?)`
  return `${error.file}:${error.line}:${error.column}: ${path}${error.message}${guess}`
}
