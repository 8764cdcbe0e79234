// The data plane as one thing: listeners in front, forwarders behind, drained as a whole. The room's way in.
import type { Clock } from '../core/clock.js'
import type { Recorder } from '../core/recorder-port.js'
import type { HeadRedactor } from '../core/redaction.js'
import type { Signals } from '../core/signals.js'
import { InFlight, type ExchangeContext } from './exchange-context.js'
import type { Forwarder } from './forwarder.js'
import { createPeerTrust } from './heads/forwarded.js'
import { createUpstreamPool } from './http1/upstream-pool.js'
import { createListener } from './listener.js'
import type { Route, Service } from './route.js'
import { Upstreams } from './route-upstream.js'
import { createRouter } from './router.js'
import type { GatewaySettings, ListenerOptions } from './settings.js'

export interface GatewayParts {
  readonly routes: readonly Route[]
  readonly listeners: readonly ListenerOptions[]
  readonly recorder: Recorder
  readonly redactor: HeadRedactor
  readonly clock: Clock
  readonly signals: Signals
  readonly settings: GatewaySettings
}

export interface Gateway {
  /** Resolves when all listeners accept; rejects with the first one's error, none left open. */
  listen(): Promise<readonly { name: string; port: number; host: string }[]>
  /**
   * Accepts nothing new, lets exchanges in flight finish for at most `limitMs`, then waits for their records. Resolves
   * always; what was cut off is recorded as such.
   */
  drain(limitMs: number): Promise<void>
  /** Ends everything at once. */
  close(): Promise<void>
}

/** How often streams are looked at, in milliseconds. */
const lookInterval = 500

export function createGateway(parts: GatewayParts): Gateway {
  const inFlight = new InFlight()
  const forwarders = createForwarders()
  const { recorder, redactor, clock, signals, settings } = parts
  const trust = settings.trustedPeers.length === 0 ? trustNobody : createPeerTrust(settings.trustedPeers)
  const context: ExchangeContext = {
    ...{ recorder, redactor, clock, signals, settings, trust, inFlight },
    upstreams: new Upstreams(),
    forwarderOf: forwarders.of,
  }
  const router = createRouter(parts.routes)
  const listeners = parts.listeners.map((options) => createListener(options, router, context))
  const looking = setInterval(() => inFlight.look(performance.now()), lookInterval)
  looking.unref()
  const close = async () => {
    clearInterval(looking)
    const stopped = listeners.map((listener) => listener.stop())
    inFlight.cut()
    for (const listener of listeners) listener.cut()
    await Promise.all([...stopped, forwarders.close()])
  }
  return {
    listen: async () => {
      const opened = await Promise.allSettled(listeners.map((listener) => listener.listen()))
      const failed = opened.find((one) => one.status === 'rejected')
      if (failed === undefined) return opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
      await close()
      throw failed.reason
    },
    drain: async (limitMs) => {
      const started = performance.now()
      const exchanges = inFlight.count
      inFlight.draining = true
      const stopped = Promise.all(listeners.map((listener) => listener.stop()))
      await within(limitMs, Promise.all([stopped, new Promise<void>((done) => inFlight.whenEmpty(done))]))
      await close()
      await recorder.drain(limitMs)
      signals.drained.publish({ exchanges, seconds: Math.round(performance.now() - started) / 1000 })
    },
    close,
  }
}

/** Asked for every request: without trusted peers there is nothing to look up. */
function trustNobody(): boolean {
  return false
}

function createForwarders() {
  const made = new Map<string, Forwarder>()
  return {
    of: (service: Service): Forwarder => {
      let forwarder = made.get(service.name)
      if (forwarder === undefined) {
        forwarder = createUpstreamPool(service)
        made.set(service.name, forwarder)
      }
      return forwarder
    },
    close: async () => {
      await Promise.all([...made.values()].map((forwarder) => forwarder.close()))
    },
  }
}

async function within(limitMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs)
  })
  await Promise.race([work, limit])
  clearTimeout(timer)
}
