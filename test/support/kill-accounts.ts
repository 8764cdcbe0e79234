// Holds what the upstream counted and what clients received against the ledger. Reads ledger.db only while it is open nowhere
// else or over a connection that is closed again at once, so that the next start finds what a crash leaves.
import { openLedgerRows } from '../../lineage/ledger/reader.js'
import type { GapLeaf } from '../../lineage/model/fact.js'
import { leafId, type RecordedLeaf } from '../../lineage/model/leaf.js'
import { loadedModes, type LoadedMode, type Sent } from './gateway-load.js'

/** From the first request to a gateway until it is dead. */
export interface Round {
  readonly sent: readonly Sent[]
  /** ids of requests that took effect, as often as they did */
  readonly effects: readonly string[]
  /** microseconds */
  readonly from: number
  readonly to: number
}

export interface Accounts {
  /** Reads what the ledger has more than at the last call. */
  read(dir: string): void
  /** What is not as it was promised, in words; empty where all is well. */
  complaints(round: Round): string[]
  /** leaves so far */
  count(): number
  /** named gaps so far */
  named(): number
}

interface Told {
  readonly openings: Set<string>
  /** by exchange */
  readonly records: Map<string, { readonly request: string; readonly mode: string }>
  /** their exchanges by request */
  readonly requests: Map<string, string[]>
  readonly named: Map<string, GapLeaf>
  readonly facts: Map<string, number>
  readonly factGaps: Set<string>
  /** gaps that name no exchange */
  readonly counted: GapLeaf[]
  readonly ids: Set<string>
  readonly twice: string[]
}

/** Clocks of two processes need not agree to the millisecond; rounds lie further apart. */
const skew = 100_000

export function createAccounts(): Accounts {
  const told: Told = {
    ...{ openings: new Set(), records: new Map(), requests: new Map(), named: new Map(), facts: new Map() },
    ...{ factGaps: new Set(), counted: [], ids: new Set(), twice: [] },
  }
  let seq = 0
  return {
    read: (dir) => {
      const rows = openLedgerRows(dir)
      for (const one of rows.leavesAfter(seq, Number.MAX_SAFE_INTEGER)) {
        seq = one.seq
        take(one, told)
      }
      rows.close()
    },
    complaints: (round) => [
      ...told.twice.map((id) => `${id} is there twice`),
      ...[...told.named.keys()].filter((id) => told.records.has(id)).map((id) => `${id} has a record and a gap`),
      ...told.counted.filter(({ at }) => at === 'ledger').map(({ id, count }) => `${id} counts ${count} of the ledger`),
      ...loadedModes.flatMap((mode) => effectComplaints(round, mode, told)),
      ...round.sent.flatMap((sent) => answerComplaints(sent, told)),
    ],
    count: () => seq,
    named: () => told.named.size,
  }
}

function take({ leaf }: RecordedLeaf, told: Told): void {
  const id = leafId(leaf)
  if (told.ids.has(id)) told.twice.push(id)
  told.ids.add(id)
  if (leaf.kind === 'facts') told.facts.set(leaf.exchange, leaf.gathered.flatMap(({ facts }) => facts).length)
  else if (leaf.kind === 'exchange') {
    if (leaf.phase !== 'closing') told.openings.add(leaf.id)
    else {
      const request = requestOf(leaf.request.target)
      told.records.set(leaf.id, { request, mode: leaf.mode })
      told.requests.set(request, [...(told.requests.get(request) ?? []), leaf.id])
    }
  } else if (leaf.exchange === null) told.counted.push(leaf)
  else if (leaf.reason === 'in-flight-at-crash') told.named.set(leaf.exchange, leaf)
  else told.factGaps.add(leaf.exchange)
}

function requestOf(target: string): string {
  return target.slice(target.lastIndexOf('/') + 1)
}

/** Every effect is a record or a gap, once; and there are no more gaps than requests that they can stand for. */
function effectComplaints({ sent, effects, from, to }: Round, mode: LoadedMode, told: Told): string[] {
  const requests = new Set(sent.filter((one) => one.mode === mode).map(({ id }) => id))
  const recorded = new Set([...requests].filter((id) => told.requests.has(id)))
  const records = [...recorded].flatMap((id) => told.requests.get(id) ?? [])
  const took = effects.filter((id) => requests.has(id))
  const gaps = [...told.named.values(), ...told.counted].filter(
    (gap) => gap.at === mode && gap.from >= from - skew && gap.from <= to + skew,
  )
  const gapCount = gaps.reduce((sum, { count }) => sum + count, 0)
  const lost = took.filter((id) => !recorded.has(id)).length
  const complaints = records
    .filter((id) => (told.facts.has(id) ? 1 : 0) + (told.factGaps.has(id) ? 1 : 0) !== 1)
    .map((id) => `${mode}: ${id} has not either facts or a gap for them`)
  if (new Set(took).size < took.length) complaints.push(`${mode}: a request took effect twice`)
  if (recorded.size < records.length) complaints.push(`${mode}: a request is recorded twice`)
  if (lost > gapCount) complaints.push(`${mode}: ${lost} effects without a record, gaps for ${gapCount}`)
  if (gaps.some(({ exact }) => !exact)) complaints.push(`${mode}: a gap of one route is a bound`)
  const open = requests.size - recorded.size
  if (gapCount > open) complaints.push(`${mode}: gaps for ${gapCount}, and only ${open} requests without a record`)
  return complaints
}

/** What a client has of an answer says what must be on disk. */
function answerComplaints({ id, mode, status, exchange = '', whole }: Sent, told: Told): string[] {
  if (status === undefined) return []
  if (status !== 200) return [`${mode}: ${id} was answered ${status}`]
  const record = told.records.get(exchange)
  if (record !== undefined && (record.request !== id || record.mode !== mode)) {
    return [`${mode}: ${exchange} was the answer to ${id} and is the record of ${record.request}`]
  }
  if (whole && mode !== 'async') return record === undefined ? [`${mode}: ${exchange} was answered, not recorded`] : []
  if (mode === 'required' && record === undefined && !told.openings.has(exchange)) {
    return [`required: ${exchange} was answered before its opening record`]
  }
  if (record !== undefined || told.named.has(exchange) || told.counted.length > 0) return []
  return [`${mode}: ${exchange} has neither record nor gap`]
}
