// What crosses between the ledger thread and those that append to it: plain data, one buffer for the texts of a batch, and where records
// lie in memory that both see. The same messages go over the thread's own port (the client) and over the ports given to gatherer workers.
import type { MessagePort } from 'node:worker_threads'
import type { LeafBatch, SharedRecords } from '../ports.js'
import type { DiskFaults } from '../sqlite/faults.js'

/** Options of the ledger thread. */
export interface LedgerThreadOptions {
  readonly dir: string
  /** see commit-cells.ts */
  readonly cells: SharedArrayBuffer
  readonly faults?: DiskFaults
}

/** Bodies (see LeafBatch) lie one behind the other in `bytes` (UTF-8); body i ends before `ends[i]`. */
export interface PackedLeaves {
  readonly ids: readonly string[]
  readonly ends: readonly number[]
  readonly bytes: Uint8Array<ArrayBuffer>
}

const noBytes = new Uint8Array()

/** What is committed for one batch: leaves that were sent, then those of shared memory. */
export interface CommitLeaves extends PackedLeaves {
  readonly shared: readonly SharedRecords[]
}

export interface AppendMessage extends CommitLeaves {
  readonly kind: 'append'
  /** the sender's own count */
  readonly batch: number
  /** see LeafBatch */
  readonly patient: boolean
}

/**
 * A batch of nothing but shared records: the sender's own count, whether it is patient, what is shared. A row, as there may be one for
 * each exchange: that the names of an object's properties are written and read costs both threads more than all that they name.
 */
export type SharedAppend = readonly [batch: number, patient: boolean, ...shared: SharedRecords[]]

export type ToLedger =
  | AppendMessage
  | SharedAppend
  /** commits no leaf: answers whether the ledger can be written now */
  | { readonly kind: 'probe'; readonly batch: number }
  | { readonly kind: 'port'; readonly port: MessagePort }
  | { readonly kind: 'close' }

export type FromLedger =
  | { readonly kind: 'ready'; readonly taken: number }
  | StoredRow
  | { readonly kind: 'failed'; readonly batches: readonly number[]; readonly reason: string }

/**
 * Goes to each whose batches were in a commit, and to the client after every commit of anybody's: how many leaves the log had taken
 * then (see commit-log.ts), leaves in the commit, the seconds that it took, the receiver's own batches. A row, as `SharedAppend`.
 */
export type StoredRow = readonly [taken: number, records: number, seconds: number, ...batches: number[]]

/** Options of the filing thread. */
export interface FilingThreadOptions {
  readonly dir: string
  readonly cells: SharedArrayBuffer
  /** The process has just begun: what the last one left in the log is filed, and the log begun anew, before `ready`. */
  readonly recover: boolean
  /** undefined: it takes all of the processor that it gets */
  readonly share: SharedArrayBuffer | undefined
  readonly faults?: DiskFaults
}

export type FromFiling =
  | { readonly kind: 'ready' | 'filed'; readonly filed: Filed }
  /** ledger.db refuses; told once until it takes leaves again */
  | { readonly kind: 'stalled'; readonly reason: string }

/** How far ledger.db is. */
export interface Filed {
  /** its last leaf; 0 where there is none */
  readonly seq: number
  /** leaves that the log had taken when that one was among them */
  readonly taken: number
}

/** Nothing but what is shared. */
export function sharedLeaves(shared: readonly SharedRecords[]): CommitLeaves {
  return { ids: [], ends: [], bytes: noBytes, shared }
}

/** Sends a batch to the ledger thread. */
export function postBatch(to: Pick<MessagePort, 'postMessage'>, batch: number, leaves: LeafBatch): void {
  const { ids, shared = [], patient = false } = leaves
  if (ids.length === 0) {
    to.postMessage([batch, patient, ...shared] satisfies SharedAppend)
    return
  }
  const message = appendMessage(batch, leaves)
  to.postMessage(message, [message.bytes.buffer])
}

/** The message for a batch with texts; its buffer is to be transferred. */
export function appendMessage(batch: number, leaves: LeafBatch): AppendMessage {
  let room = 0
  for (const body of leaves.bodies) room += body.length
  // UTF-8 takes at most three bytes per UTF-16 unit; ASCII, the usual case, fits the first guess.
  let buffer = Buffer.allocUnsafeSlow(room + 64)
  const ends: number[] = []
  let at = 0
  for (const body of leaves.bodies) {
    const most = body.length * 3
    if (buffer.length - at < most && buffer.length - at < Buffer.byteLength(body))
      buffer = grown(buffer, at, room + most)
    at += buffer.write(body, at)
    ends.push(at)
  }
  const { ids, patient = false, shared = [] } = leaves
  return { kind: 'append', batch, ids, ends, bytes: new Uint8Array(buffer.buffer, 0, at), patient, shared }
}

function grown(buffer: Buffer<ArrayBuffer>, used: number, more: number): Buffer<ArrayBuffer> {
  const bigger = Buffer.allocUnsafeSlow(buffer.length + more)
  buffer.copy(bigger, 0, 0, used)
  return bigger
}
