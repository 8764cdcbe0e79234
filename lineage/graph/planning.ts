// Leaves of the ledger as a plan (plan.ts): what they put into graph.db, without it. A function of the leaves alone; throws where
// one of them is not as leaves are.
import type { Rests } from '../../core/processor-share.js'
import type { FactsLeaf, GapLeaf } from '../model/fact.js'
import type { RecordedLeaf, RecordHead } from '../model/leaf.js'
import { headCount, leafKinds, pushHead } from './heads.js'
import { createFactPlanning, numberOf, type PlanFacts, type PlannedRows } from './plan-facts.js'
import { createNumberList, type NumberList } from './number-list.js'
import { createPlanNames, type PlanNames } from './plan-names.js'
import { plannedTables, type FactGap, type Plan, type PlannedGap, type PlannedTable } from './plan.js'

interface Making {
  readonly names: PlanNames
  readonly facts: PlanFacts
  readonly heads: NumberList
  readonly texts: string[]
  readonly gaps: PlannedGap[]
  readonly factGaps: FactGap[]
  readonly references: NumberList
}

/** `leaves`: in the ledger's order, at least one. */
export function planOf(leaves: readonly RecordedLeaf[], rests: Rests): Plan {
  const names = createPlanNames()
  const [rows, texts]: [PlannedRows, string[]] = [noRows(), []]
  const facts = createFactPlanning({ names, rows, texts })
  const making: Making = {
    names,
    facts,
    texts,
    heads: createNumberList(),
    gaps: [],
    factGaps: [],
    references: createNumberList(),
  }
  let last = { seq: 0, recorded: 0 }
  for (const one of leaves) {
    const recorded = numberOf(one.recorded)
    const leaf = one.lean?.() ?? one.leaf
    if (leaf.kind === 'facts') addFacts(making, leaf, recorded)
    else if (leaf.kind === 'gap') addGap(making, leaf, recorded)
    else addRecord(making, leaf, recorded)
    last = { seq: one.seq, recorded }
    rests.rest()
  }
  const { heads, references, gaps, factGaps } = making
  return {
    leaves: leaves.length,
    last,
    texts,
    gaps,
    factGaps,
    ...names.all(),
    heads: heads.all(),
    references: references.all(),
    rows: forEachTable((table) => rows[table].all()),
  }
}

function addRecord({ names, heads, references, texts }: Making, record: RecordHead, recorded: number): void {
  const exchange = names.exchange(record.id)
  pushHead(heads, {
    kind: leafKinds.record,
    recorded,
    exchange,
    route: names.word(record.route),
    tenant: names.tenant(record.tenant),
    started: numberOf(record.startedAt),
    closing: record.phase === 'closing' ? 1 : 0,
    gathers: record.gatherers.length > 0 ? 1 : 0,
  })
  for (const target of record.references) references.push(exchange, texts.push(target) - 1)
}

function addFacts({ names, facts, heads, factGaps }: Making, leaf: FactsLeaf, recorded: number): void {
  const { generation, gathered, route } = leaf
  const number = headCount(heads)
  const first = facts(leaf, number) ?? recorded
  const loose = gathered.every((one) => one.facts.length === 0) && gathered.some(({ gaps }) => gaps.length > 0)
  for (const { gaps } of gathered) {
    for (const { reason, about } of gaps) {
      const at = about === '' ? leaf.exchange : `${leaf.exchange}: ${about}`
      factGaps.push({ leaf: number, reason, at, from: first })
    }
  }
  pushHead(heads, {
    kind: leafKinds.facts,
    recorded,
    exchange: names.exchange(leaf.exchange),
    route: names.word(route),
    tenant: names.tenant(leaf.tenant),
    generation: numberOf(generation),
    loose: loose ? 1 : 0,
  })
}

function addGap({ names, heads, gaps }: Making, gap: GapLeaf, recorded: number): void {
  const exchange = gap.exchange === null ? Number.NaN : names.exchange(gap.exchange)
  const tenant = gap.tenant === null ? Number.NaN : names.tenant(gap.tenant)
  pushHead(heads, { kind: leafKinds.gap, recorded, number: gaps.push({ gap, exchange, tenant }) - 1 })
}

function noRows(): PlannedRows {
  return forEachTable(createNumberList)
}

function forEachTable<T>(make: (table: PlannedTable) => T): Record<PlannedTable, T> {
  const tables = Object.keys(plannedTables) as PlannedTable[]
  return Object.fromEntries(tables.map((table) => [table, make(table)])) as Record<PlannedTable, T>
}
