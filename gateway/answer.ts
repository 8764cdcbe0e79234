// The answer on its way to the client. Holds the last piece back until it is released (durable recording), joins head
// and small bodies into one write, and ends an answer that cannot be finished by breaking the connection, never cleanly.
// Knows nothing of records, routes or upstreams.
import type { ServerResponse } from 'node:http'
import type { RawFields } from '../core/exchange.js'

export interface AnswerHead {
  readonly status: number
  readonly reason: string
  readonly fields: string[]
  /** bytes of the body; -1 where only its end will tell */
  readonly length: number
}

/** How long a chunk of a body of unknown length waits for the end that may follow it, in milliseconds. */
const heldFor = 10
const nothingMore: RawFields = []

export class Answer {
  /** body bytes taken for the client */
  bytes = 0
  /** the head has been written: nothing can be taken back */
  started = false
  ended = false
  private readonly response: ServerResponse
  private readonly writable: () => void
  private head: AnswerHead | null = null
  private hold = false
  private held: Buffer | null = null
  private timer: NodeJS.Timeout | null = null
  private draining = false

  /** `writable` is called when a write that returned false has been taken. */
  constructor(response: ServerResponse, writable: () => void) {
    this.response = response
    this.writable = writable
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
    const head = this.head
    if (this.ended || head === null || this.response.destroyed) return
    // without a body the head is the last piece
    if (!this.started && !(this.hold && head.length === 0)) {
      if (this.hold && this.held !== null && this.bytes === head.length) return
      this.start(head)
      if (this.held === null) this.response.flushHeaders()
    }
    if (this.hold || this.held === null || head.length >= 0) return
    const chunk = this.held
    this.held = null
    this.put(chunk)
  }

  /** The last piece and the end. */
  end(trailers: RawFields = nothingMore): void {
    this.stopTimer()
    this.ended = true
    const { response, head } = this
    if (response.destroyed || head === null) return
    if (!this.started) this.start(head)
    if (trailers.length > 0 && response.chunkedEncoding) response.addTrailers(pairsOf(trailers))
    if (this.held === null) response.end()
    else response.end(this.held)
    this.held = null
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

  private put(chunk: Buffer): boolean {
    const { response, head } = this
    if (response.destroyed || head === null) return true
    if (!this.started) this.start(head)
    if (response.write(chunk)) return true
    if (!this.draining) {
      this.draining = true
      response.on('drain', this.writable)
    }
    return false
  }

  private start(head: AnswerHead): void {
    this.started = true
    if (!this.response.destroyed) this.response.writeHead(head.status, head.reason, head.fields)
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
    const chunk = this.held
    if (chunk === null || this.ended) return
    this.held = null
    this.put(chunk)
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
