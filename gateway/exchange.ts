// One exchange, from its accepted head to its end: intent, body upstream, answer back, record. An object with states, no promises on
// the way. Its parts do the work (Answer, a Forwarder, Recording); this file says what follows what.
import type { Duplex } from 'node:stream'
import { WaybillError } from '../core/errors.js'
import type { Outcome, RawFields } from '../core/exchange.js'
import type { Place } from '../core/linked-list.js'
import { Answer } from './answer.js'
import { answerHeadOf } from './answer-head.js'
import type { ExchangeContext } from './exchange-context.js'
import type { Progress } from './exchange-record.js'
import type { ExchangeRequest } from './exchange-request.js'
import { ExchangeWatch, type SlowExchange } from './exchange-watch.js'
import type { ForwardCall, ForwardFailure, ForwardHandler, SwitchedHead } from './forwarder.js'
import type { ResponseHeadView } from './heads/response-head.js'
import { keptTrailers } from './heads/trailers.js'
import type { StreamOwner } from './http1/client-stream.js'
import { writeInformation } from './information.js'
import { problemAnswer } from './problem-answer.js'
import { Recording, unheard } from './recording.js'
import { RequestBody } from './request-body.js'
import { errorOf } from './upstream-failure.js'
import { UpgradeRelay } from './upgrade-relay.js'
import { upstreamRequestOf } from './upstream-request.js'

/** `sending`: the answer is whole, the request is not */
type State = 'admitted' | 'forwarded' | 'answering' | 'sending' | 'closing' | 'done'

export class Exchange implements ForwardHandler, SlowExchange, StreamOwner {
  readonly parts: ExchangeRequest
  readonly context: ExchangeContext
  private readonly recording: Recording | null
  private readonly answer: Answer
  private readonly startedAt = performance.now()
  private state: State = 'admitted'
  private body: RequestBody | null = null
  private call: ForwardCall | null = null
  private trailers: RawFields = []
  private status = 0
  private outcome: Outcome = 'complete'
  /** the opening record has to be on disk before the head goes out */
  private opening = false
  private watching: Place | null = null

  constructor(parts: ExchangeRequest, context: ExchangeContext) {
    this.parts = parts
    this.context = context
    this.recording = parts.route.mode === 'off' ? null : new Recording(parts, context)
    this.answer = new Answer(parts.stream)
  }

  start(): void {
    this.context.inFlight.enter()
    this.parts.stream.owner = this
    if (this.recording === null) this.open()
    else this.recording.open((failure) => this.mayForward(failure))
  }

  private mayForward(failure?: WaybillError): void {
    if (this.state !== 'admitted') return
    if (failure === undefined) this.open()
    else this.refuse(failure, 'refused')
  }

  private open(): void {
    const { head, stream, expectsContinue } = this.parts
    const { framing } = head
    const length = framing.kind === 'length' ? framing.length : -1
    if (framing.kind === 'none' || length === 0) {
      this.forward(null)
      return
    }
    if (expectsContinue) stream.writeInterim('HTTP/1.1 100 Continue\r\n\r\n')
    const body = new RequestBody(stream, this.recording?.requestTap ?? null)
    this.body = body
    body.begin(length, (first) => {
      if (this.state !== 'admitted') return
      if (body.bytes === length) this.forward(first)
      else {
        this.watch()
        this.forward(body)
      }
    })
    if (!body.complete) this.watch()
  }

  private forward(body: Buffer | RequestBody | null): void {
    const { traceId, forward } = upstreamRequestOf(this.parts, body, this.context)
    if (this.recording !== null) this.recording.traceId = traceId
    this.state = 'forwarded'
    this.call = this.context.forwarderOf(this.parts.route.service).dispatch(forward, this)
  }

  // what comes back

  onInformation(status: number, fields: RawFields): void {
    writeInformation({ status, fields }, this.parts, this.context)
  }

  onHead(view: ResponseHeadView, reason: string): boolean {
    const { recording } = this
    this.state = 'answering'
    this.status = view.status
    const head = answerHeadOf({ view, reason }, recording?.id, this)
    this.answer.prepare(head, recording?.holdsLastPiece(view.fields) ?? false)
    if (head.length < 0) this.watch()
    if (recording === null) return true
    recording.answered(view)
    if (!recording.opensBeforeHead(false)) return true
    this.opening = true
    recording.note(this.progress('open', null), (failure) => this.opened(failure))
    return false
  }

  onChunk(chunk: Buffer): boolean {
    this.recording?.responseTap?.copy(chunk)
    return this.answer.write(chunk)
  }

  onIdle(): void {
    if (!this.opening) this.answer.flush()
  }

  writable(): void {
    this.call?.resume()
  }

  onEnd(trailers: RawFields, sent: boolean): void {
    this.answer.cameToEnd()
    if (trailers.length > 0) this.trailers = keptTrailers(trailers)
    if (sent) {
      this.close('complete', null)
      return
    }
    // a client may wait for the end of the answer before it sends on: it waits for no more than an opening record
    this.state = 'sending'
    if (this.recording === null) this.answer.complete(this.trailers)
    else this.recording.outlast(this.progress('open', null), (failure) => this.outlasted(failure))
  }

  onSent(whole: boolean): void {
    if (!whole) this.body?.stop()
    this.close('complete', null)
  }

  onFailure(failure: ForwardFailure): void {
    const { service } = this.parts.route
    if (this.context.inFlight.over) this.cut()
    else this.context.signals.upstreamFailed.publish({ service: service.name, code: failure.code })
    if (this.state === 'answering') this.breakOff('upstream-aborted', failure.code)
    else if (this.state === 'forwarded') this.refuse(errorOf(failure, service), 'failed')
  }

  onUpgrade(head: SwitchedHead, upstream: Duplex): void {
    const { parts, context, recording } = this
    this.state = 'closing'
    this.status = head.view.status
    const bodyBytes = this.body?.bytes ?? 0
    const relay = new UpgradeRelay({ parts, context, recording, upstream, bodyBytes }, (outcome) => this.done(outcome))
    relay.open(head)
  }

  // how it ends

  private close(outcome: Outcome, error: string | null): void {
    this.state = 'closing'
    this.outcome = outcome
    const { recording } = this
    if (recording === null) this.closed()
    else recording.close(this.progress(outcome, error), (failure) => this.closed(failure))
  }

  private opened(failure?: WaybillError): void {
    if (this.state !== 'answering') return
    if (failure === undefined) {
      this.opening = false
      // what is there already may be the whole answer: then its head waits with it
      this.call?.resume()
    } else this.unrecorded(failure)
  }

  private outlasted(failure?: WaybillError): void {
    if (this.state !== 'sending') return
    if (failure === undefined) this.answer.complete(this.trailers)
    else this.unrecorded(failure)
  }

  private unrecorded(failure: WaybillError): void {
    this.call?.abort()
    this.recording?.abandon('record-failed')
    this.closed(failure)
  }

  /** The closing record is where it has to be, or can't be. */
  private closed(failure?: WaybillError): void {
    if (this.state === 'done') return
    if (failure !== undefined) {
      this.outcome = 'failed'
      if (this.answer.begun) {
        this.answer.abort()
        this.done('failed')
        return
      }
      this.problem(failure)
    }
    this.answer.end(this.trailers)
    this.done(this.outcome)
  }

  /** Answers with a problem; only while nothing of another answer has gone out. */
  private refuse(error: WaybillError, outcome: Outcome): void {
    const problem = this.problem(error)
    this.recording?.answered({ status: error.status, fields: problem })
    this.close(outcome, error.code)
  }

  private problem(error: WaybillError): string[] {
    const { parts, context, recording } = this
    const { status, reason, fields, body } = problemAnswer(error, {
      method: parts.head.method,
      retryAfter: context.settings.retryAfter,
      exchange: recording?.id,
    })
    this.trailers = []
    this.status = status
    // who was told nothing may send its body or the next request: they cannot be told apart
    const untold = parts.expectsContinue && this.body === null
    if (untold || error.code === 'WB_REQUEST_TIMEOUT') parts.stream.persistent = false
    this.answer.replace({ status, reason, fields, length: body.length }, body)
    return fields
  }

  clientLeft(): void {
    if (this.context.inFlight.over) this.cut()
    else if (this.state === 'closing') {
      this.answer.abort()
      this.done('client-aborted')
    } else this.leave('client-aborted', null)
  }

  private leave(outcome: Outcome, error: string | null): void {
    if (this.state === 'done') return
    this.call?.abort()
    this.breakOff(outcome, error)
  }

  /** Ends what cannot be finished: what has come of the answer goes out, as no piece of it is the last. */
  private breakOff(outcome: Outcome, error: string | null): void {
    this.answer.release()
    this.answer.abort()
    this.done(outcome)
    this.recording?.close(this.progress(outcome, error), unheard)
  }

  private done(outcome: Outcome): void {
    this.state = 'done'
    const { context, body, parts } = this
    this.watching?.leave()
    if (body?.complete === false) body.stop()
    context.signals.exchangeFinished.publish({
      route: parts.route.name,
      status: this.status,
      outcome,
      seconds: (performance.now() - this.startedAt) / 1000,
    })
    context.inFlight.leave()
  }

  get phase(): SlowExchange['phase'] {
    if (this.state === 'answering') return 'streaming'
    return this.state === 'closing' || this.state === 'done' ? 'other' : 'receiving'
  }

  noteProgress(): void {
    this.recording?.note(this.progress('open', null), unheard)
  }

  tooSlow(): void {
    this.call?.abort()
    if (this.state === 'sending') this.close('client-aborted', null)
    else this.refuse(new WaybillError('WB_REQUEST_TIMEOUT'), 'failed')
  }

  cut(): void {
    // its record is being written already
    if (this.state === 'closing') this.answer.abort()
    // what is not under way to its service has no effect there
    else this.leave(this.state === 'admitted' ? 'refused' : 'failed', 'WB_DRAINING')
  }

  private watch(): void {
    const { inFlight, settings } = this.context
    this.watching ??= inFlight.watch(new ExchangeWatch(this, this.body, settings))
  }

  private progress(outcome: Outcome, error: string | null): Progress {
    const { body, answer } = this
    const requestWhole = body === null || body.complete
    return { outcome, error, requestBytes: body?.bytes ?? 0, requestWhole, responseBytes: answer.bytes }
  }
}
