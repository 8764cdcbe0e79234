// What a schema found wrong, in the words of this house: what was expected, at which path. Never repeats a value that was
// given, and no word of the schema library.
import type { z } from 'zod'

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

/** `present`: whether anything stands there. Messages of our own begin with `expected`; the library's are put into the same words. */
export function expectation(issue: z.core.$ZodIssue, present: boolean): string {
  const before = present ? '' : 'missing; '
  const own = ownWords(issue.message)
  if (own !== undefined) return `${before}${own}`
  switch (issue.code) {
    case 'invalid_type':
      return `${before}expected ${typeWords[issue.expected] ?? issue.expected}`
    case 'invalid_value':
      return `${before}expected ${choiceOf(issue.values.map(String))}`
    case 'too_small':
      return tooSmall(issue)
    case 'too_big':
      return `expected at most ${String(issue.maximum)}`
    default:
      return `${before}${issue.message}`
  }
}

function choiceOf(words: readonly string[]): string {
  return words.length === 1 ? words.join() : `one of ${words.join(', ')}`
}

/** undefined where the message is the library's */
export function ownWords(message: string): string | undefined {
  return message.startsWith('expected ') ? message : undefined
}

function tooSmall({ origin, minimum }: z.core.$ZodIssueTooSmall): string {
  if (origin === 'string') return 'expected a text that is not empty'
  return `expected at least ${String(minimum)}${origin === 'array' ? ' entry' : ''}`
}

/**
 * The first faults of `value`, each with its path, in one line: `query.to: missing; expected a text`. `place`: what `value`
 * is; without it what is wrong with all of `value` has no path.
 */
export function faultsText(error: z.core.$ZodError, value: unknown, place = ''): string {
  const faults = error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => `${pathText(place, [...issue.path, key])}: unknown`)
    const at = pathText(place, issue.path)
    const expected = expectation(issue, valueAt(value, issue.path) !== undefined)
    return [at === '' ? expected : `${at}: ${expected}`]
  })
  return faults.slice(0, 5).join('; ')
}

/** `log.entries[1].request` */
function pathText(place: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    return text === '' ? String(key) : `${text}.${String(key)}`
  }, place)
}

export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (here, step) =>
      typeof here === 'object' && here !== null ? (here as Record<PropertyKey, unknown>)[step] : undefined,
    value,
  )
}
