// The rows of one leaf's facts: edges, states, facets, and who was seen when. Numbers them by their place in the leaf, so
// that the same leaf always gives the same rows. Never looks at other leaves.
import type { Fact, FactsLeaf } from '../model/fact.js'
import { entityId } from '../model/node-id.js'
import { linkOf, subjectOf, type Mention } from '../model/statement.js'
import type { Database } from '../sqlite/driver.js'
import { codeOf, edgeFlags, markParts, seenAs, type SeenAs } from './codes.js'
import type { Interning } from './interning.js'
import { allRows, createRows, type Rows } from './rows.js'

export interface FactRows extends Pick<Rows, 'flush' | 'forget'> {
  /** Makes the rows of all facts of `leaf`; gives the earliest time among them. They are written by `flush`. */
  write(leaf: FactsLeaf, id: number): number | undefined
}

/** One leaf while it is written. */
interface Writing {
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

type Tables = Readonly<Record<'edge' | 'state' | 'facet' | 'alias' | 'mark' | 'seen' | 'digest' | 'digestSeen', Rows>>

export function createFactRows(db: Database, interning: Interning): FactRows {
  const tables: Tables = {
    edge: createRows(db, 'edge', 6),
    state: createRows(db, 'state', 7),
    facet: createRows(db, 'facet', 7),
    alias: createRows(db, 'alias', 4, 'IGNORE'),
    mark: createRows(db, 'mark', 5),
    seen: createRows(db, 'seen', 4, 'IGNORE'),
    digest: createRows(db, 'digest', 3, 'IGNORE'),
    digestSeen: createRows(db, 'digest_seen', 4, 'IGNORE'),
  }
  const mention = createMentions(tables, interning)

  const writeLink = (fact: Fact, writing: Writing): boolean => {
    const link = linkOf(fact)
    if (link === undefined) return false
    const from = mention(link.from, fact.time, writing)
    const to = mention(link.to, fact.time, writing)
    const bare = (isBare(link.from) ? 1 : 0) + (isBare(link.to) ? 2 : 0)
    const role = link.role === null ? null : interning.word(link.role)
    if (to.id !== from.id) to.reached = true
    writing.pos += 1
    const flags = edgeFlags(writing.pos, { kind: link.kind, by: fact.by, bare })
    tables.edge.add(from.id, fact.time, writing.leaf, flags, to.id, role)
    if (fact.kind === 'alias-of' && bare === 0) {
      tables.alias.add(from.id, to.id, fact.time, writing.leaf)
      tables.alias.add(to.id, from.id, fact.time, writing.leaf)
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
    const name = interning.word(facet.name)
    const value = JSON.stringify(facet.value)
    tables.facet.add(node.id, facet.time, writing.leaf, writing.pos, node.bare ? 1 : 0, name, value)
  }

  const writeFact = (fact: Fact, writing: Writing): void => {
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
      const [started, ended] = [fact.startedAt ?? null, fact.endedAt ?? null]
      tables.state.add(node.id, fact.time, writing.leaf, writing.pos, codeOf(fact.phase), started, ended)
    }
  }

  return {
    ...allRows(Object.values(tables)),
    write: (leaf, id) => {
      const writing: Writing = { leaf: id, pos: 0, mentioned: new Map() }
      for (const { facts } of leaf.gathered) for (const fact of facts) writeFact(fact, writing)
      return writeMarks(writing, tables.mark)
    },
  }
}

type Mentions = (of: Mention, time: number, writing: Writing) => Mentioned

function createMentions(tables: Tables, interning: Interning): Mentions {
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
    if (of.kind !== 'entity') {
      const { id } = of.kind === 'activity' ? interning.activity(of.ref) : interning.agent(of.ref)
      if (writing.mentioned.get(id)?.time !== time) tables.seen.add(id, seenAs.itself, time, writing.leaf)
      return note(id, { bare: false, activity: of.kind === 'activity' }, time, writing)
    }
    const { id, name } = interning.entity(of.ref)
    const bare = isBare(of)
    tables.seen.add(id, seenOf(of, id === name), time, writing.leaf)
    if (bare && of.as === 'invalidated') tables.seen.add(id, seenAs.bare, time, writing.leaf)
    if (of.ref.digest !== undefined) {
      const digest = interning.word(of.ref.digest)
      tables.digest.add(id, digest, name)
      tables.digestSeen.add(id, digest, time, writing.leaf)
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
function writeMarks({ leaf, mentioned }: Writing, mark: Rows): number | undefined {
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
    if (part !== 0) mark.add(leaf, id, time, bare ? 1 : 0, part)
  }
  return first
}
