// One listening HTTP/1.1 server: takes requests, refuses what must not be forwarded, starts exchanges for the rest. It
// listens itself, so that Node enforces the head's time-out; malformed requests are answered on the bare socket.
import http, { type IncomingMessage } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { WaybillError } from '../core/errors.js'
import { answerUnderWay } from './busy-socket.js'
import { createClientErrorAnswer } from './client-error.js'
import { Door } from './door.js'
import type { ExchangeContext } from './exchange-context.js'
import { LeanRequest } from './lean-request.js'
import { rawProblem } from './problem-answer.js'
import type { Router } from './router.js'
import type { ListenerOptions } from './settings.js'

export interface Listener {
  listen(): Promise<{ name: string; port: number; host: string }>
  /** Takes no connection any more and closes the idle ones; resolves when the last one is closed. */
  stop(): Promise<void>
  /** Breaks all connections. */
  cut(): void
}

/** Bytes that wait for a slow peer before its other side is held up: one read of a socket, so that not every read holds up. */
const connectionBuffer = 64 * 1024

/** How often Node looks for heads that are late, in milliseconds. */
const checkingInterval = 1_000

export function createListener(options: ListenerOptions, router: Router, context: ExchangeContext): Listener {
  const { limits, timeouts } = context.settings
  const server = http.createServer({
    IncomingMessage: LeanRequest,
    highWaterMark: connectionBuffer,
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
  const door = new Door(router, context, place, (socket) => server.emit('connection', socket))
  server.on('request', (request, response) => door.take(request, response, false))
  server.on('checkContinue', (request, response) => door.take(request, response, true))
  server.on('checkExpectation', (request, response) => door.take(request, response, false))
  server.on('upgrade', (request: IncomingMessage, socket: Socket, first: Buffer) => {
    door.takeUpgrade(request, socket, first)
  })
  server.on('clientError', createClientErrorAnswer())
  server.on('connect', refuseConnect)
  server.timeout = timeouts.bodyIdle
  server.on('timeout', closeStalled)
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

function refuseConnect(_request: IncomingMessage, socket: Duplex): void {
  const answer = rawProblem(new WaybillError('WB_METHOD_REFUSED', { method: 'CONNECT' }))
  socket.on('error', () => socket.destroy())
  const busy = answerUnderWay(socket)
  if (busy === null) socket.end(answer, () => socket.destroy())
  else busy.once('finish', () => socket.destroy())
}

/**
 * A connection on which nothing has moved: idle after its answer, or a client that takes none of what waits for it. One
 * that waits for the service, or has not got its head together, has other time-outs.
 */
function closeStalled(socket: Socket): void {
  const stalled = answerUnderWay(socket) === null ? socket.bytesWritten > 0 : socket.writableLength > 0
  if (stalled) socket.destroy()
}
