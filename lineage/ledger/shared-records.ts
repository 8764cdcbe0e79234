// Exchange records that the proxy thread wrote where the ledger thread can read them, so that it need not send them. Reads
// them; knows of their text no more than that it begins with what they are called.
import { packedId } from '../../core/packed-record.js'
import type { SharedRecords } from '../ports.js'
import type { CommitLeaves } from './protocol.js'

/** All leaves of a batch, those of shared memory last. */
export interface NamedLeaves {
  readonly ids: readonly string[]
  /** where their bodies end */
  readonly ends: readonly number[]
  /** those of shared memory, a character for each of their bytes (latin1): to be written so behind what was sent */
  readonly texts: readonly string[]
  /** of all bodies, bytes */
  readonly length: number
}

export function namedLeaves({ ids, ends, bytes, shared }: CommitLeaves): NamedLeaves {
  let { length } = bytes
  const texts = textsOf(shared)
  if (texts.length === 0) return { ids, ends, texts, length }
  const more = texts.map((text) => (length += text.length))
  return { ids: [...ids, ...texts.map(packedId)], ends: [...ends, ...more], texts, length }
}

/** By way of a text: V8 copies from shared memory byte by byte, unless both sides lie at whole words. */
function textsOf(shared: readonly SharedRecords[]): string[] {
  const texts: string[] = []
  for (const [memory, ...places] of shared) {
    const source = Buffer.from(memory)
    for (let index = 0; index < places.length; index += 2) {
      const from = places[index] ?? 0
      texts.push(source.toString('latin1', from, from + (places[index + 1] ?? 0)))
    }
  }
  return texts
}
