// What decoding a body can come to, and the limits it works within. The texts say what is wrong with the shape of a body and
// never quote it: they are kept in the ledger, and a body may hold secrets.
import type { GapReason, JsonValue } from '../../lineage/model/fact.js'

export type Decoded<T> = { readonly ok: true; readonly value: T } | Refused

export interface Refused {
  readonly ok: false
  readonly gap: { readonly reason: GapReason; readonly about: string }
}

export interface DecodeLimits {
  /** bytes that undoing the content codings may give */
  readonly bytes: number
  /** decoded over coded size, allowed past `ratioFrom` decoded bytes */
  readonly ratio: number
  readonly ratioFrom: number
  /** content codings on top of each other */
  readonly codings: number
  /** nesting of JSON arrays and objects */
  readonly depth: number
  /** members of JSON objects, elements of arrays, form fields, parts or NDJSON lines, all told */
  readonly values: number
}

/** RFC 9112 has no limits of its own; gzip alone reaches 1,032 : 1, honest JSON seldom 30 : 1. */
export const decodeLimits: DecodeLimits = {
  bytes: 8 * 1024 * 1024,
  ratio: 100,
  ratioFrom: 64 * 1024,
  codings: 3,
  depth: 128,
  values: 500_000,
}

export function unparsed(about: string): Refused {
  return { ok: false, gap: { reason: 'body-unparsed', about } }
}

export function tooLarge(about: string): Refused {
  return { ok: false, gap: { reason: 'body-truncated', about } }
}

export function decoded<T>(value: T): Decoded<T> {
  return { ok: true, value }
}

/** Collects repeated names: one value stays itself, several become an array. Names such as `__proto__` are data. */
export function fieldsOf(pairs: Iterable<readonly [string, JsonValue]>): JsonValue {
  const fields = Object.create(null) as Record<string, JsonValue>
  const repeated = new Set<string>()
  for (const [name, value] of pairs) {
    const before = fields[name]
    if (before === undefined) fields[name] = value
    else if (repeated.has(name)) (before as JsonValue[]).push(value)
    else {
      repeated.add(name)
      fields[name] = [before, value]
    }
  }
  return fields
}
