// What the last run left open, told as gaps: intents without a record, records without facts, leaves that a lying disk
// lost, exchanges that could not even leave an intent. Runs once, before anything is forwarded; changes nothing itself.
import type { ExchangeRecord, Intent } from '../core/exchange.js'
import type { ExchangeId, Micros } from '../core/ids.js'
import type { LedgerRows } from '../lineage/ledger/reader.js'
import type { GapLeaf, GapReason } from '../lineage/model/fact.js'
import type { RecordedLeaf } from '../lineage/model/leaf.js'
import { exchangeGap, type GapPlace } from './gap-book.js'
import type { PageState } from './gaps-page.js'

export interface LastRun {
  readonly state: PageState
  readonly intents: readonly Intent[]
  readonly rows: LedgerRows
  /** now */
  readonly time: Micros
  readonly placeOf: (route: string) => GapPlace
}

/** What is found; `inFlight` and `factsLost` would be found again as long as their gaps are not stored. */
export interface LeftOpen {
  readonly inFlight: readonly { readonly intent: Intent; readonly gap: GapLeaf }[]
  readonly factsLost: readonly { readonly exchange: ExchangeId; readonly gap: GapLeaf }[]
  /** all others, those that were pending among them */
  readonly gaps: readonly GapLeaf[]
}

/** Gaps that close an exchange as a record would. */
const closing: readonly GapReason[] = ['in-flight-at-crash', 'abandoned']

const scanAtATime = 2_000

/** Ids are deterministic: a gap that is found twice counts once. */
export function findLeftOpen(run: LastRun): LeftOpen {
  const { state, intents, rows, time, placeOf } = run
  const open = intents.filter(({ id }) => !rows.leavesOf(id).some(closes))
  const [told, floor] = [rows.seqOf(state.taken), rows.seqOf(state.factsFloor)]
  const since = scan(rows, Math.min(told, floor))
  const unnamed = state.accepted - state.settled - since.closedAfter(told) - open.length
  const lost = state.taken - rows.taken()
  const gaps = [...state.pending]
  // Those without an intent in the log: it could not be written either, and the page alone counted them.
  if (unnamed > 0) gaps.push(ledgerGap('in-flight-at-crash', { state, time, count: unnamed, exact: false }))
  if (lost > 0) gaps.push(ledgerGap('ledger-truncated', { state, time, count: lost, exact: true }))
  return {
    gaps,
    inFlight: open.map((intent) => ({
      intent,
      gap: exchangeGap('in-flight-at-crash', intent.id, placeOf(intent.route), [intent.time, time]),
    })),
    factsLost: since.withoutFacts(floor).map(({ id, route, startedAt, endedAt }) => ({
      exchange: id,
      gap: exchangeGap('facts-lost', id, placeOf(route), [startedAt, endedAt]),
    })),
  }
}

interface Bound {
  readonly state: PageState
  readonly time: Micros
  readonly count: number
  readonly exact: boolean
}

function ledgerGap(reason: GapReason, { state, time, count, exact }: Bound): GapLeaf {
  const id = `${reason}/ledger/${state.taken}/${state.accepted}`
  return { kind: 'gap', id, reason, at: 'ledger', exchange: null, tenant: null, from: state.at, to: time, count, exact }
}

function closes({ leaf }: RecordedLeaf): boolean {
  if (leaf.kind === 'exchange') return leaf.phase === 'closing'
  return leaf.kind === 'gap' && closing.includes(leaf.reason)
}

interface Scanned {
  /** exchanges that were closed behind this leaf */
  closedAfter(seq: number): number
  withoutFacts(floor: number): readonly ExchangeRecord[]
}

function scan(rows: LedgerRows, from: number): Scanned {
  const closed: { readonly seq: number; readonly exchange: ExchangeId }[] = []
  const expecting: { readonly seq: number; readonly record: ExchangeRecord }[] = []
  for (let seq = from; ;) {
    const leaves = rows.leavesAfter(seq, scanAtATime)
    for (const one of leaves) {
      const { leaf } = one
      const exchange = leaf.kind === 'exchange' ? leaf.id : leaf.exchange
      if (closes(one) && exchange !== null) closed.push({ seq: one.seq, exchange })
      if (leaf.kind === 'exchange' && leaf.phase === 'closing' && leaf.gatherers.length > 0) {
        expecting.push({ seq: one.seq, record: leaf })
      }
    }
    seq = leaves.at(-1)?.seq ?? seq
    if (leaves.length < scanAtATime) break
  }
  return {
    closedAfter: (seq) => new Set(closed.filter((one) => one.seq > seq).map(({ exchange }) => exchange)).size,
    withoutFacts: (floor) =>
      expecting
        .filter(({ seq, record }) => seq > floor && !rows.leavesOf(record.id).some(standsForFacts))
        .map(({ record }) => record),
  }
}

function standsForFacts({ leaf }: RecordedLeaf): boolean {
  return (
    leaf.kind === 'facts' || (leaf.kind === 'gap' && (leaf.reason === 'facts-lost' || leaf.reason === 'queue-full'))
  )
}
