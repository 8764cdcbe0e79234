// Finds where a body ends while its bytes pass (RFC 9112 section 6): by length, by chunks, or with the connection.
import type { RawFields } from '../../core/exchange.js'
import type { Framing } from '../heads/framing.js'
import type { BodyReader, BytesSink } from './body-reader.js'
import { ChunkedReader } from './chunked-reader.js'

const noTrailers: RawFields = []

class LengthReader implements BodyReader {
  readonly fault = undefined
  readonly trailers = noTrailers
  private left: number

  constructor(length: number) {
    this.left = length
  }

  get done(): boolean {
    return this.left === 0
  }

  read(bytes: Buffer, from: number, sink: BytesSink): number {
    const to = Math.min(bytes.length, from + this.left)
    if (to === from) return to
    this.left -= to - from
    sink.take(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to))
    return to
  }
}

/** `none`: a body that only the end of the connection ends. */
export function readerOf(framing: Framing): BodyReader {
  if (framing.kind === 'chunked') return new ChunkedReader()
  return new LengthReader(framing.kind === 'length' ? framing.length : Infinity)
}
