// Which exchanges still wait for their facts, oldest first, so that the next start need look at no leaf before them.
import type { ExchangeId } from '../core/ids.js'

export interface PendingFacts {
  add(exchange: ExchangeId): void
  /** One of the last run, whose record lies somewhere behind `floor`. To be called before any is added. */
  carry(exchange: ExchangeId, floor: number): void
  remove(exchange: ExchangeId): void
  /** every record at or below this leaf has its facts, or a gap for them */
  floor(): number
}

/** `last`: the last leaf known to be committed; a record that comes later has a higher one. */
export function createPendingFacts(last: () => number): PendingFacts {
  const floors = new Map<ExchangeId, number>()
  return {
    add: (exchange) => floors.set(exchange, last()),
    carry: (exchange, floor) => floors.set(exchange, floor),
    remove: (exchange) => floors.delete(exchange),
    floor: () => {
      for (const oldest of floors.values()) return oldest
      return last()
    },
  }
}
