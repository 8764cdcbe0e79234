// Bodies in the form in which they are stored. Exchange records come packed (core/packed-record.ts), since the thread that
// answers clients has no time to write JSON; all other leaves come as they are kept.
import { createRecordUnpacker, isPackedRecord } from '../../core/packed-record.js'
import { recordJson } from '../../core/record-json.js'
import type { LeafBytes } from './leaf-hash.js'

export interface LeafBodies {
  /** The body's canonical JSON; its bytes stay until `clear`. Throws RangeError on what is no body. */
  stored(body: LeafBytes): LeafBytes
  /** Nothing of what was given out is needed any more. */
  clear(): void
}

/** About what a large commit holds; kept between commits. */
const roomBytes = 1024 * 1024
/** UTF-8 takes at most three bytes for a unit of UTF-16. */
const mostBytes = 3

export function createLeafBodies(): LeafBodies {
  const unpack = createRecordUnpacker()
  let room = Buffer.allocUnsafeSlow(roomBytes)
  let used = 0
  const write = (text: string): LeafBytes => {
    const most = text.length * mostBytes
    if (most > room.length - used) {
      // What is in the old one is read from there until the commit is done.
      room = Buffer.allocUnsafeSlow(Math.max(roomBytes, most))
      used = 0
    }
    const start = used
    used += room.write(text, start)
    return { bytes: room, start, end: used }
  }
  return {
    stored: (body) => {
      const { bytes, start, end } = body
      if (!isPackedRecord(bytes[start] ?? 0)) return body
      const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString()
      return write(recordJson(unpack(text)))
    },
    clear: () => (used = 0),
  }
}
