// The recorder on the proxy thread: takes intents, records and captures from the gateway, hands them on in batches, and keeps
// the promise of each recording mode. Parses nothing, hashes nothing, blocks on nothing; what it can't record it names.
import type { Clock } from '../core/clock.js'
import { WaybillError } from '../core/errors.js'
import { recordId, type Capture, type ExchangeRecord, type Intent } from '../core/exchange.js'
import type { ExchangeId, Micros } from '../core/ids.js'
import { createRecordPacker, type PackRecord } from '../core/packed-record.js'
import type { ProcessorShares } from '../core/processor-share.js'
import type { Done, Recorder } from '../core/recorder-port.js'
import type { RedactionRules } from '../core/redaction.js'
import type { Signals } from '../core/signals.js'
import type { LedgerClient } from '../lineage/ledger/client.js'
import type { GapReason } from '../lineage/model/fact.js'
import { openBooks, type Books } from './books.js'
import { createFactsDesk, type FactsDesk } from './facts-desk.js'
import { exchangeGap } from './gap-book.js'
import type { RecordedRoute } from './gather-protocol.js'
import type { LeafWaiter, TextLeaf } from './leaf-queue.js'
import { createPendingFacts } from './pending-facts.js'
import type { RecorderSettings } from './settings.js'
import { createTurnEnd } from './turn-end.js'

export type { RecordedRoute } from './gather-protocol.js'

export interface RecorderHandle extends Recorder {
  /** Ends the workers and closes the files; what was not drained is named at the next start. */
  shutdown(): Promise<void>
}

export interface RecorderParts {
  /** the data folder */
  readonly dir: string
  readonly ledger: LedgerClient
  readonly routes: readonly RecordedRoute[]
  readonly rules: RedactionRules
  readonly settings: RecorderSettings
  readonly clock: Clock
  readonly signals: Signals
  /** undefined: gatherers take all of the processor that they get */
  readonly shares?: ProcessorShares
}

interface Desk extends RecorderParts {
  readonly books: Books
  readonly facts: FactsDesk
  readonly pack: PackRecord
  readonly atTurnEnd: (done: Done) => void
  /** milliseconds by route that `required` waits for facts */
  readonly waits: ReadonlyMap<string, number>
}

const drainLookMs = 5

/** Names what the last run left open, then takes exchanges. Throws where the folder can't be written at all. */
export function createRecorder(parts: RecorderParts): Promise<RecorderHandle> {
  const pendingFacts = createPendingFacts(() => parts.ledger.last())
  const books = openBooks({ ...parts, pendingFacts, intentBytes: parts.settings.intentBytes })
  const facts = createFactsDesk({ ...parts, pendingFacts, books })
  const desk: Desk = {
    ...parts,
    ...{ books, facts, pack: createRecordPacker(), atTurnEnd: createTurnEnd() },
    waits: new Map(parts.routes.map(({ name, wait }) => [name, wait])),
  }
  return Promise.resolve({
    open: (intent, forward) => openExchange(intent, forward, desk),
    record: (record, done) => noteExchange(record, done, desk),
    close: (record, capture, done) => closeExchange(record, { capture, done }, desk),
    chunk: (exchange, side, bytes) => facts.chunk(exchange, side, bytes),
    abandon: (intent) => abandonExchange(intent, desk),
    drain: async (limitMs) => {
      const until = performance.now() + limitMs
      const busy = () => books.queue.records() > 0 || facts.count() > 0 || books.gaps.count() > 0
      facts.press(1)
      while (busy() && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, drainLookMs))
      facts.press(-1)
    },
    shutdown: async () => {
      await facts.close()
      books.close()
    },
  })
}

function openExchange(intent: Intent, forward: Done, { books, ledger }: Desk): void {
  if (intent.mode !== 'required') {
    // Unwritten intents are counted in gaps.page: the exchange goes on.
    books.intents.add(intent, forward)
    return
  }
  const written = new Promise<void>((resolve, reject) => {
    books.intents.addSynced(intent, (failure) => (failure === undefined ? resolve() : reject(failure)))
  })
  // Both syncs run at the same time; the ledger's joins the commit of others.
  Promise.all([written, ledger.probe()]).then(
    () => forward(),
    (thrown: unknown) => {
      books.settle(intent.id, true)
      forward(unavailable(intent.route, thrown))
    },
  )
}

function noteExchange(record: ExchangeRecord, done: Done, desk: Desk): void {
  const waits = record.mode !== 'async'
  if (!waits) desk.atTurnEnd(done)
  if (!waits && isFull(desk)) {
    drop(record, desk)
    return
  }
  const waiter = new RecordWaiter(record, desk, waits ? done : undefined)
  desk.books.queue.add(leafOf(record, desk.pack(record)), !waits, waiter)
}

interface Ending {
  readonly capture: Capture
  readonly done: Done
}

function closeExchange(record: ExchangeRecord, { capture, done }: Ending, desk: Desk): void {
  const { books, facts } = desk
  const gathers = record.gatherers.length > 0
  if (record.mode === 'shadow') {
    if (gathers) facts.gather(record, desk.pack(record), { capture, done: undefined })
    desk.atTurnEnd(done)
    return
  }
  if (record.mode === 'async') {
    desk.atTurnEnd(done)
    if (isFull(desk)) {
      facts.forget(record.id)
      drop(record, desk)
      books.settle(record.id, true)
      return
    }
  }
  const packed = desk.pack(record)
  const gathered = record.mode === 'required' ? createLatch() : undefined
  const shared = gathers ? facts.gather(record, packed, { capture, done: gathered?.open }) : undefined
  if (!gathers) gathered?.open()
  const patient = record.mode === 'async'
  const ended = gathered === undefined ? done : afterFacts(gathered, desk.waits.get(record.route) ?? 0, done)
  books.queue.add(
    shared ?? leafOf(record, packed),
    patient,
    new RecordWaiter(record, desk, patient ? undefined : ended),
  )
}

function leafOf(record: ExchangeRecord, packed: string): TextLeaf {
  return { id: recordId(record), body: packed }
}

/**
 * Waits until the ledger has answered for a record. Keeps no more of it than that needs: thousands wait at a time, and what they
 * keep alive every collection of garbage has to move.
 */
class RecordWaiter implements LeafWaiter {
  readonly id: ExchangeId
  readonly route: string
  readonly startedAt: Micros
  private readonly settles: boolean
  private readonly desk: Desk
  private readonly tells: boolean
  private readonly done: Done | undefined

  /** `done`: undefined where no answer waits; only in mode `required` it is told a failure. */
  constructor({ id, route, startedAt, phase, mode }: ExchangeRecord, desk: Desk, done: Done | undefined) {
    this.id = id
    this.route = route
    this.startedAt = startedAt
    this.settles = phase === 'closing'
    this.tells = mode === 'required'
    this.desk = desk
    this.done = done
  }

  told(failure: WaybillError | undefined): void {
    const { id, desk, done } = this
    if (failure !== undefined) count('ledger-unavailable', this, desk)
    if (this.settles) desk.books.settle(id, failure !== undefined)
    done?.(failure !== undefined && this.tells ? failed(id, failure) : undefined)
  }
}

function afterFacts(gathered: Latch, millis: number, done: Done): Done {
  return (failure) => {
    if (failure === undefined) gathered.within(millis, done)
    else done(failure)
  }
}

function abandonExchange(intent: Intent, { books, facts, clock }: Desk): void {
  facts.forget(intent.id)
  const gap = exchangeGap('abandoned', intent.id, books.placeOf(intent.route), [intent.time, clock.now()])
  books.gaps.add(gap, () => books.settle(intent.id, false))
}

function isFull({ books, settings }: Desk): boolean {
  return books.queue.records() >= settings.queue || books.queue.bytes() >= settings.queueBytes
}

type CountedRecord = Pick<ExchangeRecord, 'route' | 'startedAt'>

function drop(record: ExchangeRecord, desk: Desk): void {
  desk.signals.exchangeDropped.publish({ route: record.route, reason: 'queue-full' })
  count('queue-full', record, desk)
}

function count(reason: GapReason, { route, startedAt }: CountedRecord, { books }: Desk): void {
  books.gaps.tally({ reason, exact: true }, books.placeOf(route), startedAt)
}

interface Latch {
  readonly open: () => void
  /** Calls back when it opens, or after `millis`, once. */
  within(millis: number, then: () => void): void
}

function createLatch(): Latch {
  let isOpen = false
  let waiting: (() => void) | undefined
  return {
    open: () => {
      isOpen = true
      waiting?.()
    },
    within: (millis, then) => {
      if (isOpen) {
        then()
        return
      }
      let called = false
      const call = (): void => {
        if (called) return
        called = true
        clearTimeout(timer)
        then()
      }
      const timer = setTimeout(call, millis)
      waiting = call
    },
  }
}

function unavailable(route: string, thrown: unknown): WaybillError {
  return new WaybillError('WB_RECORD_UNAVAILABLE', { route, reason: reasonOf(thrown) }, thrown)
}

function failed(id: ExchangeId, failure: WaybillError): WaybillError {
  return new WaybillError('WB_RECORD_FAILED', { exchange: id, reason: reasonOf(failure) }, failure)
}

function reasonOf(thrown: unknown): string {
  if (thrown instanceof WaybillError) return String(thrown.details.reason ?? thrown.message)
  return thrown instanceof Error ? thrown.message : String(thrown)
}
