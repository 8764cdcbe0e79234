// Puts one batch of leaves after the other into the graph. While it is far behind, some planned ones share a transaction: pages that
// each of them changes are written once for all. A leaf that can't be projected becomes a gap and does not stop the ones after
// it; a disk that can't be written does. Where a shared transaction fails, all of it is done again, each batch for itself.
import type { RecordedLeaf } from '../model/leaf.js'
import type { FactsLeaf, GapLeaf } from '../model/fact.js'
import { isTorn } from './file.js'
import type { Plan } from './plan.js'
import type { Projection } from './projection.js'

export interface Batches {
  /** Projects what `plan` is of, without a plan what is read. `more`: another one follows at once and may share the transaction. */
  project(plan: Plan | undefined, more: boolean): Taken
  /** whether a transaction is open that the next one may share */
  isOpen(): boolean
  /** Commits what shares a transaction, as well as it can: what is left out will be projected again. */
  commit(): void
}

/** What became of a batch; `reached` is the last leaf that is projected now, before the batch where a transaction was taken back. */
export type Taken =
  | { readonly kind: 'projected'; readonly reached: number; readonly leaves: number }
  /** there are none behind `reached` */
  | { readonly kind: 'none'; readonly reached: number }
  /** by the disk: to be tried again later */
  | { readonly kind: 'refused'; readonly reached: number; readonly reason: string }
  /** a shared transaction failed: to be tried again at once */
  | { readonly kind: 'taken back'; readonly reached: number }

/** Plans of a transaction at most. */
const mostTogether = 8
/** None is added to a transaction that is as old, however few plans it has: they may hold very much. */
const mostMs = 1_000

interface BatchesParts {
  readonly projection: Projection
  /** the leaves behind that one, those of a plan and perhaps more */
  readonly read: (after: number) => readonly RecordedLeaf[]
  /** milliseconds; tests only */
  readonly now?: () => number
}

export function createBatches({ projection, read, now = () => performance.now() }: BatchesParts): Batches {
  let { seq: reached } = projection.position()
  /** up to where it is, at the least; never asked of a file that has just failed */
  let committed = reached
  /** plans in the open transaction */
  let together = 0
  let opened = 0
  /** each for itself up to this leaf */
  let aloneTo = 0

  const took = (leaves: number, last: number | undefined, reason: string | undefined): Taken => {
    if (reason !== undefined) return { kind: 'refused', reached, reason }
    if (last === undefined) return { kind: 'none', reached }
    reached = last
    if (together === 0) committed = last
    return { kind: 'projected', reached, leaves }
  }
  /** Shares no transaction. */
  const alone = (plan: Plan | undefined): Taken => {
    if (plan === undefined) {
      const leaves = read(reached)
      const each = (): void => projectEach(projection, leaves)
      const refused = refusalOf(() => projection.project(leaves), each)
      return took(leaves.length, leaves.at(-1)?.seq, refused)
    }
    const { leaves, last } = plan
    const planned = (): RecordedLeaf[] => read(reached).filter(({ seq }) => seq <= last.seq)
    const each = (): void => projectEach(projection, planned())
    const refused = refusalOf(() => projection.carryOut(plan), each)
    return took(leaves, last.seq, refused)
  }
  /** Gives undefined where it worked. `last`: of what may be at fault. */
  const orTakeBack = (work: () => void, last: number): Taken | undefined => {
    try {
      work()
      return undefined
    } catch (thrown) {
      if (isTorn(thrown)) throw thrown
      together = 0
      aloneTo = last
      reached = committed
      return failed(thrown, reached)
    }
  }
  return {
    isOpen: () => together > 0,
    project: (plan, more) => {
      if (together === 0) opened = now()
      const open = more && reached >= aloneTo && together + 1 < mostTogether && now() - opened < mostMs
      if (together === 0 && !open) return alone(plan)
      if (plan === undefined) {
        const takenBack = orTakeBack(() => projection.commit(), reached)
        if (takenBack !== undefined) return takenBack
        together = 0
        committed = reached
        return alone(plan)
      }
      const { leaves, last } = plan
      const takenBack = orTakeBack(() => projection.carryOut(plan, open), last.seq)
      if (takenBack !== undefined) return takenBack
      together = open ? together + 1 : 0
      return took(leaves, last.seq, undefined)
    },
    commit: () => {
      together = 0
      try {
        projection.commit()
      } catch {
        // It is in the ledger: whoever opens the graph next begins with it.
      }
    },
  }
}

function failed(thrown: unknown, reached: number): Taken {
  const reason = diskRefusal(thrown)
  return reason === undefined ? { kind: 'taken back', reached } : { kind: 'refused', reached, reason }
}

/** One by one, with a gap in the place of what can't be projected. */
function projectEach(projection: Projection, leaves: readonly RecordedLeaf[]): void {
  for (const leaf of leaves) {
    orInstead(
      () => projection.project([leaf]),
      () => projection.project([{ ...leaf, leaf: notProjected(leaf) }]),
    )
  }
}

/** Does `instead` where something else than the file is in the way of `work`: then it lies in what is to be projected. */
function orInstead(work: () => void, instead: () => void): void {
  try {
    work()
  } catch (thrown) {
    if (diskRefusal(thrown) !== undefined || isTorn(thrown)) throw thrown
    instead()
  }
}

/** Why the disk refused that, where it did: to be tried again. */
function refusalOf(work: () => void, instead: () => void): string | undefined {
  try {
    orInstead(work, instead)
    return undefined
  } catch (thrown) {
    const refused = diskRefusal(thrown)
    if (refused === undefined) throw thrown
    return refused
  }
}

function diskRefusal(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined
  return /^SQLITE_(FULL|IOERR|BUSY|LOCKED|READONLY|CANTOPEN|NOMEM)/.test(String(thrown.code))
    ? thrown.message
    : undefined
}

function notProjected(one: RecordedLeaf): GapLeaf {
  const { seq, recorded } = one
  const about = factsIn(one)
  return {
    kind: 'gap',
    id: `not-projected/${seq}`,
    reason: 'not-projected',
    at: about.route ?? 'ledger',
    exchange: about.exchange ?? null,
    tenant: about.tenant ?? null,
    from: recorded,
    to: recorded,
    count: 1,
    exact: true,
  }
}

/** Nothing where it holds no facts, or can't be read at all. */
function factsIn(one: RecordedLeaf): Partial<FactsLeaf> {
  try {
    return one.leaf.kind === 'facts' ? one.leaf : {}
  } catch {
    return {}
  }
}
