// What a body is read with, whatever frames it. A reader gives views of what it is fed, never copies or keeps them, and
// takes no byte beyond the body's end.
import type { RawFields } from '../../core/exchange.js'

export interface BytesSink {
  /** Bytes of the body, valid during the call. False: give no more for now. */
  take(bytes: Buffer): boolean
}

export interface BodyReader {
  /** the last byte of the body, trailers included, has been read */
  readonly done: boolean
  /** why the framing cannot be right; then nothing more is read */
  readonly fault: string | undefined
  /** what follows a chunked body, once it is done */
  readonly trailers: RawFields
  /** Reads from `from` on; returns where it stopped: at the end of the body, of the bytes, or because the sink asked to. */
  read(bytes: Buffer, from: number, sink: BytesSink): number
}
