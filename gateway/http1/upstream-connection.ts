// A connection to a service, HTTP/1.1 (RFC 9112): sends one request at a time and gives its answer to who asked. What is read
// lies in one buffer that is used over and over. Never asks twice: what became of a request without an answer is unknown.
import type { Socket } from 'node:net'
import type { RawFields } from '../../core/exchange.js'
import type { ForwardFailure, ForwardHandler, ForwardRequest } from '../forwarder.js'
import type { ResponseHeadView } from '../heads/response-head.js'
import { keptTrailers } from '../heads/trailers.js'
import { RequestBody, type BodyTarget } from '../request-body.js'
import type { Service } from '../route.js'
import { upstreamFailure } from '../upstream-failure.js'
import { AnswerReader, type AnswerSink } from './answer-reader.js'
import { lastChunk } from './chunk-text.js'
import { requestText } from './request-text.js'
import { connectPlain, connectSecure } from './service-socket.js'

export interface UpstreamUse {
  readonly request: ForwardRequest
  readonly handler: ForwardHandler
}

export interface ConnectionOwner {
  /** The connection stands idle and may be used again. */
  free(connection: UpstreamConnection): void
  gone(connection: UpstreamConnection): void
}

const readBytes = 128 * 1024
/** Body bytes that are sent as one text with their head. */
const joinedUpTo = 12 * 1024
const lost: ForwardFailure = { code: 'WB_UPSTREAM_RESET', reason: 'it closed the connection' }

export class UpstreamConnection implements BodyTarget, AnswerSink {
  /** milliseconds of the pool's clock since when the time-out that `awaits` names runs; 0: since it was looked at */
  since = 0
  private readonly service: Service
  private readonly owner: ConnectionOwner
  private readonly socket: Socket
  private readonly reader = new AnswerReader(this)
  private use: UpstreamUse | null = null
  private state: 'connecting' | 'open' | 'gone' = 'connecting'
  private buffer: Buffer | null = null
  private reading = false
  private lent = false
  private sent = false
  /** the answer is over and the request is not: the service may still want the rest of it */
  private answered = false
  private blocked = false

  /** `raw`: for a switch of protocols, after which the socket is another's. */
  constructor(service: Service, owner: ConnectionOwner, raw: boolean) {
    const secure = service.url.protocol === 'https:'
    this.service = service
    this.owner = owner
    this.socket = secure ? this.openSecure() : raw ? this.openRaw() : this.openBuffered()
    this.socket.on('error', (error) => this.fail(upstreamFailure(error, this.state === 'open')))
    this.socket.on('end', () => this.cameToEnd())
    this.socket.on('close', () => this.fail(lost))
    this.socket.on('drain', () => this.drained())
    this.socket.once(secure ? 'secureConnect' : 'connect', () => {
      this.state = 'open'
      this.since = 0
      if (this.use !== null) this.transmit(this.use.request)
    })
  }

  get open(): boolean {
    return this.state === 'open'
  }

  /** milliseconds for which the service says it keeps an idle connection */
  get keeps(): number {
    return this.reader.keeps
  }

  /** Which of the service's time-outs runs; null: none, it is somebody else's turn. */
  get awaits(): 'connect' | 'head' | 'idle' | null {
    if (this.state === 'connecting') return 'connect'
    if (this.use === null) return null
    if (this.reader.inBody) return this.reader.paused ? null : 'idle'
    if (this.sent) return 'head'
    return this.blocked ? 'idle' : null
  }

  /** Sends a request, once the connection stands. */
  send(use: UpstreamUse): void {
    this.use = use
    this.since = 0
    this.sent = false
    this.answered = false
    this.reader.begin(use.request.method)
    if (this.state === 'open') this.transmit(use.request)
  }

  /** Whether it is this use that it is busy with. */
  carries(use: UpstreamUse): boolean {
    return this.use === use
  }

  resume(): void {
    if (!this.reader.paused) return
    this.lent = false
    this.since = 0
    const flows = this.reader.resume()
    this.settle()
    if (flows && this.state === 'open') this.socket.resume()
  }

  /** Ends the connection; who asked hears nothing more. */
  destroy(): void {
    this.use = null
    if (this.state === 'gone') return
    this.state = 'gone'
    this.socket.destroy()
    this.owner.gone(this)
  }

  /** Ends it with a word to who asked. */
  fail(failure: ForwardFailure): void {
    const { use, answered } = this
    this.destroy()
    if (answered) use?.handler.onSent(false)
    else use?.handler.onFailure(failure)
  }

  takeBody(chunk: Buffer): boolean {
    const { socket, use } = this
    this.since = 0
    if (use?.request.chunked === true) {
      socket.cork()
      socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1')
      socket.write(chunk)
      this.blocked = !socket.write('\r\n', 'latin1')
      socket.uncork()
    } else this.blocked = !socket.write(chunk)
    return !this.blocked
  }

  endBody(trailers: RawFields): void {
    this.since = 0
    this.sent = true
    const { use } = this
    if (use?.request.chunked === true) {
      this.socket.write(lastChunk(keptTrailers(trailers, this.service.trailers)), 'latin1')
    }
    if (!this.answered) return
    this.use = null
    use?.handler.onSent(true)
    this.release()
  }

  private transmit(request: ForwardRequest): void {
    const { socket } = this
    const { body } = request
    const text = requestText(request)
    if (body instanceof RequestBody) {
      socket.write(text, 'latin1')
      body.sendTo(this)
      return
    }
    this.sent = true
    if (body === null || body.length <= joinedUpTo) {
      socket.write(body === null ? text : text + body.toString('latin1'), 'latin1')
      return
    }
    socket.cork()
    socket.write(text, 'latin1')
    socket.write(body)
    socket.uncork()
  }

  private drained(): void {
    this.blocked = false
    this.since = 0
    const body = this.use?.request.body
    if (body instanceof RequestBody && !this.sent) body.resume()
  }

  // what the reader finds

  information(status: number, fields: RawFields): void {
    this.since = 0
    this.use?.handler.onInformation(status, fields)
  }

  head(view: ResponseHeadView, reason: string): boolean {
    return this.use?.handler.onHead(view, reason) ?? true
  }

  take(bytes: Buffer): boolean {
    const more = this.use?.handler.onChunk(bytes) ?? true
    if (!more) {
      this.reader.paused = true
      this.lent = true
    }
    return more
  }

  ended(trailers: RawFields): void {
    const { use, reader, sent } = this
    // bytes that are still being written to the client, and no read to come that takes another buffer
    const stuck = this.lent && !this.reading
    if (sent) this.use = null
    this.answered = !sent
    // The next answer must not be read over them, and another request may be sent before the next read asks for a buffer.
    if (this.lent) this.buffer = null
    this.lent = false
    reader.paused = stuck
    use?.handler.onEnd(trailers, sent)
    if (sent) this.release()
  }

  /** Nobody uses it any more. */
  private release(): void {
    const { reader } = this
    if (this.state !== 'open') return
    if (this.sent && reader.reusable && reader.rest.length === 0 && !reader.paused) this.owner.free(this)
    else this.destroy()
  }

  switched(view: ResponseHeadView, reason: string): void {
    const { use, socket } = this
    if (use === null || use.request.upgrade === null || !this.sent) {
      this.invalid(this.sent ? 'it switches protocols unasked' : 'it switches protocols before it has the request')
      return
    }
    this.use = null
    this.state = 'gone'
    for (const event of ['data', 'end', 'drain', 'close']) socket.removeAllListeners(event)
    socket.pause()
    const { rest } = this.reader
    if (rest.length > 0) socket.unshift(rest)
    this.owner.gone(this)
    use.handler.onUpgrade({ view, reason }, socket)
  }

  invalid(reason: string): void {
    this.fail({ code: 'WB_UPSTREAM_INVALID', reason })
  }

  // the socket

  private openBuffered(): Socket {
    this.buffer = Buffer.allocUnsafeSlow(readBytes)
    return connectPlain(this.service, {
      onread: { buffer: () => this.nextBuffer(), callback: (count, bytes) => this.readInto(bytes as Buffer, count) },
    })
  }

  private openRaw(): Socket {
    return connectPlain(this.service).on('data', (bytes) => this.readWhole(bytes))
  }

  private openSecure(): Socket {
    return connectSecure(this.service).on('data', (bytes: Buffer) => this.readWhole(bytes))
  }

  /** Asked for before the first read and after every read. */
  private nextBuffer(): Buffer {
    this.buffer ??= Buffer.allocUnsafeSlow(readBytes)
    return this.buffer
  }

  /** False: read no more for now. */
  private readInto(buffer: Buffer, count: number): boolean {
    this.reading = true
    this.received(count === buffer.length ? buffer : buffer.subarray(0, count))
    this.reading = false
    return !this.reader.paused
  }

  private readWhole(bytes: Buffer): void {
    this.reading = true
    this.received(bytes)
    this.reading = false
    if (this.reader.paused) this.socket.pause()
  }

  private received(bytes: Buffer): void {
    if (this.use === null || this.answered) {
      // nobody asked
      this.fail(lost)
      return
    }
    this.reader.feed(bytes)
    // a head has its time as a whole
    if (this.reader.inBody) this.since = 0
    this.settle()
  }

  private settle(): void {
    if (this.use !== null && !this.reader.paused && !this.answered) this.use.handler.onIdle()
  }

  private cameToEnd(): void {
    // what the end of the connection ends may be an answer to a request that is not
    if (this.use === null || !this.reader.end() || this.answered) this.fail(lost)
  }
}
