// One listening HTTP/1.1 server: takes requests, refuses what must not be forwarded, starts exchanges for the rest. It
// listens itself, so that Node enforces the head's time-out; malformed requests are answered on the bare socket.
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WaybillError } from '../core/errors.js'
import { Exchange } from './exchange.js'
import type { ExchangeContext, ListenerContext } from './exchange-context.js'
import { readRequestHead, type RequestHeadView } from './heads/request-head.js'
import { resolveRequest } from './heads/resolution.js'
import { problemAnswer, rawProblem } from './problem-answer.js'
import type { Router } from './router.js'
import type { ListenerOptions } from './settings.js'

export interface Listener {
  listen(): Promise<{ name: string; port: number; host: string }>
  /** Takes no connection any more and closes the idle ones; resolves when the last one is closed. */
  stop(): Promise<void>
  /** Breaks all connections. */
  cut(): void
}

/** How often Node looks for heads that are late, in milliseconds. */
const checkingInterval = 1_000

export function createListener(options: ListenerOptions, router: Router, context: ExchangeContext): Listener {
  const { limits, timeouts } = context.settings
  const server = http.createServer({
    insecureHTTPParser: false,
    maxHeaderSize: limits.headBytes,
    headersTimeout: timeouts.head,
    // a long upload is no attack; what stalls is ended by the exchange
    requestTimeout: 0,
    keepAliveTimeout: timeouts.keepAlive,
    connectionsCheckingInterval: checkingInterval,
    noDelay: true,
    requireHostHeader: false,
  })
  // Node would silently drop the fields past its own limit; they are counted by readRequestHead instead
  server.maxHeadersCount = 0
  server.maxConnections = limits.connections
  const place = { scheme: 'http' as const, port: options.port }
  const door = new Door(router, context, place)
  server.on('request', (request, response) => door.take(request, response, false))
  server.on('checkContinue', (request, response) => door.take(request, response, true))
  server.on('checkExpectation', (request, response) => door.take(request, response, false))
  server.on('clientError', (error, socket) => door.close(error, socket))
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    socket.end(rawProblem(new WaybillError('WB_METHOD_REFUSED', { method: 'CONNECT' })))
  })
  return {
    listen: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject)
        server.listen(options.port, options.host, () => {
          server.off('error', reject)
          const { port } = server.address() as AddressInfo
          place.port = port
          context.signals.listenerOpened.publish({ name: options.name, address: `${options.host}:${port}` })
          resolve({ name: options.name, port, host: options.host })
        })
      }),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeIdleConnections()
      }),
    cut: () => {
      server.closeAllConnections()
    },
  }
}

/** Decides whether a request becomes an exchange. */
class Door {
  private readonly router: Router
  private readonly context: ExchangeContext
  private readonly listener: ListenerContext
  private readonly doomed = new WeakSet<Duplex>()

  constructor(router: Router, context: ExchangeContext, listener: ListenerContext) {
    this.router = router
    this.context = context
    this.listener = listener
  }

  take(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    // what comes on a connection after its last answer, or after a head that was refused, is not a request
    if (!request.socket.writable) return
    // pipelined: its turn comes when the answer before it is out (RFC 9112 section 9.3.2), or never
    if (response.socket === null) response.once('socket', () => this.admit(request, response, expectsContinue))
    else this.admit(request, response, expectsContinue)
  }

  /** A connection whose bytes cannot be read as HTTP, or come too late. */
  close(error: NodeJS.ErrnoException, socket: BusySocket): void {
    const busy = socket._httpMessage ?? null
    if (!socket.writable || error.code === 'ECONNRESET') socket.destroy()
    else if (busy?.req.complete === true) {
      // junk after a request must not land in that request's answer, which is still to be given
      if (this.doomed.has(socket)) return
      this.doomed.add(socket)
      busy.once('finish', () => socket.destroy())
    } else if (busy?.headersSent === true) socket.destroy()
    else answerClientError(error, socket)
  }

  private admit(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    response.sendDate = false
    const { inFlight, settings } = this.context
    if (inFlight.draining) response.shouldKeepAlive = false
    const { method = '', url = '', httpVersion, rawHeaders } = request
    const head = readRequestHead({ method, target: url, version: httpVersion, fields: rawHeaders }, settings.limits)
    if (head.kind === 'refused') this.refuse(response, new WaybillError(head.code, { reason: head.reason }))
    else if (inFlight.draining) this.refuse(response, new WaybillError('WB_DRAINING'))
    else if (inFlight.count >= settings.limits.inFlight) {
      this.refuse(response, new WaybillError('WB_OVERLOADED', { reason: `${inFlight.count} exchanges in flight` }))
    } else this.route({ request, response, expectsContinue }, head)
  }

  private route(
    given: { request: IncomingMessage; response: ServerResponse; expectsContinue: boolean },
    head: RequestHeadView,
  ): void {
    const { method, expect } = head
    const refusal = refusalOf(method, expect)
    if (refusal !== undefined) {
      this.refuse(given.response, refusal)
      return
    }
    const found = resolveRequest(this.router, head)
    if (found.kind === 'no-route') {
      this.refuse(given.response, new WaybillError('WB_NO_ROUTE', { method, path: head.path }))
    } else if (found.kind === 'ambiguous') {
      this.refuse(given.response, new WaybillError('WB_AMBIGUOUS_PATH', { reason: found.reason }))
    } else {
      const { route } = found.match
      const exchange = new Exchange({ ...given, head, route, path: found.path, listener: this.listener }, this.context)
      exchange.start()
    }
  }

  private refuse(response: ServerResponse, error: WaybillError): void {
    const { settings, signals } = this.context
    const { status, fields, body } = problemAnswer(error, settings.retryAfter, undefined)
    signals.exchangeRefused.publish({ code: error.code, route: '' })
    // whatever else the client has sent is not read
    if (response.req.rawHeaders.length > 0 && error.status === 400) response.shouldKeepAlive = false
    response.writeHead(status, http.STATUS_CODES[status], fields)
    response.end(body)
  }
}

function refusalOf(method: string, expect: string | undefined): WaybillError | undefined {
  if (method === 'TRACE' || method === 'CONNECT') return new WaybillError('WB_METHOD_REFUSED', { method })
  if (expect !== undefined && expect !== '100-continue') {
    return new WaybillError('WB_EXPECTATION_FAILED', { expectation: expect })
  }
  return undefined
}

/** The answer that a connection is busy with; Node has no public name for it. */
interface BusySocket extends Duplex {
  readonly _httpMessage?: ServerResponse | null
}

/** A 400, 408 or 431 on the bare socket, where nothing of another answer has gone out. */
function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  const answer =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? new WaybillError('WB_FIELDS_TOO_LARGE', { reason: 'the field section' })
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? new WaybillError('WB_REQUEST_TIMEOUT')
        : new WaybillError('WB_BAD_REQUEST', { reason: 'it does not parse' })
  socket.end(rawProblem(answer), () => socket.destroy())
}
