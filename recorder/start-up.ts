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

/** Gaps that close an exchange as a record would. */
const closing: readonly GapReason[] = ['in-flight-at-crash', 'abandoned']

const scanAtATime = 2_000

/** The gaps to write, those that were pending among them. Deterministic ids: found twice, they count once. */
export function gapsOfLastRun(run: LastRun): GapLeaf[] {
  const { state, intents, rows, time, placeOf } = run
  const pending = new Set(state.pending.flatMap(({ exchange }) => (exchange === null ? [] : [exchange])))
  const open = intents.filter(({ id }) => !pending.has(id) && !rows.leavesOf(id).some(closes))
  const inFlight = open.map((intent) =>
    exchangeGap('in-flight-at-crash', intent.id, placeOf(intent.route), [intent.time, time]),
  )
  const since = scan(rows, Math.min(state.seq, state.factsFloor))
  const settled = state.settled + since.closedAfter(state.seq)
  const waiting = [...pending].filter((id) => !rows.leavesOf(id).some(closes)).length
  const unnamed = state.accepted - settled - open.length - waiting
  const gaps = [...state.pending, ...inFlight, ...since.withoutFacts(state.factsFloor, placeOf, rows)]
  // Those without an intent in the log: it could not be written either, and the page alone counted them.
  if (unnamed > 0) gaps.push(ledgerGap('in-flight-at-crash', { state, time, count: unnamed, exact: false }))
  const lost = state.seq - rows.count()
  if (lost > 0) gaps.push(ledgerGap('ledger-truncated', { state, time, count: lost, exact: true }))
  return gaps
}

interface Bound {
  readonly state: PageState
  readonly time: Micros
  readonly count: number
  readonly exact: boolean
}

function ledgerGap(reason: GapReason, { state, time, count, exact }: Bound): GapLeaf {
  const id = `${reason}/ledger/${state.seq}/${state.accepted}`
  return { kind: 'gap', id, reason, at: 'ledger', exchange: null, tenant: null, from: state.at, to: time, count, exact }
}

function closes({ leaf }: RecordedLeaf): boolean {
  if (leaf.kind === 'exchange') return leaf.phase === 'closing'
  return leaf.kind === 'gap' && closing.includes(leaf.reason)
}

interface Scanned {
  closedAfter(seq: number): number
  withoutFacts(floor: number, placeOf: LastRun['placeOf'], rows: LedgerRows): GapLeaf[]
}

function scan(rows: LedgerRows, from: number): Scanned {
  const closed: { readonly seq: number; readonly exchange: ExchangeId }[] = []
  const expecting: { readonly seq: number; readonly record: ExchangeRecord }[] = []
  for (let seq = from; ;) {
    const leaves = rows.leavesAfter(seq, scanAtATime)
    for (const one of leaves) {
      const { leaf } = one
      const exchange = leaf.kind === 'exchange' ? leaf.id : leaf.exchange
      const counted = leaf.kind !== 'gap' || leaf.reason !== 'in-flight-at-crash'
      if (counted && closes(one) && exchange !== null) closed.push({ seq: one.seq, exchange })
      if (leaf.kind === 'exchange' && leaf.phase === 'closing' && leaf.gatherers.length > 0) {
        expecting.push({ seq: one.seq, record: leaf })
      }
    }
    seq = leaves.at(-1)?.seq ?? seq
    if (leaves.length < scanAtATime) break
  }
  return {
    closedAfter: (seq) => new Set(closed.filter((one) => one.seq > seq).map(({ exchange }) => exchange)).size,
    withoutFacts: (floor, placeOf, source) =>
      expecting
        .filter(({ seq, record }) => seq > floor && !source.leavesOf(record.id).some(standsForFacts))
        .map(({ record }) =>
          exchangeGap('facts-lost', record.id, placeOf(record.route), [record.startedAt, record.endedAt]),
        ),
  }
}

function standsForFacts({ leaf }: RecordedLeaf): boolean {
  return (
    leaf.kind === 'facts' || (leaf.kind === 'gap' && (leaf.reason === 'facts-lost' || leaf.reason === 'queue-full'))
  )
}
