// The kinds of values that every room's options are made of (durations, sizes, names, secrets by reference), and the
// options that belong to no single room: tenant and redaction. Never reads a file or the environment.
import { isIP } from 'node:net'
import { z } from 'zod'

const durationUnits: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** Milliseconds of `250ms`, `10s`, `5m`, `1h`, `7d`; undefined where `text` is not a duration. */
export function parseDuration(text: string): number | undefined {
  const parts = /^(\d{1,12})(ms|s|m|h|d)$/.exec(text)
  const unit = durationUnits[parts?.[2] ?? '']
  return parts === null || unit === undefined ? undefined : Number(parts[1]) * unit
}

const sizeUnits: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 }

/** Bytes of `512B`, `64KiB`, `1GiB`; undefined where `text` is not a size. */
export function parseSize(text: string): number | undefined {
  const parts = /^(\d{1,12})(B|KiB|MiB|GiB|TiB)$/.exec(text)
  const unit = sizeUnits[parts?.[2] ?? '']
  return parts === null || unit === undefined ? undefined : Number(parts[1]) * unit
}

const moreThanZero = 'expected more than 0'

/** Timers count milliseconds in 31 bits (24.8 days); a longer one would fire at once. */
const longestTimer = '24d'

interface DurationBounds {
  /** false: no timer waits for it, so it may be of any length */
  readonly timed?: boolean
  /** whether `0s` means something there */
  readonly zero?: boolean
}

/** A duration such as `10s`; its value in milliseconds. */
export function duration({ timed = true, zero = true }: DurationBounds = {}) {
  const longest = timed ? parseDuration(longestTimer) : undefined
  const error = 'expected a duration such as 250ms, 10s, 5m, 1h or 7d'
  return z
    .string({ error })
    .regex(zero ? /^\d{1,12}(ms|s|m|h|d)$/ : /^(?!0+[a-z])\d{1,12}(ms|s|m|h|d)$/, {
      error: ({ input }) => (parseDuration(String(input)) === 0 ? moreThanZero : error),
      abort: true,
    })
    .refine((text) => longest === undefined || (parseDuration(text) ?? 0) <= longest, {
      error: `expected at most ${longestTimer}`,
    })
    .transform((text) => parseDuration(text) ?? 0)
}

/** A size such as `64KiB`, `least` or more; its value in bytes. */
export function size(least = '0B') {
  const error = 'expected a size such as 512B, 64KiB, 10MiB or 1GiB'
  const bytes = parseSize(least) ?? 0
  const tooLittle = bytes > 1 ? `expected at least ${least}` : moreThanZero
  return z
    .string({ error })
    .regex(bytes === 0 ? /^\d{1,12}(B|KiB|MiB|GiB|TiB)$/ : /^(?!0+[A-Z])\d{1,12}(B|KiB|MiB|GiB|TiB)$/, {
      error: ({ input }) => (parseSize(String(input)) === 0 ? tooLittle : error),
      abort: true,
    })
    .refine((text) => (parseSize(text) ?? 0) >= bytes, { error: tooLittle })
    .transform((text) => parseSize(text) ?? 0)
}

export const nameShape = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/

/** A name that becomes a metric label: short, no spaces, no control characters. */
export function nameOption() {
  return z.string().regex(nameShape, {
    error: 'expected a name of letters, digits, `_`, `.` and `-` (at most 63, starting with a letter or digit)',
  })
}

const hostName = /^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_.])?$/

/** An address to listen on, or a name that stands for one. */
export function hostOption() {
  return z.string().refine((text) => isIP(text) !== 0 || hostName.test(text), {
    error: 'expected an IP address or a host name, such as 127.0.0.1, ::1 or 0.0.0.0',
  })
}

/** Where a secret is found; the value itself never stands in the file. */
export const secretOption = z
  .union(
    [
      z.strictObject({ env: z.string().min(1).describe('Environment variable that holds the secret.') }),
      z.strictObject({ file: z.string().min(1).describe('File that holds the secret; one trailing line end is cut.') }),
    ],
    { error: 'expected { env: NAME } or { file: path }' },
  )
  .describe('A secret by reference: `{ env: NAME }` or `{ file: path }`. It is never printed.')

export type SecretReference = z.output<typeof secretOption>

export const tenantOptions = z
  .strictObject({
    project: nameOption().default('default').describe('Project that owns what is recorded.'),
    domain: nameOption().default('development').describe('Domain within the project.'),
  })
  .describe('Who owns the names that are recorded (project and domain, in Flyte’s sense).')

const fieldName = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, { error: 'expected the name of a header field' })

export const redactOptions = z
  .strictObject({
    headers: z
      .array(fieldName)
      .default([])
      .describe('Header fields to blank besides the built-in ones (Authorization, cookies, API keys).'),
    query: z
      .array(z.string().min(1))
      .default([])
      .describe('Query parameters to blank besides the built-in ones (signatures, tokens, keys, passwords).'),
    body: z
      .array(z.string().startsWith('$', { error: 'expected an RFC 9535 JSONPath, such as $..password' }))
      .default([])
      .describe('JSONPaths (RFC 9535) of values to blank in request and response bodies.'),
  })
  .describe('What must never be kept. It is blanked before anything is stored, logged or answered.')
