// Compares what two runs of the same client saw, and what went in and came out of the gateway. What may differ is listed
// here by name, and nothing else may.
import { createHash } from 'node:crypto'
import { fieldOf, type RawFields } from '../../../core/exchange.js'
import type { SeenExchange } from './front.js'

/** Fields of one hop, which belong to neither end (RFC 9110 section 7.6.1). `Expect` is answered by the gateway. */
export const hopFields = ['connection', 'keep-alive', 'transfer-encoding', 'expect']

/** What the gateway adds. */
export const addedToAnswers = ['waybill-exchange', 'via']
export const addedToRequests = [
  'via',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-real-ip',
  'traceparent',
]

/** Parts that differ between any two runs of the same services and clients, with what stands for them. */
export interface Volatile {
  /** field names, lower case */
  readonly fields: readonly string[]
  /** in targets, field values and bodies */
  readonly patterns: readonly (readonly [RegExp, string])[]
}

/** One line an exchange, in an order that does not depend on timing. */
export function runLines(seen: readonly SeenExchange[], volatile: Volatile, added: readonly string[]): string[] {
  const quiet = [...hopFields, ...added, ...volatile.fields]
  const names = new Map<string, string>()
  const steady = (text: string) => steadied(text, volatile, names)
  return seen.map((one) => exchangeLine(one, { request: quiet, answer: quiet, steady })).sort()
}

/** The same for one run at the gateway's two sides: nothing is volatile, bodies count by every byte. */
export function sideLines(seen: readonly SeenExchange[]): string[] {
  const request = [...hopFields, ...addedToRequests]
  const answer = [...hopFields, ...addedToAnswers]
  return seen.map((one) => exchangeLine(one, { request, answer, steady: (text) => text })).sort()
}

interface Reading {
  readonly request: readonly string[]
  readonly answer: readonly string[]
  readonly steady: (text: string) => string
}

function exchangeLine(one: SeenExchange, { request, answer, steady }: Reading): string {
  return JSON.stringify([
    `${one.method} ${steady(one.target)} ${one.status}`,
    requestFields(one.fields, request).map(steady),
    bodyOf(one.body, steady),
    without(one.answerFields, answer).map(steady),
    bodyOf(one.answer, steady),
  ])
}

/** Fields that each hop writes itself, so that their case and place (never their value) are the hop's own. */
const framing = ['host', 'content-length']

function requestFields(fields: RawFields, names: readonly string[]): string[] {
  const framed = framing.filter((name) => !names.includes(name) && fieldOf(fields, name) !== undefined)
  return [...without(fields, [...names, ...framing]), ...framed.map((name) => `${name}: ${fieldOf(fields, name)}`)]
}

/** `name: value`, in order, without the named fields. */
function without(fields: RawFields, names: readonly string[]): string[] {
  const kept: string[] = []
  for (let at = 0; at + 1 < fields.length; at += 2) {
    if (!names.includes((fields[at] ?? '').toLowerCase())) kept.push(`${fields[at]}: ${fields[at + 1]}`)
  }
  return kept
}

/** Small bodies as text so that a difference can be read, large ones by length and digest, the largest as they are. */
function bodyOf(bytes: Buffer, steady: (text: string) => string): string {
  if (bytes.length <= 2048) return steady(bytes.toString('latin1'))
  const text = bytes.length > 1 << 20 ? bytes : steady(bytes.toString('latin1'))
  return `${bytes.length} bytes, sha256 ${createHash('sha256').update(text).digest('hex')}`
}

/** Lines that only one of both has, at most two of each; empty where they are the same. */
export function differences(one: readonly string[], other: readonly string[]): readonly string[] {
  const [left, right] = [counted(one), counted(other)]
  const only = (these: ReadonlyMap<string, number>, those: ReadonlyMap<string, number>, mark: string) =>
    [...these].filter(([line, count]) => (those.get(line) ?? 0) < count).map(([line]) => `${mark} ${line}`)
  return [...only(left, right, '-').slice(0, 2), ...only(right, left, '+').slice(0, 2)]
}

function counted(lines: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1)
  return counts
}

/** A name that ends in `#` is numbered: the n-th different text becomes `<name n>`, so that equal stays equal. */
function steadied(text: string, { patterns }: Volatile, names: Map<string, string>): string {
  return patterns.reduce(
    (left, [pattern, name]) => left.replace(pattern, (found) => steadyName(found, name, names)),
    text,
  )
}

function steadyName(found: string, name: string, names: Map<string, string>): string {
  if (!name.endsWith('#')) return `<${name}>`
  const known = names.get(`${name}${found}`)
  if (known !== undefined) return known
  const count = [...names.keys()].filter((key) => key.startsWith(name)).length
  const given = `<${name.slice(0, -1)} ${count + 1}>`
  names.set(`${name}${found}`, given)
  return given
}
