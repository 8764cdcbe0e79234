// The answer on its way to the client. Holds the last piece back until it is released (durable recording), joins head
// and small bodies into one write, and ends an answer that cannot be finished by breaking the connection, never cleanly.
// Knows nothing of records, routes or upstreams.
import type { ServerResponse } from 'node:http'
import type { RawFields } from '../core/exchange.js'
import { setHead } from './answer-head.js'
import { headText } from './information.js'

export interface AnswerHead {
  readonly status: number
  readonly reason: string
  readonly fields: string[]
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

export interface AnswerOwner {
  /** what a write that returned false had to wait for has been taken */
  writable(): void
}

export class Answer {
  /** body bytes taken for the client */
  bytes = 0
  /** the head has been written: nothing can be taken back */
  started = false
  ended = false
  private readonly response: ServerResponse
  private readonly owner: AnswerOwner
  private head: AnswerHead | null = null
  private hold = false
  private held: Buffer | null = null
  private timer: NodeJS.Timeout | null = null
  private draining = false

  constructor(response: ServerResponse, owner: AnswerOwner) {
    this.response = response
    this.owner = owner
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

  /** False: wait for `writable`. */
  write(chunk: Buffer): boolean {
    this.bytes += chunk.length
    const length = this.head?.length ?? -1
    if (length < 0) return this.writeUnknown(chunk)
    if (this.bytes < length) return this.put(chunk)
    this.held = chunk
    return true
  }

  /** Writes what need not wait: called once the upstream's bytes of this turn are through. */
  flush(): void {
    const { head, held, response } = this
    // without a body the head is the last piece
    if (this.ended || head === null || head.length === 0 || response.destroyed) return
    if (head.length > 0) {
      if (held === null && !this.started) this.start(head)
      else if (held !== null && !this.hold) this.putHeld()
    } else if (held === null) {
      if (!this.started) this.start(head)
    } else if (!this.hold) this.putHeld()
  }

  /** The last piece and the end. */
  end(trailers: RawFields = nothingMore): void {
    this.stopTimer()
    this.ended = true
    const { response, head } = this
    if (response.destroyed || head === null) return
    const last = this.held
    this.held = null
    if (!this.started && this.endWhole(head, last)) return
    if (!this.started) this.prefix(head, '')
    if (trailers.length > 0 && response.chunkedEncoding) response.addTrailers(pairsOf(trailers))
    if (last === null) response.end()
    else response.end(last)
  }

  /** Breaks the connection (with a reset, so that no client takes it for the end of the body). */
  abort(): void {
    this.stopTimer()
    this.ended = true
    this.held = null
    const { socket } = this.response
    if (socket === null) this.response.destroy()
    else if ('resetAndDestroy' in socket) socket.resetAndDestroy()
  }

  private writeUnknown(chunk: Buffer): boolean {
    const before = this.held
    this.held = chunk
    const taken = before === null || this.put(before)
    if (this.hold) this.startTimer()
    else if (before === null) process.nextTick(flushAnswer, this)
    return taken
  }

  private putHeld(): void {
    const chunk = this.held
    this.held = null
    if (chunk !== null) this.put(chunk)
  }

  private put(chunk: Buffer): boolean {
    const { response, head } = this
    if (response.destroyed || head === null) return true
    if (!this.started) this.prefix(head, '')
    if (response.write(chunk)) return true
    if (!this.draining) {
      this.draining = true
      response.on('drain', () => this.owner.writable())
    }
    return false
  }

  /** The usual case: all of a small answer is there before any of it has been written. */
  private endWhole(head: AnswerHead, body: Buffer | null): boolean {
    if (body === null ? head.length !== 0 : body.length !== head.length || body.length > joinedUpTo) return false
    const bodied = body !== null && this.response.req.method !== 'HEAD'
    this.prefix(head, bodied ? body.toString('latin1') : '')
    this.response.end()
    return true
  }

  /** The head alone, now. */
  private start(head: AnswerHead): void {
    this.prefix(head, '')
    this.response.write('', 'latin1')
  }

  /** Puts the head, and body text right behind it, before what is written next. */
  private prefix(head: AnswerHead, body: string): void {
    this.started = true
    const { response } = this
    const old = response.req.httpVersionMinor === 0
    const unknown = head.length < 0
    const last = !response.shouldKeepAlive || (old && unknown)
    const chunked = unknown && !old
    const lines = (last ? closing : keeping) + (chunked ? chunkedCoding : '')
    const text = headText(head.status, head.reason, head.fields, lines) + body
    setHead(response, { status: head.status, text, chunked, last })
  }

  private startTimer(): void {
    if (this.timer === null) this.timer = setTimeout(releaseHeld, heldFor, this)
    else this.timer.refresh()
  }

  private stopTimer(): void {
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
  }

  /** No end followed the held chunk in time: it was not the last piece after all, or its end is late. */
  release(): void {
    if (!this.ended) this.putHeld()
  }
}

function flushAnswer(answer: Answer): void {
  answer.flush()
}

function releaseHeld(answer: Answer): void {
  answer.release()
}

function pairsOf(fields: RawFields): [string, string][] {
  const pairs: [string, string][] = []
  for (let at = 0; at + 1 < fields.length; at += 2) pairs.push([fields[at] ?? '', fields[at + 1] ?? ''])
  return pairs
}
