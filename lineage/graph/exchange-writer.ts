// The rows of a plan's exchanges and of what their records refer to. An exchange has several leaves, of one batch or of several: what
// they say of it is put together so that their order does not matter.
import type { SqlValue } from '../sqlite/driver.js'
import { headAt, leafKinds, type RecordHeadRow } from './heads.js'
import type { Ids, Interning } from './interning.js'
import type { Plan } from './plan.js'
import type { Into } from './rows.js'
import { endOfTime, isLeafOf } from './schema.js'

/** The exchanges of one plan, by their place in it. */
export interface Exchanges {
  idOf(exchange: number): number
  record(head: RecordHeadRow, index: number): void
  /** Facts have come; gives what may have come before them. */
  gathered(exchange: number): 'nothing' | 'in this plan' | 'in an earlier one'
  /** at the end of a batch: marks the exchanges whose facts are still to come */
  settle(): void
}

export type ExchangeWriter = (plan: Plan, words: Ids) => Exchanges

export function createExchangeWriter({ db, rests }: Into, interning: Interning): ExchangeWriter {
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
    const valuesOf = ({ route, tenant, started, closing, gathers, recorded }: RecordHeadRow): SqlValue[] => {
      const closed = closing === 1 ? recorded : endOfTime
      return [words[route] ?? 0, words[tenant] ?? 0, started, recorded, closed, gathers]
    }
    const { ids, fresh } = interning.exchanges(plan.exchanges, (exchange) => {
      const first = plan.firstRecords[exchange] ?? Number.NaN
      const head = Number.isNaN(first) ? undefined : headAt(plan.heads, first)
      return [...(head?.kind === leafKinds.record ? valuesOf(head) : nothingKnown), 0, 0]
    })
    const idOf = (exchange: number): number => ids[exchange] ?? 0
    const waiting = new Set<number>()
    const withFacts = new Set<number>()
    return {
      idOf,
      record: (head, index) => {
        const { exchange } = head
        const isThere = fresh.has(exchange) && plan.firstRecords[exchange] === index
        if (!isThere) merge.run(...valuesOf(head), idOf(exchange))
        if (head.closing === 1 && head.gathers === 1) waiting.add(exchange)
      },
      gathered: (exchange) => {
        if (!fresh.has(exchange)) arrived.run(idOf(exchange))
        if (withFacts.has(exchange)) return 'in this plan'
        withFacts.add(exchange)
        return fresh.has(exchange) ? 'nothing' : 'in an earlier one'
      },
      settle: () => {
        for (let at = 0; at < plan.references.length; at += 2) {
          const target = plan.texts[plan.references[at + 1] ?? 0] ?? ''
          reference.run(idOf(plan.references[at] ?? 0), Buffer.from(target, 'hex'))
          rests.rest()
        }
        for (const exchange of waiting) {
          if (!withFacts.has(exchange)) pending.run(idOf(exchange))
          rests.rest()
        }
      },
    }
  }
}

const nothingKnown: readonly SqlValue[] = [null, null, null, null, null, 0]
