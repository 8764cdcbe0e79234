// Fields as they go over the wire (RFC 9112 section 5). Writes what it is given: names and values have been checked.
import type { RawFields } from '../../core/exchange.js'

/** A line each, with its CR LF. */
export function fieldLines(fields: RawFields): string {
  let text = ''
  for (let at = 0; at + 1 < fields.length; at += 2) text += `${fields[at] ?? ''}: ${fields[at + 1] ?? ''}\r\n`
  return text
}

/** A chunk with its size (RFC 9112 section 7.1); of no text none, since that would be the last. */
export function chunkOf(text: string): string {
  return text === '' ? '' : `${text.length.toString(16)}\r\n${text}\r\n`
}

/** What ends a chunked body (RFC 9112 section 7.1.2). */
export function lastChunk(trailers: RawFields): string {
  return `0\r\n${fieldLines(trailers)}\r\n`
}
