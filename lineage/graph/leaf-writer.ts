// The rows of facts leaves, one each: which exchange and which generation of its facts, and from when to when that stands.
import type { Exchanges } from './exchange-writer.js'
import type { FactsHeadRow } from './heads.js'
import type { Ids, Interning } from './interning.js'
import { createRows, type Into, type Rows } from './rows.js'
import { endOfTime } from './schema.js'

export interface LeafWriter extends Pick<Rows, 'flush' | 'forget'> {
  /** The id of the leaf, there after `flush`; undefined where the graph has it already. */
  write(head: FactsHeadRow, words: Ids, exchanges: Exchanges): number | undefined
}

interface Generation {
  readonly id: number
  readonly generation: number
  readonly recorded: number
  readonly until: number
}

export function createLeafWriter(into: Into, interning: Interning): LeafWriter {
  const { db } = into
  const leaves = createRows(into, 'leaf', 8)
  const generation = 'SELECT id, generation, recorded, until FROM leaf WHERE'
  const generations = db.prepare<Generation>(
    `${generation} id = ? UNION ALL ${generation} generation > 0 AND exchange = ?`,
  )
  const update = db.prepare('UPDATE leaf SET recorded = ?, until = ? WHERE id = ?')

  // A generation stands until a higher one was recorded, in whatever order they arrive here.
  const settle = (all: readonly Generation[]): void => {
    for (const one of all) {
      const higher = all.filter((other) => other.generation > one.generation).map((other) => other.recorded)
      update.run(one.recorded, Math.min(endOfTime, ...higher), one.id)
    }
  }

  return {
    flush: () => leaves.flush(),
    forget: () => leaves.forget(),
    write: ({ exchange: place, generation, route, tenant, recorded, loose }, words, exchanges) => {
      const exchange = exchanges.idOf(place)
      const before = exchanges.gathered(place)
      if (before === 'in this plan') leaves.flush()
      const others = before === 'nothing' ? [] : generations.all(exchange, exchange)
      const known = others.find((other) => other.generation === generation)
      if (known !== undefined) {
        if (recorded < known.recorded) settle(others.map((other) => (other === known ? { ...known, recorded } : other)))
        return undefined
      }
      const id = generation === 0 ? exchange : interning.nextLeaf()
      leaves.add([id, exchange, generation, words[route] ?? 0, words[tenant] ?? 0, recorded, endOfTime, loose])
      if (others.length > 0) {
        leaves.flush()
        settle([...others, { id, generation, recorded, until: endOfTime }])
      }
      return id
    },
  }
}
