// Exchange records that the proxy thread wrote where the ledger thread can read them, so that it need not send them. Reads
// them; knows of their text no more than that it begins with what they are called.
import type { SharedRecords } from '../ports.js'

/**
 * The texts, a character for each of their bytes (latin1), to be written in the same way. By way of a text: V8 copies from shared memory byte
 * by byte, unless both sides lie at whole words.
 */
export function textsOf(shared: readonly SharedRecords[]): string[] {
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
