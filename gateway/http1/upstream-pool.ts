// Forwards over a pool of kept connections to one service: the last used is used first, requests beyond the limit wait their
// turn as long as a connection may take to stand, and what takes longer than the service's time-outs is ended.
import { LinkedList, type Place } from '../../core/linked-list.js'
import type { ForwardCall, Forwarder, ForwardFailure, ForwardHandler, ForwardRequest } from '../forwarder.js'
import type { Service } from '../route.js'
import { UpstreamConnection, type ConnectionOwner, type UpstreamUse } from './upstream-connection.js'

/** milliseconds; shorter than what common servers keep idle connections open, so that they rarely close under a request */
const keptIdle = 4_000
/** how much earlier than a service says an idle connection is given up, in milliseconds */
const margin = 1_000
/** how often connections are looked at, in milliseconds */
const lookInterval = 100

export function createUpstreamPool(service: Service): Forwarder {
  const pool = new UpstreamPool(service)
  return { dispatch: (request, handler) => pool.dispatch(request, handler), close: () => pool.close() }
}

class UpstreamPool implements ConnectionOwner {
  private readonly service: Service
  private readonly connections = new Set<UpstreamConnection>()
  private readonly idle: UpstreamConnection[] = []
  private readonly waiting = new LinkedList<UpstreamCall>()
  private readonly looking: NodeJS.Timeout
  private closed = false

  constructor(service: Service) {
    this.service = service
    this.looking = setInterval(() => this.look(performance.now()), lookInterval)
    this.looking.unref()
  }

  dispatch(request: ForwardRequest, handler: ForwardHandler): ForwardCall {
    const call = new UpstreamCall(request, handler)
    // a switch of protocols takes its connection along
    const idle = request.upgrade === null ? this.idle.pop() : undefined
    if (idle !== undefined) call.over(idle)
    else if (this.makeRoom()) call.over(this.connect(request))
    else call.wait(this.waiting)
    return call
  }

  free(connection: UpstreamConnection): void {
    const next = this.waiting.shift()
    connection.since = 0
    if (next === undefined) this.idle.push(connection)
    else if (next.request.upgrade === null) next.over(connection)
    else {
      connection.destroy()
      next.over(this.connect(next.request))
    }
  }

  gone(connection: UpstreamConnection): void {
    this.connections.delete(connection)
    const at = this.idle.indexOf(connection)
    if (at >= 0) this.idle.splice(at, 1)
    if (this.closed || this.connections.size >= this.service.connections) return
    const next = this.waiting.shift()
    if (next !== undefined) next.over(this.connect(next.request))
  }

  close(): Promise<void> {
    this.closed = true
    clearInterval(this.looking)
    for (const connection of [...this.connections])
      connection.fail({ code: 'WB_UPSTREAM_RESET', reason: 'the gateway closes' })
    this.refuse(() => true, { code: 'WB_DRAINING', reason: 'the gateway closes' })
    return Promise.resolve()
  }

  /** Whether one more may be made: what has stood idle the longest gives way, as it can't serve who asks. */
  private makeRoom(): boolean {
    const { connections } = this.service
    if (this.connections.size >= connections) this.idle[0]?.destroy()
    return this.connections.size < connections
  }

  private connect({ upgrade }: ForwardRequest): UpstreamConnection {
    const connection = new UpstreamConnection(this.service, this, upgrade !== null)
    this.connections.add(connection)
    return connection
  }

  /** Those that wait and are to wait no longer, in the order in which they came: nothing of them has been sent. */
  private refuse(tooLong: (call: UpstreamCall) => boolean, failure: ForwardFailure): void {
    for (let call = this.waiting.oldest(); call !== undefined && tooLong(call); call = this.waiting.oldest()) {
      this.waiting.shift()
      call.handler.onFailure(failure)
    }
  }

  private look(now: number): void {
    const { timeouts, name } = this.service
    const reason = `no connection to service ${name} was free within ${timeouts.connect} ms (services.${name}.connections)`
    this.refuse((call) => now - call.since > timeouts.connect, { code: 'WB_OVERLOADED', reason })
    for (const connection of [...this.connections]) {
      const { awaits } = connection
      if (connection.since === 0) connection.since = now
      const lasted = now - connection.since
      if (awaits !== null && lasted > timeouts[awaits]) connection.fail(timeOut(awaits))
    }
    for (const connection of [...this.idle]) {
      if (now - connection.since > Math.min(keptIdle, connection.keeps - margin)) connection.destroy()
    }
  }
}

function timeOut(awaits: 'connect' | 'head' | 'idle') {
  return awaits === 'connect'
    ? { code: 'WB_UPSTREAM_CONNECT_TIMEOUT' as const, reason: 'no connection' }
    : { code: 'WB_UPSTREAM_TIMEOUT' as const, reason: awaits === 'head' ? 'no answer' : 'nothing moves' }
}

class UpstreamCall implements ForwardCall, UpstreamUse {
  readonly request: ForwardRequest
  readonly handler: ForwardHandler
  /** when it began to wait for a connection */
  since = 0
  /** among those that wait for a connection */
  private place: Place | null = null
  private connection: UpstreamConnection | null = null

  constructor(request: ForwardRequest, handler: ForwardHandler) {
    this.request = request
    this.handler = handler
  }

  /** For a connection, behind the others. */
  wait(waiting: LinkedList<UpstreamCall>): void {
    this.since = performance.now()
    this.place = waiting.add(this)
  }

  over(connection: UpstreamConnection): void {
    this.connection = connection
    connection.send(this)
  }

  resume(): void {
    if (this.connection?.carries(this) === true) this.connection.resume()
  }

  abort(): void {
    if (this.connection === null) this.place?.leave()
    else if (this.connection.carries(this)) this.connection.destroy()
  }
}
