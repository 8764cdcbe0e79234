// The bytes of a commit log file: a head, then frames one behind the other, each a batch of leaves as it came. A frame's CRC-32 goes
// on from that of the frame before it, and the first from a number of the file's head that is drawn whenever the file is begun anew:
// what an earlier use has left behind the last frame never reads as the next one. Knows nothing of files or of what is in a body.
import { randomInt } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { Micros } from '../../core/ids.js'
import type { CommitLeaves, PackedLeaves } from './protocol.js'
import { namedLeaves } from './shared-records.js'

/** Leaves that were committed together with what bears the same time. */
export interface Frame extends PackedLeaves {
  /** when they were committed */
  readonly recorded: Micros
}

/** Where a frame begins, and what reading it needs of those before it. */
export interface FramePlace {
  /** bytes from the file's beginning */
  readonly at: number
  /** CRC-32 of the frame before */
  readonly chain: number
  /** leaves that the log has taken before it, since the data folder was made */
  readonly taken: number
}

/** magic u32, what the first CRC begins with u32, leaves taken before f64; all little-endian */
export const headBytes = 16
/** CRC-32 of all that follows u32, bytes that follow this head u32, bytes of names u32, leaves u32, recorded f64 (µs) */
export const frameHeadBytes = 24
const magic = 0x4c434257

/** The head of a file that begins with leaf `taken` + 1. */
export function newHead(taken: number): Buffer {
  const head = Buffer.alloc(headBytes)
  head.writeUInt32LE(magic, 0)
  head.writeUInt32LE(randomInt(2 ** 32), 4)
  head.writeDoubleLE(taken, 8)
  return head
}

/** Where its first frame begins; undefined where there is no head. */
export function firstPlace(head: Uint8Array): FramePlace | undefined {
  const view = viewOf(head)
  if (head.length < headBytes || view.getUint32(0, true) !== magic) return undefined
  return { at: headBytes, chain: view.getUint32(4, true), taken: view.getFloat64(8, true) }
}

/** Frames one behind the other, ready to be written at `from`. */
export interface FrameWriter {
  begin(from: FramePlace): void
  add(leaves: CommitLeaves, recorded: Micros): void
  /** since `begin`; valid until the next one */
  bytes(): Uint8Array
  /** behind what was added */
  end(): FramePlace
}

const roomBytes = 256 * 1024
/** UTF-8 takes at most three bytes for a unit of UTF-16. */
const mostBytes = 3

export function createFrameWriter(): FrameWriter {
  let room = Buffer.allocUnsafeSlow(roomBytes)
  let used = 0
  let start = 0
  let place: FramePlace = { at: 0, chain: 0, taken: 0 }
  return {
    begin: (from) => {
      place = from
      start = from.at
      used = 0
    },
    add: (leaves, recorded) => {
      const { ids, ends, texts, length } = namedLeaves(leaves)
      const names = JSON.stringify([ids, ends])
      const most = used + frameHeadBytes + names.length * mostBytes + length
      if (most > room.length) {
        const larger = Buffer.allocUnsafeSlow(most * 2)
        larger.set(room.subarray(0, used))
        room = larger
      }
      const head = used
      const namesAt = head + frameHeadBytes
      const namesBytes = room.write(names, namesAt)
      used = namesAt + namesBytes
      room.set(leaves.bytes, used)
      used += leaves.bytes.length
      for (const text of texts) used += room.write(text, used, 'latin1')
      room.writeUInt32LE(used - namesAt, head + 4)
      room.writeUInt32LE(namesBytes, head + 8)
      room.writeUInt32LE(ids.length, head + 12)
      room.writeDoubleLE(recorded, head + 16)
      const chain = crc32(room.subarray(head + 4, used), place.chain)
      room.writeUInt32LE(chain, head)
      place = { at: start + used, chain, taken: place.taken + ids.length }
    },
    bytes: () => room.subarray(0, used),
    end: () => place,
  }
}

export type FrameRead =
  | { readonly kind: 'frame'; readonly next: FramePlace; readonly leaves: number; readonly frame: () => Frame }
  /** there may be one, of so many bytes; fewer were given */
  | { readonly kind: 'longer'; readonly bytes: number }
  | { readonly kind: 'none' }

/** What is at the beginning of `bytes`, which lie at `place`. The frame's own bytes are a part of these. */
export function readFrame(bytes: Uint8Array<ArrayBuffer>, place: FramePlace): FrameRead {
  if (bytes.length < frameHeadBytes) return { kind: 'longer', bytes: frameHeadBytes }
  const view = viewOf(bytes)
  const namesBytes = view.getUint32(8, true)
  const leaves = view.getUint32(12, true)
  const length = frameHeadBytes + view.getUint32(4, true)
  if (length < frameHeadBytes + namesBytes) return { kind: 'none' }
  if (bytes.length < length) return { kind: 'longer', bytes: length }
  const chain = crc32(bytes.subarray(4, length), place.chain)
  if (chain !== view.getUint32(0, true)) return { kind: 'none' }
  const namesEnd = frameHeadBytes + namesBytes
  const frame = (): Frame => {
    const names = Buffer.from(bytes.buffer, bytes.byteOffset + frameHeadBytes, namesBytes).toString()
    const [ids, ends] = JSON.parse(names) as [string[], number[]]
    const recorded = view.getFloat64(16, true) as Micros
    return { ids, ends, bytes: bytes.subarray(namesEnd, length), recorded }
  }
  return { kind: 'frame', leaves, next: { at: place.at + length, chain, taken: place.taken + leaves }, frame }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
