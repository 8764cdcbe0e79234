// A gatherer worker's way to the ledger: one batch in flight, sent again when the ledger's thread was started again and a
// new port came. Never gives up by itself: a refusal is told to who waits.
import type { MessagePort } from 'node:worker_threads'
import { postBatch, type FromLedger } from '../lineage/ledger/protocol.js'
import { batchLength } from './batch-length.js'

export interface LedgerPort {
  add(leaf: PortLeaf, done: (failure: string | undefined) => void): void
  /** Takes the place of the port before it; what was under way is sent again. */
  use(port: MessagePort): void
}

export interface PortLeaf {
  readonly id: string
  readonly body: string
  /** nobody waits for it */
  readonly patient: boolean
}

interface Waiting extends PortLeaf {
  readonly done: (failure: string | undefined) => void
}

export function createLedgerPort(): LedgerPort {
  let current: MessagePort | undefined
  let queue: Waiting[] = []
  let flight: Waiting[] = []
  let batch = 0
  let scheduled = false

  const post = (): void => {
    if (current === undefined || flight.length === 0) return
    const patient = flight.every((leaf) => leaf.patient)
    const leaves = { ids: flight.map(({ id }) => id), bodies: flight.map(({ body }) => body), patient }
    postBatch(current, (batch += 1), leaves)
  }

  const next = (): void => {
    scheduled = false
    if (flight.length > 0 || queue.length === 0) return
    const count = batchLength(queue, ({ body }) => body.length)
    flight = queue.slice(0, count)
    queue = queue.slice(count)
    post()
  }

  const onMessage = (message: FromLedger): void => {
    if ('kind' in message && message.kind === 'ready') return
    const [batches, failure] = 'kind' in message ? [message.batches, message.reason] : [message.slice(3), undefined]
    if (!batches.includes(batch)) return
    const answered = flight
    flight = []
    next()
    for (const { done } of answered) done(failure)
  }

  return {
    add: ({ id, body, patient }, done) => {
      queue.push({ id, body, patient, done })
      if (scheduled || flight.length > 0) return
      scheduled = true
      setImmediate(next)
    },
    use: (port) => {
      current?.close()
      current = port
      port.on('message', onMessage)
      post()
    },
  }
}
