// Digests of whole bodies, computed in the gatherer worker from the pieces that were copied while they streamed by. Knows
// when a piece was missed: then there is no digest, and a gap says so.
import type { DigestName } from '../core/exchange.js'
import type { ExchangeId } from '../core/ids.js'
import type { BodySide } from '../core/recorder-port.js'
import { createBodyHash, digestsBy, type BodyDigests, type BodyHash } from '../gatherers/bodies/body-hash.js'

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

interface Running {
  bytes: number
  readonly hashes: ReadonlyMap<DigestName, BodyHash>
}

/** `asked`: what any route asks for, since a piece does not say which route it is of. */
export function createDigests(asked: Readonly<Record<BodySide, readonly DigestName[]>>): Digests {
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
      return digestsBy([...one.hashes].filter(([name]) => names.includes(name)))
    },
    forget: (exchange) => {
      running.delete(keyOf(exchange, 'request'))
      running.delete(keyOf(exchange, 'response'))
    },
  }
}

function start(names: readonly DigestName[]): Running {
  return { bytes: 0, hashes: new Map([...new Set(names)].map((name) => [name, createBodyHash(name)])) }
}

function keyOf(exchange: ExchangeId, side: BodySide): string {
  return `${exchange}/${side}`
}
