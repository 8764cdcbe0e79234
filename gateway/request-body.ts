// A request's body on its way upstream: taken from the client only as fast as the upstream takes it, copied for the tap
// while it passes. Never buffers more than one chunk and never re-frames.
import type { RawFields } from '../core/exchange.js'
import type { ClientStream, StreamBody } from './http1/client-stream.js'
import type { Tap } from './tap.js'

/** What takes the body: the connection to the upstream. */
export interface BodyTarget {
  /** False: wait for `resume`. */
  takeBody(chunk: Buffer): boolean
  /** After the last byte: trailer fields as they came. */
  endBody(trailers: RawFields): void
}

export class RequestBody implements StreamBody {
  /** bytes received from the client */
  bytes = 0
  /** the client has sent all of it */
  complete = false
  private readonly stream: ClientStream
  private readonly tap: Tap | null
  private first: ((chunk: Buffer | null) => void) | null = null
  private whole = -1
  private waiting: Buffer | null = null
  private target: BodyTarget | null = null
  private flowing = false
  private trailers: RawFields = []

  constructor(stream: ClientStream, tap: Tap | null) {
    this.stream = stream
    this.tap = tap
  }

  /**
   * Starts reading; calls back once, with the first chunk, or null where the body ends without one. A first chunk of
   * `whole` bytes is all there is.
   */
  begin(whole: number, first: (chunk: Buffer | null) => void): void {
    this.whole = whole
    this.first = first
    this.stream.readBody(this)
  }

  /** The first chunk is late: a service that answers the head alone shall see it. */
  waitNoLonger(): void {
    const { first } = this
    if (first === null) return
    this.first = null
    this.stream.pauseBody()
    first(null)
  }

  /** Gives what is here and all that comes to `target`, from now on. */
  sendTo(target: BodyTarget): void {
    this.target = target
    this.resume()
  }

  resume(): void {
    const { target, waiting } = this
    if (target === null || this.flowing) return
    this.flowing = true
    this.waiting = null
    if (waiting !== null) this.flowing = target.takeBody(waiting)
    if (this.complete) target.endBody(this.trailers)
    else if (this.flowing) this.stream.resumeBody()
  }

  /** The upstream is ready for more: if nothing comes, it is the client that is slow. */
  get awaited(): boolean {
    return this.first !== null || this.flowing
  }

  /** Nobody wants the rest. */
  stop(): void {
    this.target = null
    this.waiting = null
    this.flowing = false
    this.stream.pauseBody()
  }

  take(chunk: Buffer): boolean {
    this.bytes += chunk.length
    this.tap?.copy(chunk)
    const { first, target } = this
    if (first !== null) {
      this.first = null
      if (this.bytes !== this.whole) {
        this.waiting = chunk
        this.stream.pauseBody()
      }
      first(chunk)
    } else if (target !== null && this.flowing) {
      this.flowing = target.takeBody(chunk)
      if (!this.flowing) this.stream.pauseBody()
    } else this.waiting = this.waiting === null ? chunk : Buffer.concat([this.waiting, chunk])
    return true
  }

  ended(trailers: RawFields): void {
    this.complete = true
    this.trailers = trailers
    const first = this.first
    this.first = null
    if (first !== null) first(null)
    else if (this.flowing) this.target?.endBody(trailers)
  }
}
