// Looks now and then at an exchange whose bodies take their time: is the client still sending what is awaited, is a
// progress record due. Only exchanges that stream are watched; it never touches their bytes.
import type { Watched } from './exchange-context.js'
import type { RequestBody } from './request-body.js'
import type { GatewaySettings } from './settings.js'

export interface SlowExchange {
  readonly phase: 'receiving' | 'streaming' | 'other'
  /** milliseconds of performance.now() */
  noteProgress(): void
  tooSlow(): void
  cut(): void
}

export class ExchangeWatch implements Watched {
  private readonly exchange: SlowExchange
  private readonly body: RequestBody | null
  private readonly settings: GatewaySettings
  private bytes = 0
  private since = performance.now()
  private noted = performance.now()

  constructor(exchange: SlowExchange, body: RequestBody | null, settings: GatewaySettings) {
    this.exchange = exchange
    this.body = body
    this.settings = settings
  }

  look(now: number): void {
    const { phase } = this.exchange
    if (phase === 'receiving') this.lookAtBody(now)
    if (phase === 'streaming' && now - this.noted >= this.settings.progress) {
      this.noted = now
      this.exchange.noteProgress()
    }
  }

  cut(): void {
    this.exchange.cut()
  }

  private lookAtBody(now: number): void {
    const { body } = this
    if (body === null || body.complete || !body.awaited || body.bytes !== this.bytes) {
      this.since = now
      this.bytes = body?.bytes ?? 0
    } else if (now - this.since > this.settings.timeouts.bodyIdle) this.exchange.tooSlow()
    else if (body.bytes === 0) body.waitNoLonger()
  }
}
