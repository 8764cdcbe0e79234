// Hands exchanges with their captures to the gatherer workers and follows them until their facts are on disk. What finds no
// room or can't be stored becomes a gap for that exchange. Never makes the client wait.
import type { Capture, ExchangeRecord } from '../core/exchange.js'
import type { ExchangeId } from '../core/ids.js'
import type { BodySide } from '../core/recorder-port.js'
import type { RedactionRules } from '../core/redaction.js'
import type { Signals } from '../core/signals.js'
import type { LedgerClient } from '../lineage/ledger/client.js'
import type { Books } from './books.js'
import { exchangeGap } from './gap-book.js'
import { createGatherLane, type GatherLane } from './gather-lane.js'
import type { RecordedRoute } from './gather-protocol.js'
import type { PendingFacts } from './pending-facts.js'
import type { RecorderSettings } from './settings.js'

export interface FactsDesk {
  /** `done` when its facts are on disk, or a gap stands for them. */
  gather(record: ExchangeRecord, json: string, order: { readonly capture: Capture; readonly done: () => void }): void
  chunk(exchange: ExchangeId, side: BodySide, bytes: Uint8Array): void
  forget(exchange: ExchangeId): void
  /** exchanges whose facts are not there yet */
  count(): number
  close(): Promise<void>
}

export interface FactsDeskParts {
  readonly dir: string
  readonly ledger: LedgerClient
  readonly routes: readonly RecordedRoute[]
  readonly rules: RedactionRules
  readonly settings: RecorderSettings
  readonly signals: Signals
  readonly books: Books
  readonly pendingFacts: PendingFacts
}

/** What is kept of an exchange until its facts are on disk: its heads would outlive several collections of garbage. */
interface Pending extends Pick<ExchangeRecord, 'id' | 'route' | 'mode' | 'startedAt' | 'endedAt'> {
  readonly done: () => void
}

function pendingOf({ id, route, mode, startedAt, endedAt }: ExchangeRecord, done: () => void): Pending {
  return { id, route, mode, startedAt, endedAt, done }
}

export function createFactsDesk(parts: FactsDeskParts): FactsDesk {
  const { settings, pendingFacts, books } = parts
  const lanes = Array.from({ length: settings.workers }, (_, index) => laneOf(parts, index))
  const [first] = lanes
  if (first === undefined) throw new RangeError('at least one gatherer worker is needed')
  const skipped = new Map<ExchangeId, Set<BodySide>>()
  const hashed = new Set<ExchangeId>()

  // The pieces of an exchange's bodies have to meet in one worker.
  const laneFor = (exchange: ExchangeId): GatherLane =>
    lanes.length === 1 ? first : (lanes[Number.parseInt(exchange.slice(0, 4), 16) % lanes.length] ?? first)

  const finish = (about: Pending, reason: 'queue-full' | 'facts-lost' | undefined): void => {
    const told = () => pendingFacts.remove(about.id)
    if (reason !== undefined && about.mode !== 'shadow') {
      const times = [about.startedAt, about.endedAt] as const
      books.gaps.add(exchangeGap(reason, about.id, books.placeOf(about.route), times), told)
    } else told()
    about.done()
  }
  const settledFor = (about: Pending) => (failure: string | undefined) =>
    finish(about, failure === undefined ? undefined : 'facts-lost')

  return {
    gather: (record, json, { capture, done }) => {
      const lane = laneFor(record.id)
      const digestSkipped = skipped.get(record.id)
      skipped.delete(record.id)
      hashed.delete(record.id)
      if (lane.count() * lanes.length >= settings.queue || lane.bytes() * lanes.length >= settings.queueBytes) {
        parts.signals.exchangeDropped.publish({ route: record.route, reason: 'gatherer-queue-full' })
        pendingFacts.add(record.id)
        lane.forget(record.id)
        queueMicrotask(() => finish(pendingOf(record, done), 'queue-full'))
        return
      }
      pendingFacts.add(record.id)
      const { id: exchange, route, mode } = record
      const settled = settledFor(pendingOf(record, done))
      lane.add({ exchange, route, urgent: mode === 'required', record: json, capture, digestSkipped, done: settled })
    },
    chunk: (exchange, side, bytes) => {
      const sides = skipped.get(exchange)
      if (sides?.has(side) === true) return
      hashed.add(exchange)
      if (!laneFor(exchange).chunk(exchange, side, bytes)) skipped.set(exchange, (sides ?? new Set()).add(side))
    },
    forget: (exchange) => {
      skipped.delete(exchange)
      if (hashed.delete(exchange)) laneFor(exchange).forget(exchange)
    },
    count: () => lanes.reduce((sum, lane) => sum + lane.count(), 0),
    close: async () => {
      await Promise.all(lanes.map((lane) => lane.close()))
    },
  }
}

function laneOf({ dir, ledger, routes, rules, settings, signals }: FactsDeskParts, index: number): GatherLane {
  const { exchanges: captures, modules, watchdog: limit, memory, digestBytes } = settings
  const thread = { dir, routes, rules, captures, modules, owner: `w${index}` }
  return createGatherLane({ ledger, signals, thread, limit, memory, digestBytes })
}
