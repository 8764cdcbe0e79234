// Takes the chunked coding off a body (RFC 9112 section 7.1), byte for byte strict: sizes in hexadecimal digits alone, CR LF
// and nothing else between chunks, bounded extensions and trailers. Never guesses where a chunk ends.
import type { RawFields } from '../../core/exchange.js'
import type { BodyReader, BytesSink } from './body-reader.js'
import { classOf } from '../heads/field-class.js'
import { fieldFault } from '../heads/field-text.js'
import { readFieldLines } from '../../core/field-lines.js'

type State = 'size' | 'extension' | 'sizeEnd' | 'data' | 'dataCr' | 'dataLf' | 'trailers' | 'done'

/** hexadecimal digits of a size: 2^52 bytes, and counted exactly */
const mostDigits = 13
const longestExtension = 1024
const longestTrailers = 16 * 1024
const CR = 0x0d
const LF = 0x0a

export class ChunkedReader implements BodyReader {
  fault: string | undefined
  trailers: RawFields = []
  private state: State = 'size'
  private size = 0
  private digits = 0
  private extension = 0
  private tail = ''

  get done(): boolean {
    return this.state === 'done'
  }

  read(bytes: Buffer, from: number, sink: BytesSink): number {
    let at = from
    while (at < bytes.length && this.state !== 'done' && this.fault === undefined) {
      if (this.state === 'data') {
        const to = Math.min(bytes.length, at + this.size)
        this.size -= to - at
        if (this.size === 0) this.state = 'dataCr'
        const more = sink.take(bytes.subarray(at, to))
        at = to
        if (!more) return at
      } else if (this.state === 'trailers') at = this.readTrailers(bytes, at)
      else this.step(bytes[at++] ?? 0)
    }
    return at
  }

  private step(code: number): void {
    switch (this.state) {
      case 'size':
        this.readSize(code)
        break
      case 'extension':
        if (code === CR) this.state = 'sizeEnd'
        else if (++this.extension > longestExtension || !isText(code)) this.fault = 'a chunk extension is malformed'
        break
      case 'sizeEnd':
        if (code !== LF) this.fault = 'a chunk size does not end with CR LF'
        else this.state = this.size === 0 ? 'trailers' : 'data'
        break
      case 'dataCr':
        if (code !== CR) this.fault = 'a chunk is longer than its size'
        else this.state = 'dataLf'
        break
      default:
        if (code !== LF) this.fault = 'a chunk does not end with CR LF'
        this.state = 'size'
        this.digits = 0
    }
  }

  private readSize(code: number): void {
    const digit = hexOf(code)
    if (digit >= 0 && this.digits < mostDigits) {
      this.size = (this.digits === 0 ? 0 : this.size * 16) + digit
      this.digits++
    } else if (this.digits === 0 || digit >= 0) this.fault = 'a chunk size is malformed'
    else if (code === CR) this.state = 'sizeEnd'
    else if (code === 0x3b) {
      this.state = 'extension'
      this.extension = 0
    } else this.fault = 'a chunk size is malformed'
  }

  /** Lines up to an empty one; most bodies have none. */
  private readTrailers(bytes: Buffer, from: number): number {
    const before = this.tail.length
    this.tail += bytes.toString('latin1', from, Math.min(bytes.length, from + longestTrailers + 1))
    const none = this.tail.startsWith('\r\n')
    const end = none ? 0 : this.tail.indexOf('\r\n\r\n', Math.max(0, before - 3))
    if (end < 0) {
      if (this.tail.length > longestTrailers) this.fault = 'the trailers are too long'
      return bytes.length
    }
    const fields: string[] = []
    if (!none)
      this.fault = readFieldLines(this.tail.slice(0, end + 2), 0, fields) ?? fieldFault(fields) ?? framingFault(fields)
    this.trailers = fields
    if (this.fault === undefined) this.state = 'done'
    return from + (end + (none ? 2 : 4)) - before
  }
}

/** A trailer that frames anew could be merged into a head that was read without it (RFC 9110 section 6.5.1). */
function framingFault(fields: RawFields): string | undefined {
  for (let at = 0; at < fields.length; at += 2) {
    const kind = classOf((fields[at] ?? '').toLowerCase())
    if (kind === 'length' || kind === 'encoding') return 'a trailer frames the message'
  }
  return undefined
}

function hexOf(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}

function isText(code: number): boolean {
  return code === 0x09 || (code >= 0x20 && code !== 0x7f)
}
