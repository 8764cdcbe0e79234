// The rows of gaps: leaves of their own, and what gatherers found missing.
import type { Exchanges } from './exchange-writer.js'
import { headAt, leafKinds } from './heads.js'
import type { Ids } from './interning.js'
import type { Plan, PlannedGap } from './plan.js'
import type { Into } from './rows.js'

interface GapIds {
  readonly words: Ids
  readonly exchanges: Exchanges
}

export interface GapWriter {
  write(planned: PlannedGap, recorded: number, ids: GapIds): void
  /** Those of facts leaves, whose ids are `leaves`; without those of leaves that the graph has already. */
  ofFacts(plan: Plan, leaves: readonly (number | undefined)[], ids: GapIds): void
}

/** Gaps that say themselves why facts will not come; what they name is then not pending as well. */
const endsWaiting = new Set(['facts-lost', 'queue-full', 'gatherer-failed', 'gatherer-timeout'])

export function createGapWriter({ db, rests }: Into): GapWriter {
  const insert = db.prepare(
    `INSERT INTO gap (key, reason, at, exchange, leaf, tenant, "from", count, exact, recorded)
     VALUES (?, ?, ?, ?, NULL, ?, ?, ?, ?, ?)
     ON CONFLICT (key) DO UPDATE SET recorded = min(recorded, excluded.recorded)`,
  )
  const lost = db.prepare('UPDATE exchange SET lost = 1, pending = 0 WHERE id = ?')
  const ofFacts = db.prepare(
    `INSERT INTO gap (reason, at, exchange, leaf, tenant, "from", count, exact, recorded) VALUES (?, ?, ?, ?, ?, ?, 1, 1, ?)`,
  )
  return {
    write: (planned, recorded, { words, exchanges }) => {
      const { gap } = planned
      const exchange = gap.exchange === null ? null : exchanges.idOf(planned.exchange)
      const tenant = gap.tenant === null ? null : (words[planned.tenant] ?? null)
      insert.run(gap.id, gap.reason, gap.at, exchange, tenant, gap.from, gap.count, gap.exact ? 1 : 0, recorded)
      if (exchange !== null && endsWaiting.has(gap.reason)) lost.run(exchange)
    },
    ofFacts: ({ factGaps, heads }, leaves, { words, exchanges }) => {
      for (const { leaf, reason, at, from } of factGaps) {
        const [id, head] = [leaves[leaf], headAt(heads, leaf)]
        if (id === undefined || head.kind !== leafKinds.facts) continue
        ofFacts.run(reason, at, exchanges.idOf(head.exchange), id, words[head.tenant] ?? null, from, head.recorded)
        rests.rest()
      }
    },
  }
}
