// A client's HTTP/1.1 connection (RFC 9112): finds the heads and bodies in what it sends, one request at a time, and ends as
// it has to end. Pipelined requests wait for the answer before them. Never decides on a request: the door does.
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { WaybillError } from '../../core/errors.js'
import { rawProblem } from '../problem-answer.js'
import type { GatewaySettings } from '../settings.js'
import { ClientStream, type StreamHost } from './client-stream.js'
import type { ConnectionHop } from './connection-hop.js'
import { isBrokenHead, readRequestText, type RequestHeadText } from './head-text.js'

/** What takes the requests of connections. */
export interface RequestTaker {
  /** Called for one request of a connection at a time; has framed the stream when it returns. */
  take(stream: ClientStream, head: RequestHeadText): void
  /** No request could be read: the connection is answered and closed. */
  refused(error: WaybillError): void
}

export interface ConnectionParts {
  readonly taker: RequestTaker
  readonly settings: Pick<GatewaySettings, 'limits' | 'timeouts'>
  readonly hop: ConnectionHop
  /** milliseconds, brought up to date now and then */
  readonly clock: { now: number }
}

/** Bytes that wait for their turn before the client is held up. */
const waitingAtMost = 64 * 1024
/** Bytes of an unwanted rest that are read for the sake of the connection, or of an answer that the client still has to read. */
const discardedAtMost = 1024 * 1024
/** How long a connection that has been ended is read on, in milliseconds (RFC 9112 section 9.6). */
const lingering = 2_000
/** Empty lines before a request line that are passed over (RFC 9112 section 2.2). */
const emptyLines = 4

type Phase = 'fresh' | 'idle' | 'head' | 'exchange' | 'discarding' | 'lingering' | 'gone'

export class ClientConnection implements StreamHost {
  readonly socket: Socket
  readonly hop: ConnectionHop
  private readonly parts: ConnectionParts
  private stream: ClientStream | null = null
  private phase: Phase = 'fresh'
  private since: number
  private pending: Buffer | null = null
  private at = 0
  private scanned = 0
  private skipped = 0
  private discarded = 0
  private pumping = false
  private held = false
  private readonly onData = (bytes: Buffer) => this.received(bytes)
  private readonly onDrain = () => this.stream?.drained()
  private readonly onLeft = () => this.left()
  private readonly onStall = () => this.stalled()

  constructor(socket: Socket, parts: ConnectionParts) {
    this.socket = socket
    this.parts = parts
    this.hop = parts.hop
    this.since = parts.clock.now
    socket.on('error', ignore)
    socket.on('data', this.onData)
    socket.on('drain', this.onDrain)
    socket.on('end', this.onLeft)
    socket.on('close', this.onLeft)
    socket.setTimeout(parts.settings.timeouts.bodyIdle, this.onStall)
  }

  /** Nothing of a request is here, and no answer under way. */
  get idle(): boolean {
    return this.phase === 'fresh' || this.phase === 'idle'
  }

  /** Takes no further request: ends now where it is idle, else with the answer under way. */
  retire(): void {
    if (this.stream !== null) this.stream.persistent = false
    if (this.idle || this.phase === 'discarding') this.finish()
  }

  /** Looked at now and then: what takes too long ends. `now` as the clock gives it. */
  look(now: number): void {
    const { timeouts } = this.parts.settings
    const lasted = now - this.since
    if (this.phase === 'idle' && lasted > timeouts.keepAlive) this.finish()
    else if (this.phase === 'fresh' && lasted > timeouts.head) this.finish()
    else if (this.phase === 'head' && lasted > timeouts.head) this.refuse(new WaybillError('WB_REQUEST_TIMEOUT'))
    else if (this.phase === 'discarding' && lasted > timeouts.bodyIdle) this.finish()
    else if (this.phase === 'lingering' && this.socket.writableFinished && lasted > lingering) this.socket.destroy()
  }

  /** Ends it at once, with a reset where the client would take a part of its answer for the whole. */
  drop(): void {
    if (this.socket.writableLength > 0 || this.stream?.answered === false) this.reset()
    else this.socket.destroy()
  }

  reset(): void {
    this.phase = 'gone'
    this.socket.resetAndDestroy()
  }

  detach(): Duplex {
    const { socket, pending, at } = this
    socket.off('data', this.onData).off('drain', this.onDrain).off('end', this.onLeft).off('close', this.onLeft)
    socket.setTimeout(0)
    socket.off('timeout', this.onStall)
    socket.pause()
    if (pending !== null && at < pending.length) socket.unshift(pending.subarray(at))
    this.phase = 'gone'
    this.pending = null
    return socket
  }

  pump(): void {
    if (this.pumping) return
    this.pumping = true
    while (this.step());
    this.pumping = false
    this.holdUp()
  }

  private received(bytes: Buffer): void {
    if (this.phase === 'lingering') {
      this.discard(bytes.length)
      return
    }
    this.pending = this.pending === null ? bytes : Buffer.concat([this.pending.subarray(this.at), bytes])
    this.at = 0
    this.pump()
  }

  /** Does one thing that can be done with what is here; false: there is none. */
  private step(): boolean {
    const { stream, phase } = this
    if (phase === 'gone' || phase === 'lingering') return false
    if (stream === null) return this.readHead()
    if (!stream.bodyDone) return stream.answered ? this.discardBody(stream) : this.readBody(stream)
    if (!stream.answered) return false
    this.stream = null
    if (!stream.persistent) {
      this.finish()
      return false
    }
    this.phase = 'idle'
    this.since = this.parts.clock.now
    return this.pending !== null
  }

  private readHead(): boolean {
    const { pending, parts } = this
    if (pending === null) return false
    const { headBytes } = parts.settings.limits
    if (this.phase !== 'head') this.beginHead()
    if (!this.skipEmptyLines(pending)) return false
    const { at } = this
    const end = pending.indexOf('\r\n\r\n', Math.max(at, this.scanned), 'latin1')
    if (end < 0) {
      if (pending.length - at > headBytes) this.refuse(tooLarge())
      else if (isBrokenHead(pending.toString('latin1', at))) this.refuse(malformed('a line does not end with CR LF'))
      // relative to the bytes, which move to the front when more come
      this.scanned = Math.max(0, pending.length - at - 3)
      return false
    }
    if (end + 4 - at > headBytes) return this.refuse(tooLarge())
    const head = readRequestText(pending.toString('latin1', at, end + 2))
    if (head.kind === 'fault') return this.refuse(malformed(head.reason))
    this.use(end + 4)
    this.phase = 'exchange'
    const stream = new ClientStream(this, head.version)
    this.stream = stream
    parts.taker.take(stream, head)
    return true
  }

  private beginHead(): void {
    this.enter('head')
    this.scanned = 0
    this.skipped = 0
  }

  private skipEmptyLines(pending: Buffer): boolean {
    while (pending[this.at] === 0x0d && pending[this.at + 1] === 0x0a && this.skipped < emptyLines) {
      this.at += 2
      this.skipped++
    }
    if (this.at < pending.length) return true
    this.pending = null
    return false
  }

  private readBody(stream: ClientStream): boolean {
    const { pending } = this
    if (pending === null || !stream.reads) return false
    const to = stream.give(pending, this.at)
    // whoever took the bytes may have let go of the connection
    if (this.pending === pending) this.use(to)
    if (stream.fault === undefined) return true
    this.unreadable(stream, stream.fault)
    return false
  }

  /** Its answer is out: the rest is read for the sake of the connection, as long as it is short. */
  private discardBody(stream: ClientStream): boolean {
    const { pending } = this
    if (!stream.persistent) {
      this.finish()
      return false
    }
    if (this.phase !== 'discarding') this.enter('discarding')
    if (pending === null) return false
    stream.readBody(nobody)
    const to = stream.give(pending, this.at)
    this.discard(to - this.at)
    if (this.pending === pending) this.use(to)
    if (stream.fault !== undefined) this.finish()
    return stream.fault === undefined
  }

  private discard(count: number): void {
    this.discarded += count
    if (this.discarded > discardedAtMost) this.drop()
  }

  /** Where the body ends is not known any more. */
  private unreadable(stream: ClientStream, reason: string): void {
    if (stream.started) this.reset()
    else this.refuse(malformed(reason))
    stream.closed()
  }

  /** Answers for a request that cannot be read. False: nothing is read behind it. */
  private refuse(error: WaybillError): false {
    this.parts.taker.refused(error)
    this.socket.write(rawProblem(error))
    this.finish()
    return false
  }

  /** Ends the sending side; what still comes is read for a while, so that the client gets to read the answer. */
  private finish(): void {
    this.enter('lingering')
    this.pending = null
    // what is still on its way has the time that anything has that moves
    this.socket.end(() => (this.since = performance.now()))
    this.socket.resume()
  }

  private enter(phase: Phase): void {
    this.phase = phase
    this.since = performance.now()
    this.discarded = 0
  }

  private use(to: number): void {
    this.at = to
    if (this.pending !== null && to >= this.pending.length) this.pending = null
  }

  // Bytes that have no taker stay in the client's hands but for two buffers. Not for one: a body that came with its head waits for
  // its intent until the turn ends, and to stop reading and go on is dearer than all the rest of that.
  private holdUp(): void {
    const hold = this.pending !== null && this.pending.length - this.at >= waitingAtMost && this.phase !== 'lingering'
    if (hold === this.held || this.phase === 'gone') return
    this.held = hold
    if (hold) this.socket.pause()
    else this.socket.resume()
  }

  private left(): void {
    const { stream } = this
    if (this.phase === 'gone' && stream === null) return
    this.phase = 'gone'
    this.pending = null
    this.stream = null
    stream?.closed()
    if (!this.socket.destroyed) this.socket.destroySoon()
  }

  /** Nothing has moved: a client that takes none of what waits for it. What it owes has other time-outs. */
  private stalled(): void {
    if (this.socket.writableLength > 0) this.drop()
  }
}

const nobody = { take: () => true, ended: ignore }

function tooLarge(): WaybillError {
  return new WaybillError('WB_FIELDS_TOO_LARGE', { reason: 'the field section' })
}

function malformed(reason: string): WaybillError {
  return new WaybillError('WB_BAD_REQUEST', { reason })
}

function ignore(): void {
  // the end of the connection says the rest
}
