// The answer on its way to the client. Holds the last piece back until it is released (durable recording), joins head
// and small bodies into one write, and ends an answer that cannot be finished by breaking the connection, never cleanly.
// Knows nothing of records, routes or upstreams.
import type { RawFields } from '../core/exchange.js'
import type { ClientStream } from './http1/client-stream.js'
import { chunkOf, lastChunk } from './http1/chunk-text.js'
import { headText } from './information.js'

export interface AnswerHead {
  readonly status: number
  readonly reason: string
  readonly fields: readonly string[]
  /** bytes of the body; -1 where only its end will tell */
  readonly length: number
}

/** How long a chunk of a body of unknown length waits for the end that may follow it, in milliseconds. */
const heldFor = 10
/** Bytes of a body that is written as one text with its head. */
const joinedUpTo = 12 * 1024
const keeping = 'Connection: keep-alive\r\n'
const closing = 'Connection: close\r\n'
const chunkedCoding = 'Transfer-Encoding: chunked\r\n'
const nothingMore: RawFields = []

export class Answer {
  /** body bytes taken for the client */
  bytes = 0
  ended = false
  /** the head has been written: nothing can be taken back */
  begun = false
  private readonly stream: ClientStream
  private head: AnswerHead | null = null
  private hold = false
  /** a short piece as latin1 text, in which it will leave */
  private held: Buffer | string | null = null
  private timer: NodeJS.Timeout | null = null
  private chunked = false

  constructor(stream: ClientStream) {
    this.stream = stream
  }

  /** `hold`: keep the last piece until `end`, which comes only once it may go out. */
  prepare(head: AnswerHead, hold: boolean): void {
    this.head = head
    this.hold = hold
  }

  /** Another answer instead, whole; only while nothing has gone out. */
  replace(head: AnswerHead, body: Buffer): void {
    this.stopTimer()
    this.head = head
    this.held = body
    this.bytes = body.length
  }

  /** False: wait for the stream's `writable`; the bytes are in use until then. */
  write(chunk: Buffer): boolean {
    this.bytes += chunk.length
    const length = this.head?.length ?? -1
    if (length < 0) return this.writeUnknown(chunk)
    if (this.bytes < length || !(this.hold || chunk.length <= joinedUpTo)) return this.put(chunk)
    this.held = keptOf(chunk)
    return true
  }

  /** Writes what need not wait: called once all that has arrived from the upstream was given. */
  flush(): void {
    const { head, held } = this
    // without a body the head is the last piece
    if (this.ended || head === null || head.length === 0) return
    if (held === null) {
      if (!this.begun) this.begin(head, '')
    } else if (!this.hold) this.putHeld()
  }

  /** The end has come: what is held is the last piece, and waits for `end` or `complete`, however late these are. */
  cameToEnd(): void {
    this.stopTimer()
  }

  /** The last piece and the end. */
  end(trailers: RawFields = nothingMore): void {
    if (!this.ended) this.complete(trailers)
    this.stream.end()
  }

  /** The last piece and all that follows it, where the request goes on: the stream ends with `end`. */
  complete(trailers: RawFields): void {
    this.stopTimer()
    this.ended = true
    const { head, held, stream } = this
    if (head === null) return
    this.held = null
    if (!this.begun && (held === null || held.length <= joinedUpTo)) this.beginWith(head, held, trailers)
    else {
      if (held !== null) this.put(held)
      if (!this.begun) this.begin(head, '')
      if (this.chunked) stream.writeText(lastChunk(trailers))
    }
    if (head.length < 0 && stream.version === '1.0') stream.endWriting()
  }

  abort(): void {
    this.stopTimer()
    this.ended = true
    this.held = null
    this.stream.abort()
  }

  private writeUnknown(chunk: Buffer): boolean {
    if (!this.hold) return this.put(chunk)
    const before = this.held
    this.held = keptOf(chunk)
    this.startTimer()
    return before === null ? !this.stream.blocked : this.put(before)
  }

  private putHeld(): void {
    const chunk = this.held
    this.held = null
    if (chunk !== null) this.put(chunk)
  }

  private put(chunk: Buffer | string): boolean {
    const { stream, head } = this
    if (head === null) return true
    if (typeof chunk === 'string') return this.putText(head, chunk)
    if (chunk.length <= joinedUpTo) return this.putText(head, chunk.toString('latin1'))
    if (this.begun && !this.chunked) return stream.write(chunk)
    stream.cork()
    if (!this.begun) this.begin(head, '')
    if (this.chunked) stream.writeText(`${chunk.length.toString(16)}\r\n`)
    stream.write(chunk)
    if (this.chunked) stream.writeText('\r\n')
    stream.uncork()
    return stream.free
  }

  private putText(head: AnswerHead, text: string): boolean {
    if (!this.begun) return this.begin(head, text)
    return this.stream.writeText(this.chunked ? chunkOf(text) : text)
  }

  /** Head, whole body and end in one piece. */
  private beginWith(head: AnswerHead, body: Buffer | string | null, trailers: RawFields): void {
    const text = typeof body === 'string' ? body : (body?.toString('latin1') ?? '')
    if (head.length >= 0 || this.stream.version === '1.0') this.begin(head, text)
    else {
      const start = this.headOf(head)
      this.stream.writeText(start + chunkOf(text) + lastChunk(trailers))
    }
  }

  /** Writes the head, and body text right behind it. */
  private begin(head: AnswerHead, body: string): boolean {
    const start = this.headOf(head)
    return this.stream.writeText(start + (this.chunked ? chunkOf(body) : body))
  }

  private headOf(head: AnswerHead): string {
    this.begun = true
    const { stream } = this
    const old = stream.version === '1.0'
    const unknown = head.length < 0
    if (old && unknown) stream.persistent = false
    this.chunked = unknown && !old
    const lines = (stream.persistent ? keeping : closing) + (this.chunked ? chunkedCoding : '')
    return headText(head.status, head.reason, head.fields, lines)
  }

  private startTimer(): void {
    if (this.timer === null) this.timer = setTimeout(releaseHeld, heldFor, this)
    else this.timer.refresh()
  }

  private stopTimer(): void {
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
  }

  /** No end followed the held chunk, or none in time: it was not the last piece after all, or its end is late. */
  release(): void {
    if (!this.ended) this.putHeld()
  }
}

/** For longer than the call, after which the bytes are another's: a short piece as the text in which it will leave. */
function keptOf(chunk: Buffer): Buffer | string {
  return chunk.length <= joinedUpTo ? chunk.toString('latin1') : Buffer.from(chunk)
}

function releaseHeld(answer: Answer): void {
  answer.release()
}
