// Turns what a schema found wrong into errors a reader can act on: place, path, what was expected, the nearest valid key.
// Never repeats a value of the file, but for names that must be one of a known few.
import type { z } from 'zod'
import type { Path, Place, SourceDocument, SourceError } from './document.js'
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
      return issue.issues.slice(0, 1).map((inner) => ({ path, message: messageOf(inner, true), atKey: true }))
    case 'invalid_value':
      return [choiceFinding(issue, path, context)]
    case 'invalid_type':
      return [{ path, message: messageOf(issue, valueAt(context.value, path) !== undefined) }]
    default:
      return [{ path, message: messageOf(issue, true) }]
  }
}

function unknownKey(path: Path, key: string, { schema, value }: Context): Finding {
  const valid = validKeys(schema, path, value)
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
  const message =
    custom(issue.message) ?? (words.length === 1 ? `expected ${words.join()}` : `expected one of ${words.join(', ')}`)
  return { path, message, nearest: text === undefined ? undefined : nearest(text, words) }
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
  const own = custom(issue.message)
  if (own !== undefined) return [{ path, message: value === undefined ? `missing; ${own}` : own }]
  const messages = issue.errors.map((issues) => issues[0]).filter((one) => one !== undefined)
  return [
    {
      path,
      message: [...new Set(messages.map((one) => messageOf(one, true)))].join(', or ') || 'expected another value',
    },
  ]
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

const typeWords: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  never: 'nothing',
}

/** Messages of our own begin with a verb of expectation; zod's are put into the same words. */
function messageOf(issue: z.core.$ZodIssue, present: boolean): string {
  const before = present ? '' : 'missing; '
  const own = custom(issue.message)
  if (own !== undefined) return `${before}${own}`
  switch (issue.code) {
    case 'invalid_type':
      return `${before}expected ${typeWords[issue.expected] ?? issue.expected}`
    case 'too_small':
      return tooSmall(issue)
    case 'too_big':
      return `expected at most ${String(issue.maximum)}`
    default:
      return `${before}${issue.message}`
  }
}

function tooSmall({ origin, minimum }: z.core.$ZodIssueTooSmall): string {
  if (origin === 'string') return 'expected a text that is not empty'
  return `expected at least ${String(minimum)}${origin === 'array' ? ' entry' : ''}`
}

function custom(message: string): string | undefined {
  return message.startsWith('expected ') ? message : undefined
}

export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (here, step) =>
      typeof here === 'object' && here !== null ? (here as Record<string | number, unknown>)[step] : undefined,
    value,
  )
}

/** One line for people: `waybill.yaml:12:7: routes[2].match.path: expected … (did you mean "x"?)`. */
export function errorLine(error: ConfigError): string {
  const path = error.path === '' ? '' : `${error.path}: `
  const guess = error.nearest === undefined ? '' : ` (did you mean ${JSON.stringify(error.nearest)}?)`
  return `${error.file}:${error.line}:${error.column}: ${path}${error.message}${guess}`
}
