// Relays an upgraded connection (WebSocket and others): bytes pass raw both ways with backpressure, counted, never
// parsed or kept. When one side ends or breaks, so does the other.
import type { Duplex } from 'node:stream'
import type { WaybillError } from '../core/errors.js'
import type { Outcome } from '../core/exchange.js'
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
}

export class UpgradeRelay implements Watched {
  private readonly given: UpgradeParts
  private readonly client: Duplex
  private readonly finished: (outcome: Outcome) => void
  private fromClient = 0
  private fromUpstream = 0
  private notedAt = performance.now()
  private over = false

  constructor(given: UpgradeParts, finished: (outcome: Outcome) => void) {
    this.given = given
    this.finished = finished
    this.client = given.parts.stream.takeOver()
  }

  /** Answers the client once the opening record (where one is due) is on disk, then relays. */
  open(head: SwitchedHead): void {
    const { recording, upstream } = this.given
    upstream.on('error', () => this.end('upstream-aborted'))
    this.client.on('error', () => this.end('client-aborted'))
    this.client.on('close', () => this.end('client-aborted'))
    recording?.answered(head.view.status, head.view.fields)
    if (recording?.opensBeforeHead(true) === true) {
      recording.note(this.progress('open'), (failure) => {
        if (failure === undefined) this.relay(head)
        else this.refuse(failure)
      })
    } else this.relay(head)
  }

  look(now: number): void {
    if (now - this.notedAt < this.given.context.settings.progress) return
    this.notedAt = now
    this.given.recording?.note(this.progress('open'), unheard)
  }

  cut(): void {
    this.end('failed')
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
    fields.push('Connection', 'Upgrade', 'Upgrade', upgrade.protocol)
    const { client } = this
    client.write(headText(view.status, reason, fields), 'latin1')
    client.on('data', (chunk: Buffer) => {
      this.fromClient += chunk.length
    })
    upstream.on('data', (chunk: Buffer) => {
      this.fromUpstream += chunk.length
    })
    client.on('end', () => this.end('complete'))
    upstream.on('end', () => this.end('complete'))
    client.pipe(upstream)
    upstream.pipe(client)
    context.inFlight.watch(this)
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

  private end(outcome: Outcome): void {
    if (this.over) return
    this.over = true
    const { context, recording, upstream } = this.given
    context.inFlight.unwatch(this)
    for (const side of [this.client, upstream]) {
      // what has been written still leaves; a peer that never reads it is cut off by the end of the gateway at the latest
      if (outcome === 'complete') side.end(() => side.destroy())
      else side.destroy()
    }
    recording?.close(this.progress(outcome), unheard)
    this.finished(outcome)
  }

  private progress(outcome: Outcome) {
    return { outcome, error: null, requestBytes: this.fromClient, responseBytes: this.fromUpstream }
  }
}
