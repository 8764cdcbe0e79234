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

  const finish = (record: ExchangeRecord, reason: 'queue-full' | 'facts-lost' | undefined, done: () => void): void => {
    const told = () => pendingFacts.remove(record.id)
    if (reason !== undefined && record.mode !== 'shadow') {
      const times = [record.startedAt, record.endedAt] as const
      books.gaps.add(exchangeGap(reason, record.id, books.placeOf(record.route), times), told)
    } else told()
    done()
  }

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
        queueMicrotask(() => finish(record, 'queue-full', done))
        return
      }
      pendingFacts.add(record.id)
      const { id: exchange, route } = record
      const settled = (failure: string | undefined) =>
        finish(record, failure === undefined ? undefined : 'facts-lost', done)
      lane.add({ exchange, route, record: json, capture, digestSkipped, done: settled })
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
