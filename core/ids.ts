// Ids that are more than strings: branded, made and parsed in one place.
import { randomFillSync } from 'node:crypto'

declare const brand: unique symbol
export type Branded<T, Name extends string> = T & { readonly [brand]: Name }

/** 128 random bits as 32 lower-case hexadecimal digits: what `Waybill-Exchange` carries. */
export type ExchangeId = Branded<string, 'ExchangeId'>

/** `<type>:<name>[@<version>]`, e.g. `model:models/churn@3`, `training-run:trainer:42`. */
export type NodeId = Branded<string, 'NodeId'>

/** Microseconds since the Unix epoch: an integer below 2^53, so canonical JSON keeps it exactly. */
export type Micros = Branded<number, 'Micros'>

const pool = Buffer.alloc(16 * 256)
let used = pool.length

/** A fresh exchange id; random bytes are drawn 256 ids at a time. */
export function newExchangeId(): ExchangeId {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const id = pool.toString('hex', used, used + 16)
  used += 16
  return id as ExchangeId
}

const exchangeIdShape = /^[0-9a-f]{32}(?!\n)$/

/** The id, if `text` has the shape of one (shape only: it may name nothing). */
export function parseExchangeId(text: string): ExchangeId | undefined {
  return exchangeIdShape.test(text) ? (text as ExchangeId) : undefined
}
