// Decides whether a request becomes an exchange: reads its head, refuses what must not be forwarded, finds its route. Never
// reads a body and never forwards itself.
import { ServerResponse, STATUS_CODES, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { WaybillError } from '../core/errors.js'
import { answerUnderWay } from './busy-socket.js'
import { Exchange } from './exchange.js'
import type { ExchangeContext, ListenerContext } from './exchange-context.js'
import { readRequestHead, type RequestHeadView } from './heads/request-head.js'
import { resolveRequest } from './heads/resolution.js'
import { problemAnswer } from './problem-answer.js'
import { discardBody } from './request-body.js'
import type { Router } from './router.js'

interface Taken {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly expectsContinue: boolean
}

export class Door {
  private readonly router: Router
  private readonly context: ExchangeContext
  private readonly listener: ListenerContext
  private readonly again: (socket: Socket) => void

  /** `again`: makes the server read a connection anew. */
  constructor(router: Router, context: ExchangeContext, listener: ListenerContext, again: (socket: Socket) => void) {
    this.router = router
    this.context = context
    this.listener = listener
    this.again = again
  }

  take(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    // what comes on a connection after its last answer, or after a head that was refused, is not a request
    if (!request.socket.writable) return
    // pipelined: its turn comes when the answer before it is out (RFC 9112 section 9.3.2), or never
    if (response.socket === null) response.once('socket', () => this.takeNow(request, response, expectsContinue))
    else this.takeNow(request, response, expectsContinue)
  }

  private takeNow(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    response.sendDate = false
    const head = this.read(request)
    if (this.context.inFlight.draining) response.shouldKeepAlive = false
    if (head instanceof WaybillError) {
      // where its body ends is not certain
      response.shouldKeepAlive = false
      this.refuse(response, head)
    } else this.admit({ request, response, expectsContinue }, head)
  }

  /** Node has let go of the connection: `first` are the bytes after the head. */
  takeUpgrade(request: IncomingMessage, socket: Socket, first: Buffer): void {
    socket.on('error', ignore)
    const busy = answerUnderWay(socket)
    if (busy !== null) {
      // asked for behind a request that is not answered yet: nothing of the switch may land in that answer
      busy.once('finish', () => socket.destroySoon())
      return
    }
    const head = this.read(request)
    if (!(head instanceof WaybillError) && head.upgrade.kind !== 'relayed') {
      socket.unshift(Buffer.concat([Buffer.from(withoutUpgrade(request), 'latin1'), first]))
      this.again(socket)
      return
    }
    if (first.length > 0) socket.unshift(first)
    const response = new ServerResponse(request)
    response.sendDate = false
    response.shouldKeepAlive = false
    response.assignSocket(socket)
    response.on('finish', () => {
      response.detachSocket(socket)
      socket.destroySoon()
    })
    if (head instanceof WaybillError) this.refuse(response, head)
    else this.admit({ request, response, expectsContinue: false }, head)
  }

  private read(request: IncomingMessage): RequestHeadView | WaybillError {
    const { method = '', url = '', httpVersion, rawHeaders } = request
    const incoming = { method, target: url, version: httpVersion, fields: rawHeaders }
    const head = readRequestHead(incoming, this.context.settings.limits)
    if (head.kind === 'refused') return new WaybillError(head.code, { reason: head.reason })
    for (const field of head.droppedContext) this.context.signals.contextFieldDropped.publish({ field })
    return head
  }

  private admit(taken: Taken, head: RequestHeadView): void {
    const refusal = this.refusalOf(head)
    if (refusal !== undefined) {
      if (head.framing.kind !== 'none') discardBody(taken.request)
      this.refuse(taken.response, refusal)
      return
    }
    const found = resolveRequest(this.router, head)
    if (found.kind === 'routed') {
      const { request, response, expectsContinue } = taken
      const { route } = found.match
      const { path } = found
      const parts = { request, response, head, route, path, listener: this.listener, expectsContinue }
      new Exchange(parts, this.context).start()
      return
    }
    if (head.framing.kind !== 'none') discardBody(taken.request)
    const { method, path } = head
    if (found.kind === 'no-route') this.refuse(taken.response, new WaybillError('WB_NO_ROUTE', { method, path }))
    else this.refuse(taken.response, new WaybillError('WB_AMBIGUOUS_PATH', { reason: found.reason }))
  }

  private refusalOf({ method, expect }: RequestHeadView): WaybillError | undefined {
    const { inFlight, settings } = this.context
    if (method === 'TRACE' || method === 'CONNECT') return new WaybillError('WB_METHOD_REFUSED', { method })
    if (expect !== undefined && expect !== '100-continue') {
      return new WaybillError('WB_EXPECTATION_FAILED', { expectation: expect })
    }
    if (inFlight.draining) return new WaybillError('WB_DRAINING')
    if (inFlight.count < settings.limits.inFlight) return undefined
    return new WaybillError('WB_OVERLOADED', { reason: `limits.inFlight is ${settings.limits.inFlight}` })
  }

  private refuse(response: ServerResponse, error: WaybillError): void {
    const { settings, signals } = this.context
    const { status, fields, body } = problemAnswer(error, settings.retryAfter, undefined)
    signals.exchangeRefused.publish({ code: error.code, route: '' })
    response.writeHead(status, STATUS_CODES[status], fields)
    response.end(body)
  }
}

/** The head again, without what asked for another protocol: it is then answered as HTTP/1.1. */
function withoutUpgrade({ method = '', url = '', httpVersion, rawHeaders }: IncomingMessage): string {
  let text = `${method} ${url} HTTP/${httpVersion}\r\n`
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    const value = rawHeaders[at + 1] ?? ''
    const lower = name.toLowerCase()
    if (lower === 'upgrade' || lower === 'http2-settings') continue
    text += `${name}: ${lower === 'connection' ? withoutToken(value) : value}\r\n`
  }
  return `${text}\r\n`
}

function withoutToken(list: string): string {
  const kept = list.split(',').filter((token) => token.trim().toLowerCase() !== 'upgrade')
  return kept.join(',').trim()
}

function ignore(): void {
  // the exchange hears of it as the end of the connection
}
