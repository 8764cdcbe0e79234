// Forwards with http.request and explicit framing, for what the pooled forwarder cannot carry: request trailers, framed
// bodies on any method, an upstream's unasked 100, upgrades. Slower; same contract (test/contracts/forwarder.ts).
import http from 'node:http'
import https from 'node:https'
import type { Duplex } from 'node:stream'
import type { RawFields } from '../core/exchange.js'
import type { ForwardCall, Forwarder, ForwardHandler, ForwardRequest } from './forwarder.js'
import { keptTrailers } from './heads/trailers.js'
import { RequestBody } from './request-body.js'
import type { Service } from './route.js'
import { upstreamFailure } from './upstream-failure.js'

const nothing = Buffer.alloc(0)
const upstreamHeadBytes = 64 * 1024

class TimeoutError extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

export function createExplicitForwarder(service: Service): Forwarder {
  const secure = service.url.protocol === 'https:'
  const agentOptions = { keepAlive: true, maxSockets: service.connections, scheduling: 'lifo' as const }
  const agent = secure ? new https.Agent(agentOptions) : new http.Agent(agentOptions)
  return {
    dispatch: (request, handler) => {
      const call = new ExplicitCall(service, request, handler)
      call.begin(secure ? https.request : http.request, agent)
      return call
    },
    close: () => {
      agent.destroy()
      return Promise.resolve()
    },
  }
}

class ExplicitCall implements ForwardCall {
  private readonly service: Service
  private readonly request: ForwardRequest
  private readonly handler: ForwardHandler
  private outgoing: http.ClientRequest | null = null
  private incoming: http.IncomingMessage | null = null
  private timer: NodeJS.Timeout | null = null
  private over = false

  constructor(service: Service, request: ForwardRequest, handler: ForwardHandler) {
    this.service = service
    this.request = request
    this.handler = handler
  }

  begin(send: typeof http.request, agent: http.Agent): void {
    const { request, service } = this
    const { url, timeouts } = service
    const outgoing = send({
      agent,
      protocol: url.protocol,
      hostname: url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname,
      port: url.port,
      method: request.method,
      path: request.path,
      headers: headersOf(request) as unknown as http.OutgoingHttpHeaders,
      setHost: false,
      maxHeaderSize: upstreamHeadBytes,
    })
    this.outgoing = outgoing
    this.arm(timeouts.connect, 'UND_ERR_CONNECT_TIMEOUT')
    outgoing.on('socket', (socket) => {
      const connected = () => this.arm(timeouts.head, 'UND_ERR_HEADERS_TIMEOUT')
      if (socket.connecting) socket.once('connect', connected)
      else connected()
    })
    outgoing.on('information', (info) => {
      if (!this.over) this.handler.onInformation(info.statusCode, info.rawHeaders)
    })
    outgoing.on('response', (incoming) => this.answered(incoming))
    outgoing.on('upgrade', (incoming, socket, first) => this.upgraded(incoming, socket, first))
    outgoing.on('error', (error) => this.fail(error))
    this.sendBody(outgoing)
  }

  resume(): void {
    this.arm(this.service.timeouts.idle, 'UND_ERR_BODY_TIMEOUT')
    this.incoming?.resume()
  }

  abort(): void {
    this.over = true
    this.disarm()
    this.outgoing?.destroy()
  }

  private sendBody(outgoing: http.ClientRequest): void {
    const { body } = this.request
    if (!(body instanceof RequestBody)) {
      outgoing.end(body ?? undefined)
      return
    }
    // sends the head; flushHeaders() would send its latin1 as UTF-8
    outgoing.write(nothing)
    outgoing.on('drain', () => body.resume())
    body.on('data', (chunk: Buffer) => {
      this.timer?.refresh()
      if (!outgoing.write(chunk)) body.pause()
    })
    body.on('end', () => {
      const trailers = keptTrailers(body.trailers)
      if (trailers.length > 0) outgoing.addTrailers(pairsOf(trailers))
      outgoing.end()
    })
    body.resume()
  }

  private answered(incoming: http.IncomingMessage): void {
    if (this.over) return
    this.incoming = incoming
    this.arm(this.service.timeouts.idle, 'UND_ERR_BODY_TIMEOUT')
    incoming.on('data', (chunk: Buffer) => {
      this.timer?.refresh()
      if (!this.over && !this.handler.onChunk(chunk)) this.pause()
    })
    incoming.on('end', () => {
      // `end` comes too where the connection broke; then `complete` is false and `error` follows
      if (this.over || !incoming.complete) return
      this.over = true
      this.disarm()
      this.handler.onEnd(incoming.rawTrailers)
    })
    incoming.on('error', (error) => this.fail(error))
    const { statusCode = 0, statusMessage = '', rawHeaders } = incoming
    if (!this.handler.onHead(statusCode, statusMessage, rawHeaders)) this.pause()
  }

  /** A client that does not read is no fault of the upstream: no time-out while paused. */
  private pause(): void {
    this.disarm()
    this.incoming?.pause()
  }

  private upgraded(incoming: http.IncomingMessage, socket: Duplex, first: Buffer): void {
    if (this.over) {
      socket.destroy()
      return
    }
    this.over = true
    this.disarm()
    if (this.request.upgrade === null) {
      socket.destroy()
      this.handler.onFailure({ code: 'WB_UPSTREAM_INVALID', reason: 'it switches protocols unasked' })
      return
    }
    const { statusCode: status = 0, statusMessage: reason = '', rawHeaders: fields } = incoming
    this.handler.onUpgrade({ status, reason, fields }, socket, first)
  }

  private fail(error: unknown): void {
    if (this.over) return
    this.over = true
    this.disarm()
    this.handler.onFailure(upstreamFailure(error))
  }

  private arm(delay: number, code: string): void {
    this.disarm()
    this.timer = setTimeout(() => this.outgoing?.destroy(new TimeoutError(code, 'time-out')), delay)
  }

  private disarm(): void {
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
  }
}

function headersOf(request: ForwardRequest): string[] {
  const headers = ['Host', request.host, ...request.fields]
  if (request.framing === 'length') headers.push('Content-Length', String(request.length))
  if (request.framing === 'chunked') headers.push('Transfer-Encoding', 'chunked')
  if (request.upgrade !== null) headers.push('Connection', 'Upgrade', 'Upgrade', request.upgrade)
  return headers
}

function pairsOf(fields: RawFields): [string, string][] {
  const pairs: [string, string][] = []
  for (let at = 0; at + 1 < fields.length; at += 2) pairs.push([fields[at] ?? '', fields[at + 1] ?? ''])
  return pairs
}
