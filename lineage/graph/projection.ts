// Leaves of the ledger into rows of graph.db, a batch and its ledger position in one transaction. Rows are a function of
// the set of leaves: a leaf seen twice, or leaves in another order, give the same. Never merges, never reads for an answer.
import { createRests, type Rests } from '../../core/processor-share.js'
import type { RecordedLeaf } from '../model/leaf.js'
import type { Database } from '../sqlite/driver.js'
import { createExchangeWriter, type Exchanges } from './exchange-writer.js'
import { createFactWriter } from './fact-writer.js'
import { createGapWriter } from './gap-writer.js'
import { headAt, headCount, leafKinds } from './heads.js'
import { createInterning } from './interning.js'
import { createLeafWriter } from './leaf-writer.js'
import type { Plan } from './plan.js'
import { planOf } from './planning.js'
import { projectionVersion } from './schema.js'

export interface Position {
  readonly seq: number
  /** record time of that leaf: tells whether a ledger still has it */
  readonly recorded: number
  /** `projectionVersion` that made the rows; 0 where there are none */
  readonly projection: number
}

export interface Projection {
  /** ledger position that the graph has reached */
  position(): Position
  /** Commits `leaves`, in the ledger's order: all or nothing, but for those that hold more than one plan may (planning.ts). */
  project(leaves: readonly RecordedLeaf[]): void
  /**
   * The same of leaves that were made a plan, together with what was left open before; what is thrown takes that back, too. `open`:
   * leaves it open for the next one, or for `commit`.
   */
  carryOut(plan: Plan, open?: boolean): void
  /** Commits what was left open, or throws and it is taken back. */
  commit(): void
}

export function createProjection(db: Database, rests: Rests = createRests(undefined)): Projection {
  const into = { db, rests }
  const interning = createInterning(into)
  const exchanges = createExchangeWriter(into, interning)
  const leaves = createLeafWriter(into, interning)
  const facts = createFactWriter(into)
  const gaps = createGapWriter(into)
  const setPosition = db.prepare('UPDATE position SET seq = ?, recorded = ?, projection = ? WHERE seq < ?')

  const writeHeads = (plan: Plan, words: readonly number[], known: Exchanges): readonly (number | undefined)[] => {
    const written: (number | undefined)[] = []
    for (let index = 0; index < headCount(plan.heads); index += 1) {
      const head = headAt(plan.heads, index)
      if (head.kind === leafKinds.record) known.record(head, index)
      else if (head.kind === leafKinds.facts) written[index] = leaves.write(head, words, known)
      else {
        const gap = plan.gaps[head.number]
        if (gap === undefined)
          throw new RangeError(`a plan of ${plan.gaps.length} gaps has none of number ${head.number}`)
        gaps.write(gap, head.recorded, { words, exchanges: known })
      }
      rests.rest()
    }
    return written
  }
  const write = (plan: Plan): void => {
    const words = interning.words(plan.words)
    const nodes = interning.nodes(plan.nodes)
    const known = exchanges(plan, words)
    const written = writeHeads(plan, words, known)
    leaves.flush()
    facts.write(plan, { words, nodes, leaves: written })
    gaps.ofFacts(plan, written, { words, exchanges: known })
    known.settle()
    rests.rest()
    const { seq, recorded } = plan.last
    setPosition.run(seq, recorded, projectionVersion, seq)
  }
  const orForget = (work: () => void): void => {
    try {
      work()
    } catch (thrown) {
      interning.forget()
      leaves.forget()
      facts.forget()
      throw thrown
    }
  }
  const carryOut = (plan: Plan, open = false): void => orForget(() => db.transaction(() => write(plan), open))
  return {
    position: () => positionOf(db),
    carryOut,
    commit: () => orForget(() => db.commit()),
    project: (all) => {
      for (let rest = all; rest.length > 0;) {
        const plan = planOf(rest, rests)
        carryOut(plan)
        rest = rest.slice(plan.leaves)
      }
    },
  }
}

/** Of any file that has such a table, also one of another layout. */
export function positionOf(db: Database): Position {
  const read = db.prepare<Position>('SELECT seq, recorded, projection FROM position')
  return read.get() ?? { seq: 0, recorded: 0, projection: 0 }
}
