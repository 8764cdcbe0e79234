// Leaves of the ledger as a plan (plan.ts): what they put into graph.db, without it. A function of the leaves alone; throws where
// one of them has something else in the place of a number, a name, or the exchange.
import type { Rests } from '../../core/processor-share.js'
import type { FactsLeaf, GapLeaf } from '../model/fact.js'
import type { RecordedLeaf, RecordHead } from '../model/leaf.js'
import { headCount, leafKinds, pushHead } from './heads.js'
import { createNumberList, type NumberList } from './number-list.js'
import { createFactPlanning, numberOf, type PlanFacts, type PlannedRows } from './plan-facts.js'
import { createPlanNames, type PlanNames } from './plan-names.js'
import { plannedTables, type FactGap, type Plan, type PlannedGap, type PlannedTable } from './plan.js'
import { createTextList, type TextList } from './text-list.js'

interface Making {
  readonly names: PlanNames
  readonly facts: PlanFacts
  readonly rows: PlannedRows
  readonly texts: TextList
  readonly heads: NumberList
  readonly gaps: PlannedGap[]
  readonly factGaps: FactGap[]
  readonly references: NumberList
  /** by exchange */
  readonly firstRecords: number[]
}

/** What a plan may hold: numbers of rows (eight bytes each), characters of facets. The leaf that goes beyond is its last. */
const mostNumbers = 2_000_000
const mostCharacters = 8_000_000

/** `leaves`: in the ledger's order, at least one. Of the first of them, where all would be more than a plan may hold. */
export function planOf(leaves: readonly RecordedLeaf[], rests: Rests): Plan {
  const making = begin()
  let planned = 0
  for (const one of leaves) {
    const recorded = numberOf(one.recorded)
    const leaf = one.lean?.() ?? one.leaf
    if (leaf.kind === 'facts') addFacts(making, leaf, recorded)
    else if (leaf.kind === 'gap') addGap(making, leaf, recorded)
    else addRecord(making, leaf, recorded)
    planned += 1
    rests.rest()
    if (isFull(making)) break
  }
  const last = leaves[planned - 1]
  const { names, heads, rows, texts, references, gaps, factGaps } = making
  const all = names.all()
  return {
    ...all,
    leaves: planned,
    last: { seq: last?.seq ?? 0, recorded: last?.recorded ?? 0 },
    texts: texts.all,
    gaps,
    factGaps,
    firstRecords: Float64Array.from(all.exchanges, (_, exchange) => making.firstRecords[exchange] ?? Number.NaN),
    heads: heads.all(),
    references: references.all(),
    rows: forEachTable((table) => rows[table].all()),
  }
}

function begin(): Making {
  const names = createPlanNames()
  const rows = forEachTable(createNumberList)
  const texts = createTextList()
  const [heads, references] = [createNumberList(), createNumberList()]
  const facts = createFactPlanning({ names, rows, texts })
  return { names, facts, rows, texts, heads, references, gaps: [], factGaps: [], firstRecords: [] }
}

function isFull({ rows, texts }: Making): boolean {
  let numbers = 0
  for (const table of tables) numbers += rows[table].length
  return numbers > mostNumbers || texts.characters() > mostCharacters
}

function addRecord(making: Making, record: RecordHead, recorded: number): void {
  const { names, heads, references, texts } = making
  const exchange = names.exchange(record.id)
  making.firstRecords[exchange] ??= headCount(heads)
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
  for (const target of record.references) references.push(exchange, texts.push(target))
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

const tables = Object.keys(plannedTables) as PlannedTable[]

function forEachTable<T>(make: (table: PlannedTable) => T): Record<PlannedTable, T> {
  return Object.fromEntries(tables.map((table) => [table, make(table)])) as Record<PlannedTable, T>
}
