// Relays an upgraded connection (WebSocket and others): bytes pass raw both ways with backpressure, counted, never
// parsed or kept. Each direction ends by itself; when one side breaks, so does the other.
import type { Duplex } from 'node:stream'
import type { WaybillError } from '../core/errors.js'
import { fieldOf, type Outcome } from '../core/exchange.js'
import type { Place } from '../core/linked-list.js'
import type { ExchangeContext, Watched } from './exchange-context.js'
import type { ExchangeRequest } from './exchange-request.js'
import type { SwitchedHead } from './forwarder.js'
import { clientResponseFields } from './heads/response-fields.js'
import { headText } from './information.js'
import { rawProblem } from './problem-answer.js'
import { unheard, type Recording } from './recording.js'

export interface UpgradeParts {
  readonly parts: ExchangeRequest
  readonly context: ExchangeContext
  readonly recording: Recording | null
  readonly upstream: Duplex
  /** bytes that the client had sent before the switch */
  readonly bodyBytes: number
}

export class UpgradeRelay implements Watched {
  private readonly given: UpgradeParts
  private readonly client: Duplex
  private readonly finished: (outcome: Outcome) => void
  private fromClient = 0
  private fromUpstream = 0
  private notedAt = performance.now()
  private left = 0
  private leftAt = this.notedAt
  private outcome: Outcome = 'complete'
  private relaying = false
  private closed = 0
  /** the side that still gets what the other, which broke, had sent to its end */
  private rest: Duplex | null = null
  private over = false
  private watching: Place | null = null

  constructor(given: UpgradeParts, finished: (outcome: Outcome) => void) {
    this.given = given
    this.finished = finished
    this.client = given.parts.stream.takeOver()
  }

  /** Answers the client once the opening record (where one is due) is on disk, then relays. */
  open(head: SwitchedHead): void {
    const { recording, upstream } = this.given
    this.attend(this.client, upstream, 'client-aborted')
    this.attend(upstream, this.client, 'upstream-aborted')
    recording?.answered(head.view)
    if (recording?.opensBeforeHead(true) === true) {
      recording.note(this.progress('open'), (failure) => {
        if (failure === undefined) this.relay(head)
        else this.refuse(failure)
      })
    } else this.relay(head)
  }

  look(now: number): void {
    if (this.over) return
    const { settings } = this.given.context
    if (now - this.notedAt >= settings.progress) {
      this.notedAt = now
      this.given.recording?.note(this.progress('open'), unheard)
    }
    this.lookAtRest(now)
  }

  cut(): void {
    this.end('failed', 'WB_DRAINING')
  }

  /** One side has ended: the other may take its time, but not stand still for ever (a peer that is gone says no more than that). */
  private lookAtRest(now: number): void {
    const { client, given, fromClient, fromUpstream } = this
    const { upstream, parts } = given
    const left = fromClient + fromUpstream - client.writableLength - upstream.writableLength
    if (this.rest?.writableFinished === true) this.end(this.outcome)
    else if (left !== this.left || !(client.readableEnded || upstream.readableEnded)) {
      this.left = left
      this.leftAt = now
    } else if (now - this.leftAt > parts.route.service.timeouts.idle) this.end('failed')
  }

  private relay({ view, reason }: SwitchedHead): void {
    if (this.over) return
    const { context, parts, recording, upstream } = this.given
    const { upgrade } = parts.head
    if (upgrade.kind !== 'relayed') {
      this.end('failed')
      return
    }
    const fields = clientResponseFields(view, {
      pseudonym: context.settings.name,
      exchange: recording?.id,
      trailers: false,
      locations: undefined,
    })
    fields.push('Connection', 'Upgrade', 'Upgrade', fieldOf(view.fields, 'upgrade') ?? upgrade.protocol)
    const { client } = this
    client.write(headText(view.status, reason, fields), 'latin1')
    client.on('data', (chunk: Buffer) => {
      this.fromClient += chunk.length
    })
    upstream.on('data', (chunk: Buffer) => {
      this.fromUpstream += chunk.length
    })
    this.relaying = true
    client.pipe(upstream)
    upstream.pipe(client)
    this.watching = context.inFlight.watch(this)
  }

  private refuse(failure: WaybillError): void {
    if (this.over) return
    this.over = true
    const { recording, upstream } = this.given
    recording?.abandon('record-failed')
    upstream.destroy()
    this.client.end(rawProblem(failure), () => this.client.destroy())
    this.finished('failed')
  }

  private attend(side: Duplex, other: Duplex, broken: Outcome): void {
    // else its end of writing would follow its end of reading by itself
    side.allowHalfOpen = true
    side.on('error', () => undefined)
    side.on('close', () => {
      this.closed++
      if (!side.readableEnded || !this.relaying) this.end(broken)
      else if (!side.writableFinished) {
        // it takes no more, but has said all it had to say: that still leaves, and what comes for it is dropped
        this.outcome = broken
        this.rest = other
        other.end()
        other.resume()
      }
      if (this.closed === 2) this.end(this.outcome)
    })
  }

  private end(outcome: Outcome, error: string | null = null): void {
    if (this.over) return
    this.over = true
    const { recording, upstream } = this.given
    this.watching?.leave()
    this.client.destroy()
    upstream.destroy()
    recording?.close(this.progress(outcome, error), unheard)
    this.finished(outcome)
  }

  private progress(outcome: Outcome, error: string | null = null) {
    const requestBytes = this.given.bodyBytes + this.fromClient
    return { outcome, error, requestBytes, requestWhole: true, responseBytes: this.fromUpstream }
  }
}
