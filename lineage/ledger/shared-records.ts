// Exchange records that the proxy thread wrote where the ledger thread can read them, so that it need not send them. Copies
// them; knows of their text no more than that it begins with what they are called.
import { packedId } from '../../core/packed-record.js'
import type { AppendMessage, PackedLeaves } from './protocol.js'

/** All leaves of the message in one piece, those of shared memory last. */
export function ownLeaves(message: AppendMessage): PackedLeaves {
  const { shared } = message
  if (shared.length === 0) return message
  const ids = [...message.ids]
  const ends = [...message.ends]
  const bytes = Buffer.allocUnsafeSlow(message.bytes.length + sizeOf(message))
  bytes.set(message.bytes)
  let at = message.bytes.length
  for (const { memory, places } of shared) {
    const source = Buffer.from(memory)
    for (let index = 0; index < places.length; index += 2) {
      const from = places[index] ?? 0
      // By way of a text: V8 copies from shared memory byte by byte, unless both sides lie at whole words.
      const text = source.toString('latin1', from, from + (places[index + 1] ?? 0))
      at += bytes.write(text, at, 'latin1')
      ids.push(packedId(text))
      ends.push(at)
    }
  }
  return { ids, ends, bytes }
}

function sizeOf({ shared }: AppendMessage): number {
  let size = 0
  for (const { places } of shared) for (let index = 1; index < places.length; index += 2) size += places[index] ?? 0
  return size
}
