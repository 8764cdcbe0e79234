// The rows of a plan's exchanges and of what their records refer to. An exchange has several leaves, of one batch or of several: what
// they say of it is put together so that their order does not matter.
import type { Database, SqlValue } from '../sqlite/driver.js'
import { headAt, headCount, leafKinds, type RecordHeadRow } from './heads.js'
import type { Ids, Interning } from './interning.js'
import type { Plan } from './plan.js'
import { endOfTime, isLeafOf } from './schema.js'

/** The exchanges of one plan, by their place in it. */
export interface Exchanges {
  idOf(exchange: number): number
  record(head: RecordHeadRow, index: number): void
  /** Facts have come. Whether there can't be others: this plan made the exchange, and none has come before. */
  gathered(exchange: number): boolean
  /** at the end of a batch: marks the exchanges whose facts are still to come */
  settle(): void
}

export type ExchangeWriter = (plan: Plan, words: Ids) => Exchanges

export function createExchangeWriter(db: Database, interning: Interning): ExchangeWriter {
  const merge = db.prepare(
    `UPDATE exchange SET route = ?, tenant = ?, started = min(coalesce(started, ${endOfTime}), ?),
       recorded = min(coalesce(recorded, ${endOfTime}), ?), closed = min(coalesce(closed, ${endOfTime}), ?),
       gathers = max(gathers, ?) WHERE id = ?`,
  )
  const pending = db.prepare(
    `UPDATE exchange SET pending = 1 WHERE id = ? AND lost = 0 AND pending = 0
       AND NOT EXISTS (SELECT 1 FROM leaf WHERE ${isLeafOf('exchange.id')})`,
  )
  const arrived = db.prepare('UPDATE exchange SET pending = 0 WHERE id = ? AND pending = 1')
  const reference = db.prepare('INSERT OR IGNORE INTO reference VALUES (?, ?)')

  return (plan, words) => {
    /** of each exchange the first of its records */
    const first = firstRecords(plan.heads)
    const valuesOf = ({ route, tenant, started, closing, gathers, recorded }: RecordHeadRow): SqlValue[] => {
      const closed = closing === 1 ? recorded : endOfTime
      return [words[route] ?? 0, words[tenant] ?? 0, started, recorded, closed, gathers]
    }
    const { ids, fresh } = interning.exchanges(plan.exchanges, (exchange) => {
      const head = first.get(exchange)
      return [...(head === undefined ? nothingKnown : valuesOf(head.head)), 0, 0]
    })
    const idOf = (exchange: number): number => ids[exchange] ?? 0
    const waiting = new Set<number>()
    const withFacts = new Set<number>()
    return {
      idOf,
      record: (head, index) => {
        const { exchange } = head
        const isThere = fresh.has(exchange) && first.get(exchange)?.index === index
        if (!isThere) merge.run(...valuesOf(head), idOf(exchange))
        if (head.closing === 1 && head.gathers === 1) waiting.add(exchange)
      },
      gathered: (exchange) => {
        const isFirst = fresh.has(exchange) && !withFacts.has(exchange)
        withFacts.add(exchange)
        if (!fresh.has(exchange)) arrived.run(idOf(exchange))
        return isFirst
      },
      settle: () => {
        for (let at = 0; at < plan.references.length; at += 2) {
          const target = plan.texts[plan.references[at + 1] ?? 0] ?? ''
          reference.run(idOf(plan.references[at] ?? 0), Buffer.from(target, 'hex'))
        }
        for (const exchange of waiting) if (!withFacts.has(exchange)) pending.run(idOf(exchange))
      },
    }
  }
}

const nothingKnown: readonly SqlValue[] = [null, null, null, null, null, 0]

function firstRecords(
  heads: Float64Array,
): ReadonlyMap<number, { readonly head: RecordHeadRow; readonly index: number }> {
  const first = new Map<number, { readonly head: RecordHeadRow; readonly index: number }>()
  for (let index = 0; index < headCount(heads); index += 1) {
    const head = headAt(heads, index)
    if (head.kind === leafKinds.record && !first.has(head.exchange)) first.set(head.exchange, { head, index })
  }
  return first
}
