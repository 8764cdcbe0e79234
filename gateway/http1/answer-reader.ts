// Finds the answer in what a service sends: interim heads, the head, the body by its framing. Looks at bytes where they lie
// and keeps none but an unfinished head; stops in the middle where it is asked to. Knows no sockets.
import type { RawFields } from '../../core/exchange.js'
import { readResponseHead, type ResponseHeadView } from '../heads/response-head.js'
import type { BodyReader, BytesSink } from './body-reader.js'
import { isBrokenHead, readResponseText, type ResponseHeadText } from './head-text.js'
import { readerOf } from './readers.js'

export interface AnswerSink extends BytesSink {
  information(status: number, fields: RawFields): void
  /** False: give no bytes for now. */
  head(view: ResponseHeadView, reason: string): boolean
  ended(trailers: RawFields): void
  switched(view: ResponseHeadView, reason: string): void
  /** Nothing more is read. */
  invalid(reason: string): void
}

const headBytes = 64 * 1024
const opening = 'HTTP/1.'
const nothing: Buffer = Buffer.alloc(0)
const noTrailers: RawFields = []

export class AnswerReader {
  /** no bytes are given before `resume` */
  paused = false
  /** whether the connection may carry another request after this answer */
  reusable = false
  /** milliseconds for which the service says it keeps an idle connection */
  keeps = Infinity
  private readonly sink: AnswerSink
  private method = ''
  private phase: 'over' | 'head' | 'body' = 'over'
  private body: BodyReader | null = null
  private endless = false
  private bytes = nothing
  private at = 0
  private partial: Buffer | null = null

  constructor(sink: AnswerSink) {
    this.sink = sink
  }

  /** `method`: that of the request which is answered. */
  begin(method: string): void {
    this.method = method
    this.phase = 'head'
    this.paused = false
    this.partial = null
    this.bytes = nothing
    this.at = 0
  }

  /** whether the head of the answer has been read, and its body has not */
  get inBody(): boolean {
    return this.phase === 'body'
  }

  /** bytes that have not been looked at */
  get rest(): Buffer {
    return this.bytes.subarray(this.at)
  }

  /** The bytes must stay as they are until the call returns, or until `resume` where it is then `paused`. */
  feed(bytes: Buffer): void {
    this.bytes = this.partial === null ? bytes : Buffer.concat([this.partial, bytes])
    this.partial = null
    this.at = 0
    this.work()
  }

  /** Gives what is left of the last bytes; false: it is paused again. */
  resume(): boolean {
    this.paused = false
    this.work()
    return this.mayRead()
  }

  private mayRead(): boolean {
    return !this.paused
  }

  /** The connection has ended; true: and with it, as it should, the body. */
  end(): boolean {
    const whole = this.phase === 'body' && this.endless
    if (whole) this.finish(noTrailers)
    return whole
  }

  private work(): void {
    while (this.at < this.bytes.length && this.mayRead() && this.phase !== 'over') {
      if (this.phase === 'body') this.readBody()
      else if (!this.readHead()) return
    }
  }

  private readHead(): boolean {
    const { bytes, at } = this
    const end = bytes.indexOf('\r\n\r\n', at, 'latin1')
    if (end < 0) {
      this.keepPartial(bytes.subarray(at))
      return false
    }
    const head = readResponseText(bytes.toString('latin1', at, end + 2))
    this.at = end + 4
    if (head.kind === 'fault') this.refuse(head.reason)
    else this.take(head)
    return true
  }

  private keepPartial(rest: Buffer): void {
    this.at = this.bytes.length
    if (rest.length > headBytes) this.refuse('its head is too long')
    else if (!opening.startsWith(rest.toString('latin1', 0, opening.length))) this.refuse('it is not HTTP')
    else if (isBrokenHead(rest.toString('latin1'))) this.refuse('a line of its head does not end with CR LF')
    else this.partial = Buffer.from(rest)
  }

  private take({ status, reason, fields, lines, version }: ResponseHeadText): void {
    const view = readResponseHead({ status, fields, lines, method: this.method })
    if (view.kind === 'refused') this.refuse(view.reason)
    else if (status === 101) {
      this.phase = 'over'
      this.sink.switched(view, reason)
    } else if (status >= 200) this.beginBody(view, reason, version)
    else if (status > 100) this.sink.information(status, fields)
  }

  private beginBody(view: ResponseHeadView, reason: string, version: string): void {
    this.endless = !view.bodiless && view.framing.kind === 'none'
    this.reusable = !this.endless && persists(view, version)
    this.keeps = keepsFor(view)
    this.phase = 'body'
    this.body = view.bodiless ? null : readerOf(view.framing)
    const more = this.sink.head(view, reason)
    if (this.body === null || this.body.done) this.finish(noTrailers)
    else if (!more) this.paused = true
  }

  private readBody(): void {
    const { body } = this
    if (body === null) return
    this.at = body.read(this.bytes, this.at, this.sink)
    if (body.done) this.finish(body.trailers)
    else if (body.fault !== undefined) this.refuse(body.fault)
  }

  private finish(trailers: RawFields): void {
    this.phase = 'over'
    this.body = null
    this.sink.ended(trailers)
  }

  private refuse(reason: string): void {
    this.phase = 'over'
    this.sink.invalid(reason)
  }
}

/** RFC 9112 section 9.3; HTTP/1.0 knows no chunks, so that what follows them is not to be trusted (section 6.1). */
function persists({ nominated, framing }: ResponseHeadView, version: string): boolean {
  if (nominated.length > 0 && nominated.includes('close')) return false
  return version === '1.1' || (nominated.includes('keep-alive') && framing.kind !== 'chunked')
}

/** `Keep-Alive: timeout=5` (seconds), as servers send it. */
function keepsFor({ fields, classes }: ResponseHeadView): number {
  for (let at = 0; at < classes.length; at++) {
    if (classes[at] !== 'hop' || fields[at * 2]?.toLowerCase() !== 'keep-alive') continue
    const seconds = /\btimeout=(\d{1,6})\b/i.exec(fields[at * 2 + 1] ?? '')?.[1]
    if (seconds !== undefined) return Number(seconds) * 1000
  }
  return Infinity
}
