// The rows of one leaf's facts: edges, states, facets, and who was seen when. Numbers them by their place in the leaf, so
// that the same leaf always gives the same rows. Never looks at other leaves.
import type { Fact, FactsLeaf } from '../model/fact.js'
import { entityId, versionOf } from '../model/node-id.js'
import { linkOf, subjectOf, type Mention } from '../model/statement.js'
import type { Database } from '../sqlite/driver.js'
import { codeOf, markParts, seenAs, type SeenAs } from './codes.js'
import type { Interning } from './interning.js'

export interface FactRows {
  /** Writes the rows of all facts of `leaf`; gives the earliest time among them. */
  write(leaf: FactsLeaf, id: number): number | undefined
}

/** One leaf while it is written. */
interface Writing {
  readonly leaf: number
  pos: number
  /** nodes mentioned, with the first time, and whether as a bare name */
  readonly mentioned: Map<number, Mentioned>
  /** nodes that an edge of the leaf leads to */
  readonly reached: Set<number>
}

interface Mentioned {
  time: number
  readonly bare: boolean
  readonly activity: boolean
}

interface Node {
  readonly id: number
  readonly bare: boolean
}

export function createFactRows(db: Database, interning: Interning): FactRows {
  const insertEdge = db.prepare('INSERT INTO edge VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)')
  const insertState = db.prepare('INSERT INTO state VALUES (?, ?, ?, ?, ?, ?, ?)')
  const insertFacet = db.prepare('INSERT INTO facet VALUES (?, ?, ?, ?, ?, ?, ?)')
  const insertAlias = db.prepare('INSERT OR IGNORE INTO alias VALUES (?, ?, ?, ?)')
  const insertMark = db.prepare('INSERT INTO mark VALUES (?, ?, ?, ?, ?)')
  const mention = mentionWriter(db, interning)

  const writeLink = (fact: Fact, writing: Writing): boolean => {
    const link = linkOf(fact)
    if (link === undefined) return false
    const from = mention(link.from, fact.time, writing)
    const to = mention(link.to, fact.time, writing)
    const bare = (from.bare ? 1 : 0) + (to.bare ? 2 : 0)
    const role = link.role === null ? null : interning.word(link.role)
    if (to.id !== from.id) writing.reached.add(to.id)
    writing.pos += 1
    insertEdge.run(from.id, fact.time, writing.leaf, writing.pos, to.id, codeOf(link.kind), codeOf(fact.by), bare, role)
    if (fact.kind === 'alias-of' && bare === 0) {
      insertAlias.run(from.id, to.id, fact.time, writing.leaf)
      insertAlias.run(to.id, from.id, fact.time, writing.leaf)
    }
    if (fact.kind === 'derived' && fact.fields !== undefined) {
      writeFacet(from, { name: `fields ${entityId(fact.source)}`, value: fact.fields, time: fact.time }, writing)
    }
    return true
  }

  const writeFacet = (node: Node, facet: { name: string; value: unknown; time: number }, writing: Writing): void => {
    writing.pos += 1
    const name = interning.word(facet.name)
    const value = JSON.stringify(facet.value)
    insertFacet.run(node.id, facet.time, writing.leaf, writing.pos, node.bare ? 1 : 0, name, value)
  }

  const writeFact = (fact: Fact, writing: Writing): void => {
    if (writeLink(fact, writing)) return
    const subject = subjectOf(fact)
    if (subject === undefined) return
    const node = mention(subject, fact.time, writing)
    if (fact.kind === 'described') writeFacet(node, { name: fact.facet, value: fact.value, time: fact.time }, writing)
    if (fact.kind === 'state') {
      writing.pos += 1
      const [started, ended] = [fact.startedAt ?? null, fact.endedAt ?? null]
      insertState.run(node.id, fact.time, writing.leaf, writing.pos, codeOf(fact.phase), started, ended)
    }
  }

  return {
    write: (leaf, id) => {
      const writing: Writing = { leaf: id, pos: 0, mentioned: new Map(), reached: new Set() }
      for (const { facts } of leaf.gathered) for (const fact of facts) writeFact(fact, writing)
      let first: number | undefined
      for (const [node, { time, bare, part }] of marksOf(writing)) {
        if (part !== 0) insertMark.run(id, node, time, bare ? 1 : 0, part)
        first = Math.min(first ?? time, time)
      }
      return first
    },
  }
}

function mentionWriter(db: Database, interning: Interning): (of: Mention, time: number, writing: Writing) => Node {
  const insertSeen = db.prepare('INSERT OR IGNORE INTO seen VALUES (?, ?, ?, ?, ?)')
  const insertDigest = db.prepare('INSERT OR IGNORE INTO digest VALUES (?, ?, ?)')
  const insertDigestSeen = db.prepare('INSERT OR IGNORE INTO digest_seen VALUES (?, ?, ?, ?)')

  const note = (id: number, of: Omit<Mentioned, 'time'>, time: number, writing: Writing): Node => {
    const known = writing.mentioned.get(id)
    if (known === undefined) writing.mentioned.set(id, { time, ...of })
    else if (time < known.time) known.time = time
    return { id, bare: of.bare }
  }

  return (of, time, writing) => {
    if (of.kind !== 'entity') {
      const { id } = of.kind === 'activity' ? interning.activity(of.ref) : interning.agent(of.ref)
      if (writing.mentioned.get(id)?.time !== time) insertSeen.run(id, id, seenAs.itself, time, writing.leaf)
      return note(id, { bare: false, activity: of.kind === 'activity' }, time, writing)
    }
    const { id, name } = interning.entity(of.ref)
    const bare = versionOf(of.ref) === undefined && of.as !== 'named'
    insertSeen.run(name, id, seenOf(of, id === name), time, writing.leaf)
    if (bare && of.as === 'invalidated') insertSeen.run(name, id, seenAs.bare, time, writing.leaf)
    if (of.ref.digest !== undefined) {
      const digest = interning.word(of.ref.digest)
      insertDigest.run(id, digest, name)
      insertDigestSeen.run(id, digest, time, writing.leaf)
    }
    return note(id, { bare, activity: false }, time, writing)
  }
}

function seenOf(of: Extract<Mention, { kind: 'entity' }>, bare: boolean): SeenAs {
  if (of.as === 'invalidated') return seenAs.invalidated
  if (bare) return of.as === 'named' ? seenAs.itself : seenAs.bare
  return of.as === 'generated' ? seenAs.generated : seenAs.mentioned
}

/** Every node mentioned, with the bits of `mark.part` that it has. */
function* marksOf({ mentioned, reached }: Writing): Generator<[number, Mentioned & { part: number }]> {
  let [roots, activities] = [0, 0]
  for (const [node, { activity }] of mentioned) {
    if (activity) activities += 1
    if (!reached.has(node)) roots += 1
  }
  for (const [node, one] of mentioned) {
    const root = roots === 0 || !reached.has(node)
    const refers = activities === 0 ? root : one.activity
    yield [node, { ...one, part: (root ? markParts.root : 0) + (refers ? markParts.refers : 0) }]
  }
}
