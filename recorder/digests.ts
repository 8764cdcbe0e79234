// Digests of whole bodies, computed in the gatherer worker from the pieces that were copied while they streamed by. Knows
// when a piece was missed: then there is no digest, and a gap says so.
import { createHash, type Hash } from 'node:crypto'
import type { BodyNeeds, DigestName } from '../core/exchange.js'
import type { ExchangeId } from '../core/ids.js'
import type { BodySide } from '../core/recorder-port.js'

export interface Digests {
  update(exchange: ExchangeId, side: BodySide, bytes: Uint8Array): void
  /** Ends the body's hashing; undefined where not every byte of `total` came by. */
  finish(exchange: ExchangeId, side: BodySide, body: WholeBody): BodyDigests | undefined
  forget(exchange: ExchangeId): void
}

export interface WholeBody {
  readonly total: number
  /** the copy, where it is the whole body; else undefined */
  readonly bytes: Uint8Array | undefined
  readonly names: readonly DigestName[]
}

/** `<algorithm>:<hex>` by algorithm */
export type BodyDigests = Readonly<Partial<Record<DigestName, string>>>

interface Running {
  bytes: number
  readonly hashes: ReadonlyMap<DigestName, Hash>
}

/** `asked`: what any route asks for, since a piece does not say which route it is of. */
export function createDigests(asked: Readonly<Record<BodySide, BodyNeeds['digests']>>): Digests {
  const running = new Map<string, Running>()
  return {
    update: (exchange, side, bytes) => {
      const key = keyOf(exchange, side)
      const one = running.get(key) ?? start(asked[side])
      running.set(key, one)
      one.bytes += bytes.length
      for (const hash of one.hashes.values()) hash.update(bytes)
    },
    finish: (exchange, side, { total, bytes, names }) => {
      const key = keyOf(exchange, side)
      let one = running.get(key)
      running.delete(key)
      if (one?.bytes !== total && bytes?.length === total) {
        one = start(names)
        for (const hash of one.hashes.values()) hash.update(bytes)
        one.bytes = total
      }
      if (one?.bytes !== total) return undefined
      const { hashes } = one
      return Object.fromEntries(names.map((name) => [name, `${name}:${hashes.get(name)?.digest('hex') ?? ''}`]))
    },
    forget: (exchange) => {
      running.delete(keyOf(exchange, 'request'))
      running.delete(keyOf(exchange, 'response'))
    },
  }
}

function start(names: readonly DigestName[]): Running {
  return { bytes: 0, hashes: new Map([...new Set(names)].map((name) => [name, createHash(name)])) }
}

function keyOf(exchange: ExchangeId, side: BodySide): string {
  return `${exchange}/${side}`
}
