// What every exchange of a gateway shares: its parts, and the counts and watches over what is in flight. Never per request.
import type { Clock } from '../core/clock.js'
import { LinkedList, type Place } from '../core/linked-list.js'
import type { Recorder } from '../core/recorder-port.js'
import type { HeadRedactor } from '../core/redaction.js'
import type { Signals } from '../core/signals.js'
import type { Forwarder } from './forwarder.js'
import type { PeerTrust } from './heads/forwarded.js'
import type { Service } from './route.js'
import type { Upstreams } from './route-upstream.js'
import type { GatewaySettings } from './settings.js'

/** What lasts long enough to be looked at now and then: bodies that stream, upgraded connections. */
export interface Watched {
  /** `now` in milliseconds of performance.now() */
  look(now: number): void
  /** Breaks it off: the gateway is closing. */
  cut(): void
}

export class InFlight {
  count = 0
  draining = false
  /** what is left is broken off */
  over = false
  private readonly watched = new LinkedList<Watched>()
  private readonly emptied: (() => void)[] = []

  enter(): void {
    this.count++
  }

  leave(): void {
    this.count--
    if (this.count === 0) for (const done of this.emptied.splice(0)) done()
  }

  /** Until it leaves its place. */
  watch(one: Watched): Place {
    return this.watched.add(one)
  }

  look(now: number): void {
    for (const one of this.watched.values()) one.look(now)
  }

  cut(): void {
    this.over = true
    for (const one of this.watched.values()) one.cut()
  }

  /** Calls back when nothing is in flight. */
  whenEmpty(done: () => void): void {
    if (this.count === 0) done()
    else this.emptied.push(done)
  }
}

export interface ExchangeContext {
  readonly recorder: Recorder
  readonly redactor: HeadRedactor
  readonly clock: Clock
  readonly signals: Signals
  readonly settings: GatewaySettings
  readonly trust: PeerTrust
  readonly inFlight: InFlight
  readonly upstreams: Upstreams
  forwarderOf(service: Service): Forwarder
}
