// The ledger as other threads use it: posts batches to the ledger thread, starts the thread again when it dies, and sends
// again what was under way (a leaf that was stored already is dropped by its id). Rejects what could not be stored;
// never keeps a batch that it has answered for.
import { MessageChannel, type Worker } from 'node:worker_threads'
import { WaybillError } from '../../core/errors.js'
import type { Signals } from '../../core/signals.js'
import { threadEntry } from '../../core/thread-entry.js'
import { startOwnerThread } from '../owner-thread.js'
import type { Ledger } from '../ports.js'
import type { DiskFaults } from '../sqlite/faults.js'
import { lockFolder, makeFolder } from '../sqlite/folder-lock.js'
import { createOutbox, unavailable, type Outbox } from './outbox.js'
import type { FromLedger, LedgerThreadOptions, ToLedger } from './protocol.js'

export interface LedgerClient extends Ledger {
  /** `listener` gets the last leaf's seq after every commit, whoever's leaves were in it, and when the thread was started again */
  onCommit(listener: (seq: number) => void): void
  /** The thread was started again: ports given out before are dead. */
  onRestart(listener: () => void): void
  /** Resolves where the ledger can be written now; rejects with WB_RECORD_UNAVAILABLE. */
  probe(): Promise<void>
  /** seq of a leaf up to which all are committed, and those who appended them here have been told */
  last(): number
  /** false while its thread is down; it is being started again then */
  up(): boolean
}

interface LedgerParts {
  readonly dir: string
  readonly signals: Signals
  /** tests only */
  readonly faults?: DiskFaults
}

const sendsAtMost = 3
const restartPauseMs = 250

/** Makes the folder where there is none; throws WB_DATA_FOLDER where it can't be used. */
export async function openLedger(parts: LedgerParts): Promise<LedgerClient> {
  makeFolder(parts.dir)
  const unlock = lockFolder(parts.dir)
  const outbox = createOutbox()
  const thread = createThread(parts, outbox)
  try {
    await thread.start()
  } catch (thrown) {
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
    append: (batch) => (batch.ids.length === 0 ? Promise.resolve() : add(batch, undefined)),
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
    onCommit: (listener) => thread.commits.push(listener),
    onRestart: (listener) => thread.restarts.push(listener),
    close: async () => {
      await thread.close()
      unlock()
    },
  }
}

interface LedgerThread {
  start(): Promise<void>
  /** undefined while it is down */
  worker(): Worker | undefined
  /** Starts it again, unless that was tried just now; whether a start is under way. */
  revive(): boolean
  last(): number
  readonly commits: ((seq: number) => void)[]
  readonly restarts: (() => void)[]
  close(): Promise<void>
}

function createThread({ dir, signals, faults }: LedgerParts, outbox: Outbox): LedgerThread {
  const commits: ((seq: number) => void)[] = []
  const restarts: (() => void)[] = []
  let worker: Worker | undefined
  let reviving: Promise<void> | undefined
  let closing = false
  let lastStart = 0
  const place = createPlace(outbox)

  const onMessage = (message: FromLedger): void => {
    if (message.kind === 'failed') {
      outbox.failed(message.batches, message.reason)
      signals.ledgerFailed.publish({ reason: message.reason })
      return
    }
    if (message.kind === 'stored') outbox.stored(message.batches)
    place.told(message)
    if (message.kind === 'stored') {
      if (message.records === 0) return
      signals.ledgerCommitted.publish({ records: message.records, seconds: message.seconds })
    }
    for (const listener of commits) listener(message.seq)
  }

  const start = async (): Promise<void> => {
    lastStart = performance.now()
    const options: LedgerThreadOptions = faults === undefined ? { dir } : { dir, faults }
    const entry = threadEntry(import.meta.url, './ledger.thread.js')
    worker = await startOwnerThread<FromLedger>({ name: 'ledger', entry, options }, { onMessage, onEnd })
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
    commits,
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

/** Up to which leaf all is committed and told. */
function createPlace(outbox: Outbox) {
  let reached = 0
  let last = 0
  return {
    told: ({ kind, seq }: Exclude<FromLedger, { kind: 'failed' }>): void => {
      reached = Math.max(reached, seq)
      if (kind === 'ready') outbox.carryOver()
      if (!outbox.carries()) last = reached
    },
    last: () => last,
  }
}
