// One request on a client's connection, and the way its answer takes back. Holds the request's body until somebody reads
// it, and lets its reader set the pace. Knows how bytes leave, never what they mean.
import type { Duplex } from 'node:stream'
import type { RawFields } from '../../core/exchange.js'
import type { Framing } from '../heads/framing.js'
import type { BodyReader, BytesSink } from './body-reader.js'
import type { ConnectionHop } from './connection-hop.js'
import { readerOf } from './readers.js'

/** Who answers: hears what becomes of the connection. */
export interface StreamOwner {
  /** The connection is gone before the answer was all handed over. */
  clientLeft(): void
  /** What a write that returned false had to wait for has been taken. */
  writable(): void
}

export interface StreamBody extends BytesSink {
  /** The client has sent all of it. */
  ended(trailers: RawFields): void
}

/** The connection that carries the stream. */
export interface StreamHost {
  readonly socket: Duplex
  readonly hop: ConnectionHop
  /** Reads on what the stream can take now. */
  pump(): void
  /** Breaks the connection (with a reset, so that no client takes it for the end of the body). */
  reset(): void
  /** Lets go of the socket: what has been read and not used is the first of what it gives. */
  detach(): Duplex
}

/** Bytes up to which a chunk is copied into the socket; longer ones are lent to it. */
const copiedUpTo = 12 * 1024

export class ClientStream {
  /** `1.0` or `1.1` */
  readonly version: string
  /** whether the connection stays after the answer; to be set before the answer's head is made */
  persistent = true
  owner: StreamOwner | null = null
  /** bytes of an answer have gone out */
  started = false
  /** the whole answer has been handed over */
  answered = false
  /** the connection is gone, or another's */
  gone = false
  /** a write returned false, and the owner's `writable` has not come yet */
  blocked = false
  private readonly host: StreamHost
  private reader: BodyReader | null = null
  private body: StreamBody | null = null
  private flowing = false
  private lent = 0
  private told = false

  constructor(host: StreamHost, version: string) {
    this.host = host
    this.version = version
  }

  get hop(): ConnectionHop {
    return this.host.hop
  }

  // the request's body

  /** Called once, before anything is read of the body. */
  frame(framing: Framing): void {
    if (framing.kind === 'chunked' || (framing.kind === 'length' && framing.length > 0)) this.reader = readerOf(framing)
  }

  get bodyDone(): boolean {
    return this.reader === null || this.reader.done
  }

  /** What makes the rest of the connection unreadable. */
  get fault(): string | undefined {
    return this.reader?.fault
  }

  readBody(body: StreamBody): void {
    this.body = body
    this.resumeBody()
  }

  pauseBody(): void {
    this.flowing = false
  }

  resumeBody(): void {
    this.flowing = true
    this.host.pump()
  }

  /** Whether bytes of the body have a taker now. */
  get reads(): boolean {
    return this.flowing && !this.bodyDone && this.fault === undefined
  }

  /** Called by the connection: gives on what it can of `bytes`, returns where it stopped. */
  give(bytes: Buffer, from: number): number {
    const { reader } = this
    if (reader === null) return from
    const to = reader.read(bytes, from, this)
    if (reader.done && !this.told) {
      this.told = true
      this.body?.ended(reader.trailers)
    }
    return to
  }

  take(bytes: Buffer): boolean {
    this.body?.take(bytes)
    return this.flowing
  }

  // the answer

  /** Writes latin1 text. False: wait for the owner's `writable`. */
  writeText(text: string): boolean {
    this.started = true
    if (this.gone) return true
    return this.notBlocked(this.host.socket.write(text, 'latin1'))
  }

  /** The bytes must stay as they are until `writable` where it returns false; else they are free again. */
  write(bytes: Buffer): boolean {
    if (bytes.length <= copiedUpTo) return this.writeText(bytes.toString('latin1'))
    this.started = true
    if (this.gone) return true
    const { socket } = this.host
    this.lent++
    socket.write(bytes, () => {
      this.lent--
      this.unblock()
    })
    return this.notBlocked(socket.writableLength === 0)
  }

  /** An interim answer: the answer proper has not started. */
  writeInterim(text: string): void {
    if (!this.gone) this.host.socket.write(text, 'latin1')
  }

  /** Whether all that was written has left, so that lent bytes are free; else `writable` will be called. */
  get free(): boolean {
    this.blocked = !this.gone && this.host.socket.writableLength > 0
    return !this.blocked
  }

  /** What is written between the two leaves together. */
  cork(): void {
    this.host.socket.cork()
  }

  uncork(): void {
    this.host.socket.uncork()
  }

  /** What tells the client that the answer is whole is the end of what it reads. */
  endWriting(): void {
    if (!this.gone) this.host.socket.end()
  }

  /** All of the answer has been written. */
  end(): void {
    if (this.answered) return
    this.answered = true
    this.owner = null
    this.host.pump()
  }

  abort(): void {
    this.owner = null
    if (!this.gone) this.host.reset()
  }

  /** The bare connection, for another protocol. */
  takeOver(): Duplex {
    this.gone = true
    this.owner = null
    return this.host.detach()
  }

  // what the connection says

  /** The connection's buffer is empty. */
  drained(): void {
    this.unblock()
  }

  closed(): void {
    if (this.gone) return
    this.gone = true
    const { owner } = this
    this.owner = null
    if (!this.answered) owner?.clientLeft()
  }

  private notBlocked(taken: boolean): boolean {
    if (!taken) this.blocked = true
    return taken
  }

  private unblock(): void {
    if (!this.blocked || this.lent > 0 || this.host.socket.writableLength > 0) return
    this.blocked = false
    this.owner?.writable()
  }
}
