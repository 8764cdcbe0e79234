// The batches that the ledger thread has not answered for yet, kept so that they can be sent again to a new thread.
// Never sends by itself and never drops a batch unanswered.
import type { Worker } from 'node:worker_threads'
import { WaybillError } from '../../core/errors.js'
import type { LeafBatch } from '../ports.js'
import { postBatch, type ToLedger } from './protocol.js'

interface Waiting {
  readonly batch: number
  /** undefined: a probe */
  readonly leaves: LeafBatch | undefined
  readonly resolve: () => void
  readonly reject: (error: WaybillError) => void
  sends: number
}

export interface Outbox {
  /** Keeps the batch; `worker` undefined: it waits for the next `sendAll`. */
  add(leaves: LeafBatch | undefined, worker: Worker | undefined): Promise<void>
  sendAll(worker: Worker): void
  /** A thread has come up: it may have found leaves of what waits now, which the one before committed and told nobody of. */
  carryOver(): void
  /** some of that is not answered yet */
  carries(): boolean
  stored(batches: readonly number[]): void
  failed(batches: readonly number[], reason: string): void
  /** rejects what was sent `times` or more often; without `times`, everything */
  giveUp(reason: string, times?: number): void
}

export function createOutbox(): Outbox {
  // Few at a time, in the order in which they came. No Map: its tables would keep what was in them (recorder/open-intents.ts).
  const waiting: Waiting[] = []
  let count = 0
  let carried = 0

  const send = (one: Waiting, worker: Worker): void => {
    const { batch } = one
    one.sends += 1
    if (one.leaves === undefined) worker.postMessage({ kind: 'probe', batch } satisfies ToLedger)
    else postBatch(worker, batch, one.leaves)
  }
  const taken = (batch: number): Waiting | undefined => {
    const at = waiting.findIndex((one) => one.batch === batch)
    return at < 0 ? undefined : waiting.splice(at, 1)[0]
  }
  const failed = (batches: readonly number[], reason: string): void => {
    for (const batch of batches) taken(batch)?.reject(unavailable(reason))
  }

  return {
    failed,
    add: (leaves, worker) =>
      new Promise((resolve, reject) => {
        const one: Waiting = { batch: (count += 1), leaves, resolve, reject, sends: 0 }
        waiting.push(one)
        if (worker !== undefined) send(one, worker)
      }),
    sendAll: (worker) => {
      for (const one of waiting) send(one, worker)
    },
    carryOver: () => {
      carried = count
    },
    carries: () => {
      const [oldest] = waiting
      return oldest !== undefined && oldest.batch <= carried
    },
    stored: (batches) => {
      for (const batch of batches) taken(batch)?.resolve()
    },
    giveUp: (reason, times = 0) => {
      const tired = waiting.flatMap(({ batch, sends }) => (sends >= times ? [batch] : []))
      failed(tired, reason)
    },
  }
}

export function unavailable(reason: string): WaybillError {
  return new WaybillError('WB_RECORD_UNAVAILABLE', { route: '-', reason })
}
