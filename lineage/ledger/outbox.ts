// The batches that the ledger thread has not answered for yet, kept so that they can be sent again to a new thread.
// Never sends by itself and never drops a batch unanswered.
import type { Worker } from 'node:worker_threads'
import { WaybillError } from '../../core/errors.js'
import type { LeafBatch } from '../ports.js'
import { appendMessage, type ToLedger } from './protocol.js'

interface Waiting {
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
  const waiting = new Map<number, Waiting>()
  let count = 0
  let carried = 0

  const send = (batch: number, one: Waiting, worker: Worker): void => {
    one.sends += 1
    if (one.leaves === undefined) {
      worker.postMessage({ kind: 'probe', batch } satisfies ToLedger)
      return
    }
    const message = appendMessage(batch, one.leaves)
    worker.postMessage(message, [message.bytes.buffer])
  }
  const failed = (batches: readonly number[], reason: string): void => {
    for (const batch of batches) {
      waiting.get(batch)?.reject(unavailable(reason))
      waiting.delete(batch)
    }
  }

  return {
    failed,
    add: (leaves, worker) =>
      new Promise((resolve, reject) => {
        const one: Waiting = { leaves, resolve, reject, sends: 0 }
        waiting.set((count += 1), one)
        if (worker !== undefined) send(count, one, worker)
      }),
    sendAll: (worker) => {
      for (const [batch, one] of waiting) send(batch, one, worker)
    },
    carryOver: () => {
      carried = count
    },
    carries: () => {
      const [oldest = Infinity] = waiting.keys()
      return oldest <= carried
    },
    stored: (batches) => {
      for (const batch of batches) {
        waiting.get(batch)?.resolve()
        waiting.delete(batch)
      }
    },
    giveUp: (reason, times = 0) => {
      const tired = [...waiting].flatMap(([batch, one]) => (one.sends >= times ? [batch] : []))
      failed(tired, reason)
    },
  }
}

export function unavailable(reason: string): WaybillError {
  return new WaybillError('WB_RECORD_UNAVAILABLE', { route: '-', reason })
}
