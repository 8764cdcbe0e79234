// The chunked coding as text (RFC 9112 section 7.1). Writes what it is given: names and values of trailers have been checked.
import type { RawFields } from '../../core/exchange.js'
import { fieldLines } from '../../core/field-lines.js'

/** A chunk with its size; of no text none, since that would be the last. */
export function chunkOf(text: string): string {
  return text === '' ? '' : `${text.length.toString(16)}\r\n${text}\r\n`
}

/** What ends a chunked body (RFC 9112 section 7.1.2). */
export function lastChunk(trailers: RawFields): string {
  return `0\r\n${fieldLines(trailers)}\r\n`
}
