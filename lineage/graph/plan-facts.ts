// The rows of one leaf's facts: edges, states, facets, and who was seen when. Numbers them by their place in the leaf, so
// that the same leaf always gives the same rows. Never looks at other leaves.
import type { Fact, FactsLeaf } from '../model/fact.js'
import { entityId } from '../model/node-id.js'
import { linkOf, subjectOf, type Mention } from '../model/statement.js'
import { codeOf, edgeFlags, markParts, seenAs, type SeenAs } from './codes.js'
import type { NumberList } from './number-list.js'
import type { PlannedTable } from './plan.js'
import type { PlanNames } from './plan-names.js'
import type { TextList } from './text-list.js'

/** Rows of one table behind each other: plan.ts. */
export type PlannedRows = Readonly<Record<PlannedTable, NumberList>>

export interface FactPlan {
  readonly names: PlanNames
  readonly rows: PlannedRows
  readonly texts: TextList
}

/** One leaf while its rows are made. */
interface Writing {
  /** its number among those of the plan */
  readonly leaf: number
  pos: number
  readonly mentioned: Map<number, Mentioned>
}

/** A node that the leaf mentions. */
interface Mentioned {
  readonly id: number
  /** the first time */
  time: number
  /** whether by its bare name, the first time */
  readonly bare: boolean
  readonly activity: boolean
  /** an edge of the leaf leads to it */
  reached: boolean
}

/** Makes the rows of all facts of a leaf; gives the earliest time among them. */
export type PlanFacts = (leaf: FactsLeaf, number: number) => number | undefined

export function createFactPlanning({ names, rows, texts }: FactPlan): PlanFacts {
  const mention = createMentions(rows, names)

  const writeLink = (fact: Fact, writing: Writing): boolean => {
    const link = linkOf(fact)
    if (link === undefined) return false
    const from = mention(link.from, fact.time, writing)
    const to = mention(link.to, fact.time, writing)
    const bare = (isBare(link.from) ? 1 : 0) + (isBare(link.to) ? 2 : 0)
    const role = link.role === null ? Number.NaN : names.word(link.role)
    if (to.id !== from.id) to.reached = true
    writing.pos += 1
    const flags = edgeFlags(writing.pos, { kind: link.kind, by: fact.by, bare })
    rows.edge.push(writing.leaf, from.id, fact.time, flags, to.id, role)
    if (fact.kind === 'alias-of' && bare === 0) {
      rows.alias.push(writing.leaf, from.id, to.id, fact.time)
      rows.alias.push(writing.leaf, to.id, from.id, fact.time)
    }
    if (fact.kind === 'derived' && fact.fields !== undefined) {
      const facet = { name: `fields ${entityId(fact.source)}`, value: fact.fields, time: fact.time }
      writeFacet({ id: from.id, bare: isBare(link.from) }, facet, writing)
    }
    return true
  }

  const writeFacet = (
    node: { readonly id: number; readonly bare: boolean },
    facet: { name: string; value: unknown; time: number },
    writing: Writing,
  ): void => {
    writing.pos += 1
    const name = names.word(facet.name)
    const value = texts.push(JSON.stringify(facet.value))
    rows.facet.push(writing.leaf, node.id, facet.time, writing.pos, node.bare ? 1 : 0, name, value)
  }

  const writeFact = (fact: Fact, writing: Writing): void => {
    numberOf(fact.time)
    if (writeLink(fact, writing)) return
    const subject = subjectOf(fact)
    if (subject === undefined) return
    const node = mention(subject, fact.time, writing)
    if (fact.kind === 'described') {
      const facet = { name: fact.facet, value: fact.value, time: fact.time }
      writeFacet({ id: node.id, bare: isBare(subject) }, facet, writing)
    }
    if (fact.kind === 'state') {
      writing.pos += 1
      const [started, ended] = [timeOrNull(fact.startedAt), timeOrNull(fact.endedAt)]
      rows.state.push(writing.leaf, node.id, fact.time, writing.pos, codeOf(fact.phase), started, ended)
    }
  }

  return (leaf, number) => {
    const writing: Writing = { leaf: number, pos: 0, mentioned: new Map() }
    for (const { facts } of leaf.gathered) for (const fact of facts) writeFact(fact, writing)
    return writeMarks(writing, rows.mark)
  }
}

/** Throws where a leaf of the ledger has something else in a number's place. */
export function numberOf(value: number): number {
  if (typeof value !== 'number') throw new TypeError(`${JSON.stringify(value)} stands where a number is expected`)
  return value
}

function timeOrNull(time: number | undefined): number {
  return time === undefined ? Number.NaN : numberOf(time)
}

type Mentions = (of: Mention, time: number, writing: Writing) => Mentioned

function createMentions(rows: PlannedRows, names: PlanNames): Mentions {
  const note = (id: number, is: { bare: boolean; activity: boolean }, time: number, writing: Writing): Mentioned => {
    const known = writing.mentioned.get(id)
    if (known !== undefined) {
      if (time < known.time) known.time = time
      return known
    }
    const made = { id, time, bare: is.bare, activity: is.activity, reached: false }
    writing.mentioned.set(id, made)
    return made
  }

  return (of, time, writing) => {
    const { leaf } = writing
    if (of.kind !== 'entity') {
      const id = of.kind === 'activity' ? names.activity(of.ref) : names.agent(of.ref)
      if (writing.mentioned.get(id)?.time !== time) rows.seen.push(leaf, id, seenAs.itself, time)
      return note(id, { bare: false, activity: of.kind === 'activity' }, time, writing)
    }
    const id = names.entity(of.ref)
    const name = names.nameOf(id)
    const bare = isBare(of)
    rows.seen.push(leaf, id, seenOf(of, id === name), time)
    if (bare && of.as === 'invalidated') rows.seen.push(leaf, id, seenAs.bare, time)
    if (of.ref.digest !== undefined) {
      const digest = names.word(of.ref.digest)
      rows.digest.push(leaf, id, digest, name)
      rows.digest_seen.push(leaf, id, digest, time)
    }
    return note(id, { bare, activity: false }, time, writing)
  }
}

/** Stands for the version current at the fact's time. */
function isBare(of: Mention): boolean {
  if (of.kind !== 'entity' || of.as === 'named') return false
  const { version, digest, producer } = of.ref
  return version === undefined && digest === undefined && producer === undefined
}

function seenOf(of: Extract<Mention, { kind: 'entity' }>, bare: boolean): SeenAs {
  if (of.as === 'invalidated') return seenAs.invalidated
  if (bare) return of.as === 'named' ? seenAs.itself : seenAs.bare
  return of.as === 'generated' ? seenAs.generated : seenAs.mentioned
}

/** Every node mentioned that has bits of `mark.part`. Gives the earliest time of all. */
function writeMarks({ leaf, mentioned }: Writing, mark: NumberList): number | undefined {
  let [roots, activities] = [0, 0]
  let first: number | undefined
  for (const { activity, reached, time } of mentioned.values()) {
    if (activity) activities += 1
    if (!reached) roots += 1
    if (first === undefined || time < first) first = time
  }
  for (const { id, time, bare, activity, reached } of mentioned.values()) {
    const root = roots === 0 || !reached
    const refers = activities === 0 ? root : activity
    const part = (root ? markParts.root : 0) + (refers ? markParts.refers : 0)
    if (part !== 0) mark.push(leaf, id, time, bare ? 1 : 0, part)
  }
  return first
}
