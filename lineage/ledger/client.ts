// The ledger as other threads use it: posts batches to the ledger thread, starts the thread again when it dies, and sends
// again what was under way (a leaf that is there already is dropped by its id when it is filed). Rejects what could not be stored;
// never keeps a batch that it has answered for.
import { MessageChannel, type Worker } from 'node:worker_threads'
import { WaybillError } from '../../core/errors.js'
import type { ProcessorShares } from '../../core/processor-share.js'
import type { Signals } from '../../core/signals.js'
import { threadEntry } from '../../core/thread-entry.js'
import { startOwnerThread } from '../owner-thread.js'
import type { Ledger, LeafBatch } from '../ports.js'
import type { DiskFaults } from '../sqlite/faults.js'
import { lockFolder, makeFolder } from '../sqlite/folder-lock.js'
import { createFiling, type Filing } from './filing.js'
import { createOutbox, unavailable, type Outbox } from './outbox.js'
import type { FromLedger, LedgerThreadOptions, StoredRow, ToLedger } from './protocol.js'

export interface LedgerClient extends Ledger {
  /** `listener` gets the last leaf's seq whenever leaves have come into ledger.db, whoever's they are */
  onFiled(listener: (seq: number) => void): void
  /** Resolves when what is committed now is in ledger.db, for its readers, or when ledger.db takes nothing. */
  filed(): Promise<void>
  /** The thread was started again: ports given out before are dead. */
  onRestart(listener: () => void): void
  /** Resolves where the ledger can be written now; rejects with WB_RECORD_UNAVAILABLE. */
  probe(): Promise<void>
  /** leaves that are committed and not in ledger.db yet */
  unfiled(): number
  /** so many leaves are committed, and those who appended them here have been told: as the commit log counts, see taken.ts */
  last(): number
  /** false while its thread is down; it is being started again then */
  up(): boolean
}

interface LedgerParts {
  readonly dir: string
  readonly signals: Signals
  /** undefined: filing takes all of the processor that it gets */
  readonly shares?: ProcessorShares
  /** tests only: of the commit log's disk, and of ledger.db's */
  readonly faults?: DiskFaults
  readonly filingFaults?: DiskFaults
}

const sendsAtMost = 3
const restartPauseMs = 250

/** Makes the folder where there is none; throws WB_DATA_FOLDER where it can't be used. */
export async function openLedger(parts: LedgerParts): Promise<LedgerClient> {
  makeFolder(parts.dir)
  const unlock = lockFolder(parts.dir)
  const outbox = createOutbox()
  const listeners: ((seq: number) => void)[] = []
  const onFiled = (seq: number): void => {
    for (const listener of listeners) listener(seq)
  }
  const filing = createFiling({ ...parts, onFiled })
  const thread = createThread(parts, { outbox, filing })
  try {
    const recovered = filing.start()
    await Promise.all([recovered, thread.start(recovered)])
  } catch (thrown) {
    await filing.close()
    unlock()
    const reason = thrown instanceof Error ? thrown.message : String(thrown)
    throw new WaybillError('WB_DATA_FOLDER', { path: parts.dir, reason }, thrown)
  }
  const add: Outbox['add'] = (leaves) => {
    const worker = thread.worker()
    if (worker === undefined && !thread.revive()) return Promise.reject(unavailable('the ledger thread is down'))
    return outbox.add(leaves, worker)
  }
  return {
    append: (batch) => (isEmpty(batch) ? Promise.resolve() : add(batch, undefined)),
    probe: () => add(undefined, undefined),
    port: () => {
      const { port1, port2 } = new MessageChannel()
      const worker = thread.worker()
      if (worker === undefined) port1.close()
      else worker.postMessage({ kind: 'port', port: port1 } satisfies ToLedger, [port1])
      return port2
    },
    last: () => thread.last(),
    up: () => thread.worker() !== undefined,
    onFiled: (listener) => listeners.push(listener),
    filed: () => filing.caughtUp(),
    unfiled: () => filing.lag(),
    onRestart: (listener) => thread.restarts.push(listener),
    close: async () => {
      await thread.close()
      await filing.close()
      unlock()
    },
  }
}

function isEmpty({ ids, shared = [] }: LeafBatch): boolean {
  return ids.length === 0 && shared.length === 0
}

interface LedgerThread {
  /** It opens the log when `recovered` resolves. */
  start(recovered: Promise<void>): Promise<void>
  /** undefined while it is down */
  worker(): Worker | undefined
  /** Starts it again, unless that was tried just now; whether a start is under way. */
  revive(): boolean
  last(): number
  readonly restarts: (() => void)[]
  close(): Promise<void>
}

interface Beside {
  readonly outbox: Outbox
  readonly filing: Filing
}

function createThread({ dir, signals, faults }: LedgerParts, { outbox, filing }: Beside): LedgerThread {
  const restarts: (() => void)[] = []
  let worker: Worker | undefined
  let reviving: Promise<void> | undefined
  let closing = false
  let lastStart = 0
  const place = createPlace(outbox)

  const onMessage = createListener({ outbox, filing }, place, signals)

  const start = async (after?: Promise<void>): Promise<void> => {
    lastStart = performance.now()
    const { cells } = filing
    const options: LedgerThreadOptions = faults === undefined ? { dir, cells } : { dir, cells, faults }
    const entry = threadEntry(import.meta.url, './ledger.thread.js')
    worker = await startOwnerThread<FromLedger>({ name: 'ledger', entry, options, after }, { onMessage, onEnd })
  }

  const onEnd = (reason: string): void => {
    worker = undefined
    if (closing) return
    signals.ledgerFailed.publish({ reason })
    outbox.giveUp(reason, sendsAtMost)
    restart(reason)
  }

  const restart = (reason: string): void => {
    const done = (): void => {
      reviving = undefined
      if (worker === undefined) return
      signals.ledgerRestarted.publish({ reason })
      outbox.sendAll(worker)
      for (const listener of restarts) listener()
    }
    reviving = start()
      .catch((thrown: unknown) => outbox.giveUp(thrown instanceof Error ? thrown.message : String(thrown)))
      .finally(done)
  }

  return {
    start,
    restarts,
    worker: () => worker,
    last: () => place.last(),
    revive: () => {
      if (closing) return false
      if (reviving === undefined && performance.now() - lastStart > restartPauseMs) restart('a write found it down')
      return reviving !== undefined
    },
    close: async () => {
      closing = true
      // One that is being started is ended when it is there: nothing else would, and it stores what was under way.
      await reviving
      const ending = worker
      if (ending === undefined) return
      const ended = new Promise((resolve) => ending.once('exit', resolve))
      ending.postMessage({ kind: 'close' } satisfies ToLedger)
      await ended
      outbox.giveUp('the ledger was closed')
    },
  }
}

function createListener(
  { outbox, filing }: Beside,
  place: CommittedPlace,
  signals: Signals,
): (message: FromLedger) => void {
  const reached = (taken: number): void => {
    place.reached(taken)
    filing.committed(taken)
  }
  const onStored = ([taken, records, seconds, ...batches]: StoredRow): void => {
    outbox.stored(batches)
    reached(taken)
    if (records > 0) signals.ledgerCommitted.publish({ records, seconds })
  }
  return (message) => {
    if (!('kind' in message)) onStored(message)
    else if (message.kind === 'ready') {
      outbox.carryOver()
      reached(message.taken)
    } else {
      outbox.failed(message.batches, message.reason)
      signals.ledgerFailed.publish({ reason: message.reason })
    }
  }
}

interface CommittedPlace {
  /** the log has taken so many */
  reached(taken: number): void
  /** so many leaves are committed whose senders have all been told, as the log counts */
  last(): number
}

function createPlace(outbox: Outbox): CommittedPlace {
  let reached = 0
  let last = 0
  return {
    reached: (taken) => {
      reached = Math.max(reached, taken)
      if (!outbox.carries()) last = reached
    },
    last: () => last,
  }
}
