// What one exchange tells the recorder, and when, by its route's recording mode. Knows no sockets: the exchange asks it
// whether its answer has to wait. Never throws, never keeps a secret past the redaction of heads.
import { needsOf } from '../core/body-needs.js'
import type { WaybillError } from '../core/errors.js'
import { fieldOf, type BodyCapture, type ExchangeRecord, type Intent, type RawFields } from '../core/exchange.js'
import { newExchangeId, type ExchangeId, type Micros } from '../core/ids.js'
import type { BodySide, Done } from '../core/recorder-port.js'
import type { ExchangeContext } from './exchange-context.js'
import { RecordMaker, type AnsweredHead, type Progress, type RecordBasis } from './exchange-record.js'
import type { ExchangeRequest } from './exchange-request.js'
import { Tap, type ChunkSink } from './tap.js'

const noBody: BodyCapture = { bytes: new Uint8Array(0), total: 0, truncated: false }

export class Recording implements ChunkSink, RecordBasis {
  readonly id: ExchangeId
  /** the end of the answer waits until the closing record is on disk */
  private readonly holds: boolean
  readonly requestTap: Tap
  /** from the answer's head on */
  responseTap: Tap | null = null
  traceId: string | null = null
  private readonly parts: ExchangeRequest
  private readonly context: ExchangeContext
  readonly startedAt: Micros
  private intent: Intent | null = null
  private waitingForIntent = false
  private afterIntent: (() => void) | null = null
  headAt: Micros | null = null
  head: AnsweredHead | null = null
  private maker: RecordMaker | null = null
  private opened = false
  private ended = false

  constructor(parts: ExchangeRequest, context: ExchangeContext) {
    const { route, head } = parts
    const { tap, mode } = route
    this.parts = parts
    this.context = context
    this.holds = mode === 'durable' || mode === 'required'
    this.startedAt = context.clock.now()
    this.id = newExchangeId(Math.floor(this.startedAt / 1_000_000))
    const needs = needsOf(tap.request, { method: head.method, target: head.query, fields: head.fields })
    this.requestTap = new Tap(needs, 'request', this)
  }

  /** Writes the intent, then calls back; with a failure the request must not be forwarded. */
  open(forward: Done): void {
    const { route, head } = this.parts
    if (route.mode === 'shadow') {
      forward()
      return
    }
    this.intent = { id: this.id, route: route.name, method: head.method, time: this.startedAt, mode: route.mode }
    this.waitingForIntent = true
    this.context.recorder.open(this.intent, (failure) => {
      this.waitingForIntent = false
      // nothing was promised and nothing is sent: there is nothing to record
      if (failure !== undefined) this.ended = true
      forward(failure)
      this.afterIntent?.()
    })
  }

  chunk(side: BodySide, bytes: Uint8Array): void {
    this.context.recorder.chunk(this.id, side, bytes)
  }

  /** The head of the answer, as received or as the gateway makes it. */
  answered(answer: AnsweredHead): void {
    this.head = answer
    this.headAt = this.context.clock.now()
    const { route, head } = this.parts
    const needs = needsOf(route.tap.response, { method: head.method, target: head.query, fields: answer.fields })
    this.responseTap = new Tap(needs, 'response', this)
  }

  /**
   * Whether the answer's last piece waits for its end, and so for the closing record. Not that of an event stream, which is
   * recorded before its head: an event is wanted at once, so that only the end of the stream waits.
   */
  holdsLastPiece(fields: RawFields): boolean {
    return this.holds && !isEventStream(fields)
  }

  /** Whether an opening record has to be on disk before the answer's head goes out. */
  opensBeforeHead(upgrade: boolean): boolean {
    const { mode } = this.parts.route
    if (mode === 'required') return true
    if (mode === 'shadow' || mode === 'off') return false
    return upgrade || isEventStream(this.head?.fields ?? [])
  }

  /** An opening record, or a progress record after it. */
  note(progress: Progress, done: Done): void {
    if (this.ended || this.parts.route.mode === 'shadow') return
    const phase = this.opened ? 'progress' : 'opening'
    this.opened = true
    this.context.recorder.record(this.record(phase, progress), done)
  }

  /** The answer is whole and the request goes on: `done` when the answer may end, a record standing for what follows. */
  outlast(progress: Progress, done: Done): void {
    this.note(progress, this.holds ? done : unheard)
    if (!this.holds) done()
  }

  /** The closing record with the captures. Only the first call counts. */
  close(progress: Progress, done: Done): void {
    if (this.ended) {
      done()
      return
    }
    if (this.waitingForIntent) {
      this.afterIntent = () => this.close(progress, done)
      return
    }
    this.ended = true
    const { requestTap, responseTap } = this
    const capture = {
      request: requestTap.capture(!progress.requestWhole),
      // nothing passes of answers that the gateway gives itself
      response: responseTap?.capture(progress.outcome !== 'complete' && responseTap.total > 0) ?? noBody,
    }
    this.context.recorder.close(this.record('closing', progress), capture, done)
  }

  /** No record will come. */
  abandon(reason: string): void {
    if (this.ended) return
    this.ended = true
    if (this.intent !== null) this.context.recorder.abandon(this.intent, reason)
  }

  private record(phase: ExchangeRecord['phase'], progress: Progress): ExchangeRecord {
    this.maker ??= new RecordMaker(this.parts, this, this.context)
    return this.maker.make(phase, progress)
  }
}

function isEventStream(fields: RawFields): boolean {
  return /^text\/event-stream\s*(?:;|$)/i.test(fieldOf(fields, 'content-type') ?? '')
}

/** For records that nobody waits for: the recorder leaves the gap itself where one fails. */
export function unheard(_failure?: WaybillError): void {
  // nothing can be done here any more
}
