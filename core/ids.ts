// Ids that are more than strings: branded, made and parsed in one place.
import { randomFillSync } from 'node:crypto'

declare const brand: unique symbol
export type Branded<T, Name extends string> = T & { readonly [brand]: Name }

/**
 * 32 lower-case hexadecimal digits, what `Waybill-Exchange` carries: Unix seconds in the first eight, 96 random bits in the rest.
 * Indexes over them so grow at their end, and do not spread what is new over all of their pages.
 */
export type ExchangeId = Branded<string, 'ExchangeId'>

/** `<type>:<name>[@<version>]`, e.g. `model:models/churn@3`, `training-run:trainer:42`. */
export type NodeId = Branded<string, 'NodeId'>

/** Microseconds since the Unix epoch: an integer below 2^53, so canonical JSON keeps it exactly. */
export type Micros = Branded<number, 'Micros'>

const randomBytes = 12
const idsAtOnce = 64
const pool = Buffer.alloc(randomBytes * 1024)
let used = pool.length
let digits = ''
let taken = 0
let second = { at: -1, digits: '' }

/**
 * A fresh exchange id; random bytes are drawn for 1,024 ids at a time, and written as digits for 64. `seconds`: whole ones since
 * the Unix epoch.
 */
export function newExchangeId(seconds = Math.floor(Date.now() / 1000)): ExchangeId {
  if (taken === digits.length) drawDigits()
  if (seconds !== second.at) second = { at: seconds, digits: seconds.toString(16).padStart(8, '0') }
  const from = taken
  taken += randomBytes * 2
  return (second.digits + digits.slice(from, taken)) as ExchangeId
}

function drawDigits(): void {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const from = used
  used += randomBytes * idsAtOnce
  digits = pool.toString('hex', from, used)
  taken = 0
}

const exchangeIdShape = /^[0-9a-f]{32}(?!\n)$/

/** The id, if `text` has the shape of one (shape only: it may name nothing). */
export function parseExchangeId(text: string): ExchangeId | undefined {
  return exchangeIdShape.test(text) ? (text as ExchangeId) : undefined
}
