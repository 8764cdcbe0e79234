// From which leaf on exchanges may still wait for their facts, so that the next start need look at no leaf before it. Those
// that wait for a worker are told by who has them; here are those of which only a gap will tell.
import type { ExchangeId } from '../core/ids.js'

export interface PendingFacts {
  /** One whose record lies behind `floor`, and whose gap is not stored yet. */
  add(exchange: ExchangeId, floor: number): void
  remove(exchange: ExchangeId): void
  /** Asks from now on what waits there as well; undefined: nothing. */
  follow(floor: () => number | undefined): void
  /** every record at or below this leaf has its facts, or a gap for them */
  floor(): number
}

/** `last`: the last leaf known to be committed; a record that comes later has a higher one. */
export function createPendingFacts(last: () => number): PendingFacts {
  const floors = new Map<ExchangeId, number>()
  let lowest = Infinity
  let removed = 0
  const others: (() => number | undefined)[] = []
  return {
    add: (exchange, floor) => {
      floors.set(exchange, floor)
      lowest = Math.min(lowest, floor)
    },
    remove: (exchange) => {
      // Too low is safe; so it is looked for only as often as entries pay for it.
      if (!floors.delete(exchange) || ++removed < floors.size) return
      removed = 0
      lowest = Infinity
      for (const floor of floors.values()) lowest = Math.min(lowest, floor)
    },
    follow: (floor) => others.push(floor),
    floor: () => others.reduce((least, other) => Math.min(least, other() ?? least), Math.min(last(), lowest)),
  }
}
