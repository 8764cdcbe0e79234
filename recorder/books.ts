// What the recorder keeps on the proxy thread's side of the disk: intents.log, gaps.page, the queue to the ledger and the gaps
// that it has not taken. Says at the start what the last run left open. Knows nothing of modes or bodies.
import type { Clock } from '../core/clock.js'
import type { ExchangeId } from '../core/ids.js'
import type { Signals } from '../core/signals.js'
import type { LedgerClient } from '../lineage/ledger/client.js'
import { openLedgerRows } from '../lineage/ledger/reader.js'
import type { GapLeaf } from '../lineage/model/fact.js'
import { createGapBook, type GapBook, type GapPlace } from './gap-book.js'
import { openGapsPage } from './gaps-page.js'
import type { RecordedRoute } from './gather-protocol.js'
import { openIntentLog, readIntents, type IntentLog, type LogTurn } from './intents.js'
import { createLeafQueue, type LeafQueue } from './leaf-queue.js'
import type { PendingFacts } from './pending-facts.js'
import { findLeftOpen, type LastRun, type LeftOpen } from './start-up.js'

export interface Books {
  readonly queue: LeafQueue
  readonly gaps: GapBook
  readonly intents: IntentLog
  placeOf(route: string): GapPlace
  /** The exchange has its record or its gap. `unrecorded`: no leaf of the ledger names it. */
  settle(id: ExchangeId, unrecorded: boolean): void
  close(): void
}

export interface BookParts {
  readonly dir: string
  readonly ledger: LedgerClient
  readonly routes: readonly RecordedRoute[]
  readonly clock: Clock
  readonly signals: Signals
  readonly pendingFacts: PendingFacts
  /** bytes of intents.log past which it is rewritten */
  readonly intentBytes: number
}

export function openBooks(parts: BookParts): Books {
  const { dir, ledger, clock, signals } = parts
  const tenants = new Map(parts.routes.map(({ name, tenant }) => [name, tenant]))
  const placeOf = (route: string): GapPlace => ({ route, tenant: tenants.get(route) ?? null })
  const { page, state } = openGapsPage(dir)
  const found = leftOpen(dir, { state, time: clock.now(), placeOf })
  let accepted = state.accepted
  let settled = state.accepted - found.inFlight.length

  const save = (pending: readonly GapLeaf[]): void => {
    page.write({
      accepted,
      settled,
      taken: ledger.last(),
      factsFloor: parts.pendingFacts.floor(),
      at: clock.now(),
      pending,
    })
  }
  for (const { exchange } of found.factsLost) parts.pendingFacts.add(exchange, state.factsFloor)
  save(found.gaps)
  const soon = createSoon(() => save(gaps.pending()))
  const queue = createLeafQueue(ledger, soon.call)
  const gaps = createGapBook({ queue, clock, signals, onChange: () => save(gaps.pending()) })
  const onTurn = ({ taken, closed, whole }: LogTurn): void => {
    accepted += taken
    settled += closed
    // What the log names need not be counted: an older count of the page only lies below what log and ledger name.
    if (closed > 0 || (taken > 0 && !whole)) save(gaps.pending())
  }
  const carried = found.inFlight.map(({ intent }) => intent)
  const intents = openIntentLog({ dir, limit: parts.intentBytes, carried, onTurn })
  const settle: Books['settle'] = (id, unrecorded) => {
    // One that only intents.log can tell of counts when it has told.
    if (!unrecorded) settled += 1
    intents.settle(id, unrecorded)
  }
  for (const gap of found.gaps) gaps.restore(gap)
  for (const { intent, gap } of found.inFlight) gaps.add(gap, () => settle(intent.id, false))
  for (const { exchange, gap } of found.factsLost) gaps.add(gap, () => parts.pendingFacts.remove(exchange))
  return {
    queue,
    gaps,
    intents,
    placeOf,
    settle,
    close: () => {
      soon.stop()
      intents.close()
      save(gaps.pending())
      gaps.close()
      page.close()
    },
  }
}

/** What the ledger has told may be read from it again: the page need not say it with every commit. */
const tellMs = 20

/** Calls at once, then at most once in `tellMs`. */
function createSoon(work: () => void) {
  let timer: NodeJS.Timeout | undefined
  let again = false
  const tick = (): void => {
    timer = undefined
    if (again) call()
  }
  const call = (): void => {
    again = timer !== undefined
    if (again) return
    work()
    timer = setTimeout(tick, tellMs).unref()
  }
  return { call, stop: () => clearTimeout(timer) }
}

function leftOpen(dir: string, found: Omit<LastRun, 'rows' | 'intents'>): LeftOpen {
  const rows = openLedgerRows(dir)
  try {
    return findLeftOpen({ ...found, rows, intents: readIntents(dir) })
  } finally {
    rows.close()
  }
}
