// Leaves on their way from the proxy thread to the ledger, in two lanes. Those that somebody waits for leave with the turn in
// which they came, so that the ledger thread has the next commit at hand when one is done; those that nobody waits for leave when
// the batch before them is answered, since each message wakes a thread. Never waits a fixed time, never drops a leaf unanswered.
import type { LedgerClient } from '../lineage/ledger/client.js'
import { asWaybillError, type WaybillError } from '../core/errors.js'
import type { LeafBatch } from '../lineage/ports.js'
import { batchLength } from './batch-length.js'

export interface LeafQueue {
  /** `patient`: nobody's answer waits for it. */
  add(leaf: QueuedLeaf, patient: boolean, waiter: LeafWaiter): void
  /** leaves waiting or under way, and the length of their bodies together */
  records(): number
  bytes(): number
}

export type QueuedLeaf = TextLeaf | SharedLeaf

export interface TextLeaf {
  readonly id: string
  readonly body: string
}

/** A packed record where the ledger thread can read it. */
export interface SharedLeaf {
  readonly memory: SharedArrayBuffer
  readonly from: number
  /** bytes */
  readonly length: number
  /** It has to stay as it is until `release`. */
  hold(): void
  release(): void
}

export interface LeafWaiter {
  /** Called once: the leaf is synced, or why it is not stored. */
  told(failure: WaybillError | undefined): void
}

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
    add: (leaf, isPatient, waiter) => (isPatient ? patient : urgent).add(leaf, waiter),
    records: () => urgent.records() + patient.records(),
    bytes: () => urgent.bytes() + patient.bytes(),
  }
}

interface Lane extends Pick<LeafQueue, 'records' | 'bytes'> {
  add(leaf: QueuedLeaf, waiter: LeafWaiter): void
}

function createLane(ledger: LedgerClient, patient: boolean, onTold: () => void): Lane {
  let leaves: QueuedLeaf[] = []
  let waiters: LeafWaiter[] = []
  let records = 0
  let size = 0
  let scheduled = false
  let underWay = 0

  const waits = (): boolean => patient && underWay > 0
  const send = (): void => {
    scheduled = false
    while (leaves.length > 0 && !waits()) sendBatch()
  }
  const sendBatch = (): void => {
    const count = batchLength(leaves, lengthOf)
    const sent = leaves.slice(0, count)
    const waiting = waiters.slice(0, count)
    leaves = leaves.slice(count)
    waiters = waiters.slice(count)
    underWay += 1
    const finish = (failure?: WaybillError): void => {
      underWay -= 1
      records -= count
      for (const leaf of sent) {
        size -= lengthOf(leaf)
        if (isShared(leaf)) leaf.release()
      }
      send()
      for (const waiter of waiting) waiter.told(failure)
      onTold()
    }
    ledger.append(batchOf(sent, patient)).then(
      () => finish(),
      (thrown: unknown) => finish(asWaybillError(thrown)),
    )
  }

  return {
    add: (leaf, waiter) => {
      if (isShared(leaf)) leaf.hold()
      leaves.push(leaf)
      waiters.push(waiter)
      records += 1
      size += lengthOf(leaf)
      if (scheduled || waits()) return
      scheduled = true
      setImmediate(send)
    },
    records: () => records,
    bytes: () => size,
  }
}

function isShared(leaf: QueuedLeaf): leaf is SharedLeaf {
  return 'memory' in leaf
}

function lengthOf(leaf: QueuedLeaf): number {
  return isShared(leaf) ? leaf.length : leaf.body.length
}

function batchOf(leaves: readonly QueuedLeaf[], patient: boolean): LeafBatch {
  const ids: string[] = []
  const bodies: string[] = []
  const shared: [SharedArrayBuffer, ...number[]][] = []
  let last: (typeof shared)[number] | undefined
  for (const leaf of leaves) {
    if (isShared(leaf)) {
      const { memory, from, length } = leaf
      if (last?.[0] !== memory) last = shared.find(([other]) => other === memory)
      if (last === undefined) shared.push((last = [memory]))
      last.push(from, length)
    } else {
      ids.push(leaf.id)
      bodies.push(leaf.body)
    }
  }
  return { ids, bodies, shared, patient }
}
