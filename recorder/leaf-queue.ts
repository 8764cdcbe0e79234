// Leaves on their way from the proxy thread to the ledger, in two lanes. Those that somebody waits for leave with the turn in
// which they came, so that the ledger thread has the next commit at hand when one is done; those that nobody waits for leave when
// the batch before them is answered, since each message wakes a thread. Never waits a fixed time, never drops a leaf unanswered.
import type { LedgerClient } from '../lineage/ledger/client.js'
import { asWaybillError, type WaybillError } from '../core/errors.js'
import { batchLength } from './batch-length.js'

export interface LeafQueue {
  /** `done` is called when the leaf is synced, or with why it is not stored. */
  add(leaf: QueuedLeaf, done: LeafDone): void
  /** leaves waiting or under way, and the length of their bodies together */
  records(): number
  bytes(): number
}

export interface QueuedLeaf {
  readonly id: string
  readonly body: string
  /** nobody waits for it */
  readonly patient: boolean
}

export type LeafDone = (failure: WaybillError | undefined) => void

/** `onBatch` is called when batches were stored or refused, after those who wait for them. */
export function createLeafQueue(ledger: LedgerClient, onBatch: () => void): LeafQueue {
  let scheduled = false
  // One commit may have a batch of each lane, and both are told in one turn: what was settled by then fits the ledger's last leaf
  // only when both have been.
  const onTold = (): void => {
    if (scheduled) return
    scheduled = true
    queueMicrotask(() => {
      scheduled = false
      onBatch()
    })
  }
  const urgent = createLane(ledger, false, onTold)
  const patient = createLane(ledger, true, onTold)
  return {
    add: (leaf, done) => (leaf.patient ? patient : urgent).add(leaf, done),
    records: () => urgent.records() + patient.records(),
    bytes: () => urgent.bytes() + patient.bytes(),
  }
}

function createLane(ledger: LedgerClient, patient: boolean, onTold: () => void): LeafQueue {
  let ids: string[] = []
  let bodies: string[] = []
  let dones: LeafDone[] = []
  let records = 0
  let size = 0
  let scheduled = false
  let underWay = 0

  const waits = (): boolean => patient && underWay > 0
  const send = (): void => {
    scheduled = false
    while (ids.length > 0 && !waits()) sendBatch()
  }
  const sendBatch = (): void => {
    const count = batchLength(bodies, (body) => body.length)
    const batch = { ids: ids.slice(0, count), bodies: bodies.slice(0, count), patient }
    const waiting = dones.slice(0, count)
    ids = ids.slice(count)
    bodies = bodies.slice(count)
    dones = dones.slice(count)
    underWay += 1
    const finish = (failure?: WaybillError): void => {
      underWay -= 1
      records -= count
      size -= batch.bodies.reduce((sum, body) => sum + body.length, 0)
      send()
      for (const done of waiting) done(failure)
      onTold()
    }
    ledger.append(batch).then(
      () => finish(),
      (thrown: unknown) => finish(asWaybillError(thrown)),
    )
  }

  return {
    add: ({ id, body }, done) => {
      ids.push(id)
      bodies.push(body)
      dones.push(done)
      records += 1
      size += body.length
      if (scheduled || waits()) return
      scheduled = true
      setImmediate(send)
    },
    records: () => records,
    bytes: () => size,
  }
}
