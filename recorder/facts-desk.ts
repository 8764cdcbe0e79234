// Hands exchanges with their captures to the gatherer workers and follows them until their facts are on disk. What finds no
// room or can't be stored becomes a gap for that exchange. Never makes the client wait.
import type { Capture, ExchangeRecord } from '../core/exchange.js'
import type { ExchangeId } from '../core/ids.js'
import { createRecordUnpacker } from '../core/packed-record.js'
import type { ProcessorShares } from '../core/processor-share.js'
import type { BodySide } from '../core/recorder-port.js'
import type { RedactionRules } from '../core/redaction.js'
import type { Signals } from '../core/signals.js'
import type { LedgerClient } from '../lineage/ledger/client.js'
import type { Books } from './books.js'
import type { FramedRecord } from './frame-queue.js'
import { exchangeGap } from './gap-book.js'
import { createGatherLane, type GatherLane } from './gather-lane.js'
import type { LostJob } from './gather-jobs.js'
import type { RecordedRoute } from './gather-protocol.js'
import { frameBytes } from './job-frames.js'
import type { SharedLeaf } from './leaf-queue.js'
import type { PendingFacts } from './pending-facts.js'
import type { RecorderSettings } from './settings.js'

export interface FactsDesk {
  /** `packed`: the record as core/packed-record.ts packs it. Where the ledger thread finds that; undefined where it has to be sent. */
  gather(record: ExchangeRecord, packed: string, order: GatherOrder): SharedLeaf | undefined
  chunk(exchange: ExchangeId, side: BodySide, bytes: Uint8Array): void
  forget(exchange: ExchangeId): void
  /** Somebody waits for the facts of all (1), or no longer (-1). */
  press(by: 1 | -1): void
  /** exchanges whose facts are not there yet */
  count(): number
  close(): Promise<void>
}

export interface GatherOrder {
  readonly capture: Capture
  /** its facts are on disk, or a gap stands for them; undefined: nobody waits */
  readonly done: (() => void) | undefined
}

export interface FactsDeskParts {
  readonly dir: string
  readonly ledger: LedgerClient
  readonly routes: readonly RecordedRoute[]
  readonly rules: RedactionRules
  readonly settings: RecorderSettings
  readonly signals: Signals
  readonly shares?: ProcessorShares
  readonly books: Books
  readonly pendingFacts: PendingFacts
}

export function createFactsDesk(parts: FactsDeskParts): FactsDesk {
  const { ledger, settings, pendingFacts, books } = parts
  const skipped = new Map<ExchangeId, Set<BodySide>>()
  const hashed = new Set<ExchangeId>()
  const unpack = createRecordUnpacker()

  // What is said of it is read from its record: nothing else is kept while it waits.
  const lost = (reason: 'queue-full' | 'facts-lost', record: ExchangeRecord, floor: number): void => {
    const { id, route, mode, startedAt, endedAt } = record
    if (mode === 'shadow') return
    // It may be long until the ledger takes any.
    if (books.gaps.count() >= settings.gaps) {
      books.gaps.tally({ reason, exact: false }, books.placeOf(route), startedAt)
      return
    }
    pendingFacts.add(id, floor)
    const gap = exchangeGap(reason, id, books.placeOf(route), [startedAt, endedAt])
    books.gaps.add(gap, () => pendingFacts.remove(id))
  }
  const lanes = Array.from({ length: settings.workers }, (_, index) => {
    const lane = laneOf(parts, index, (packed, floor) => lost('facts-lost', unpack(packed), floor))
    pendingFacts.follow(() => lane.floor())
    return lane
  })
  const [first] = lanes
  if (first === undefined) throw new RangeError('at least one gatherer worker is needed')

  // The pieces of an exchange's bodies have to meet in one worker.
  const laneFor = (exchange: ExchangeId): GatherLane =>
    lanes.length === 1 ? first : (lanes[Number.parseInt(exchange.slice(-4), 16) % lanes.length] ?? first)

  return {
    gather: (record, packed, { capture, done }) => {
      const { id: exchange, route, mode } = record
      const lane = laneFor(exchange)
      const digestSkipped = skipped.get(exchange)
      skipped.delete(exchange)
      hashed.delete(exchange)
      if (lane.bytes() * lanes.length < settings.queueBytes) {
        const job = { route, urgent: mode === 'required', record: packed, capture, digestSkipped, done }
        return lastingOf(lane.add(job))
      }
      parts.signals.exchangeDropped.publish({ route, reason: 'gatherer-queue-full' })
      lane.forget(exchange)
      lost('queue-full', record, ledger.last())
      if (done !== undefined) queueMicrotask(done)
      return undefined
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
    press: (by) => {
      for (const lane of lanes) lane.press(by)
    },
    count: () => lanes.reduce((sum, lane) => sum + lane.count(), 0),
    close: async () => {
      await Promise.all(lanes.map((lane) => lane.close()))
    },
  }
}

/**
 * Where memory is used once, its record is sent instead: what the ledger thread has seen of memory it keeps until it collects its
 * garbage, of which it makes little.
 */
function lastingOf(record: FramedRecord): FramedRecord | undefined {
  return record.memory.byteLength === frameBytes ? record : undefined
}

function laneOf(parts: FactsDeskParts, index: number, lost: LostJob): GatherLane {
  const { dir, ledger, routes, rules, settings, signals } = parts
  const { exchanges: captures, modules, watchdog: limit, memory, digestBytes } = settings
  const thread = { dir, routes, rules, captures, modules, owner: `w${index}` }
  const share = parts.shares?.forThread({
    filled: () => (lane.bytes() * settings.workers) / settings.queueBytes,
    behind: () => lane.behind(),
  })
  const lane = createGatherLane({ ledger, signals, thread, share, limit, memory, digestBytes, lost })
  return lane
}
