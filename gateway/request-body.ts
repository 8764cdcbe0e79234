// A request's body on its way upstream: pulled from the client only as fast as the upstream takes it, copied for the tap
// while it passes. It owns the only `data` listener on the incoming request, so no byte can be lost before a forwarder
// listens. It has the small part of a readable stream that undici and the explicit forwarder use; it never buffers more
// than one chunk and never re-frames.
import { EventEmitter } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { RawFields } from '../core/exchange.js'
import type { Tap } from './tap.js'

/** Bytes of an unwanted rest that are read for the sake of the connection. */
const discardedAtMost = 1024 * 1024

/** Reads a body that nobody wants, for the sake of the connection; ends the connection where it is long. */
export function discardBody(request: IncomingMessage): void {
  let discarded = 0
  request.on('data', (chunk: Buffer) => {
    discarded += chunk.length
    if (discarded > discardedAtMost) request.socket.destroy()
  })
}

export class RequestBody extends EventEmitter {
  /** bytes received from the client */
  bytes = 0
  /** the client has sent all of it */
  complete = false
  destroyed = false
  private readonly request: IncomingMessage
  private readonly tap: Tap | null
  private first: ((chunk: Buffer | null) => void) | null = null
  private whole = -1
  private flowing = false
  private discarding: Socket | null = null
  private discarded = 0
  private waiting: Buffer | null = null

  constructor(request: IncomingMessage, tap: Tap | null) {
    super()
    this.request = request
    this.tap = tap
  }

  /**
   * Starts reading; calls back once, with the first chunk, or null where the body ends without one. A first chunk of
   * `whole` bytes is all there is.
   */
  begin(whole: number, first: (chunk: Buffer | null) => void): void {
    this.whole = whole
    this.first = first
    this.request.on('data', (chunk: Buffer) => {
      this.received(chunk)
    })
    this.request.on('end', () => {
      this.ended()
    })
  }

  /** After the end: trailer fields as they came. */
  get trailers(): RawFields {
    return this.request.rawTrailers
  }

  resume(): this {
    if (this.destroyed || this.flowing) return this
    this.flowing = true
    const chunk = this.waiting
    this.waiting = null
    if (chunk !== null) this.emit('data', chunk)
    // a listener of that chunk may have paused again
    if (!this.mayFlow()) return this
    if (this.complete) process.nextTick(emitEnd, this)
    else this.request.resume()
    return this
  }

  /** The upstream is ready for more: if nothing comes, it is the client that is slow. */
  get awaited(): boolean {
    return this.first !== null || this.flowing
  }

  /**
   * Reads on and throws away, so that the connection can be used again; ends the connection where the client has much
   * more to send.
   */
  discard(socket: Socket | null): void {
    this.destroyed = true
    this.waiting = null
    this.discarding = socket
    this.request.resume()
  }

  pause(): this {
    this.flowing = false
    if (!this.complete) this.request.pause()
    return this
  }

  /** The forwarder wants no more. What the client still sends is left to the exchange. */
  destroy(): this {
    if (this.destroyed) return this
    this.destroyed = true
    this.waiting = null
    this.emit('close')
    return this
  }

  /** Never used: its presence is how undici knows a stream. */
  pipe(): never {
    throw new Error('a request body is not piped')
  }

  private mayFlow(): boolean {
    return this.flowing && !this.destroyed
  }

  private received(chunk: Buffer): void {
    if (this.discarding !== null) {
      this.discarded += chunk.length
      if (this.discarded > discardedAtMost) this.discarding.destroy()
      return
    }
    this.bytes += chunk.length
    this.tap?.copy(chunk)
    const first = this.first
    if (first !== null) {
      this.first = null
      if (this.bytes !== this.whole) {
        this.waiting = chunk
        this.request.pause()
      }
      first(chunk)
    } else if (this.flowing) this.emit('data', chunk)
    else if (!this.destroyed) this.waiting = this.waiting === null ? chunk : Buffer.concat([this.waiting, chunk])
  }

  private ended(): void {
    this.complete = true
    const first = this.first
    this.first = null
    if (first !== null) first(null)
    if (this.flowing) this.emit('end')
  }
}

function emitEnd(body: RequestBody): void {
  body.emit('end')
}
