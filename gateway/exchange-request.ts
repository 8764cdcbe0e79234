// What an exchange starts from: a request whose head was accepted, and the route it takes. Plain values.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ListenerContext } from './exchange-context.js'
import type { RequestHeadView } from './heads/request-head.js'
import type { Route } from './route.js'

export interface ExchangeRequest {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly head: RequestHeadView
  readonly route: Route
  /** path as routed, without query */
  readonly path: string
  readonly listener: ListenerContext
  /** the client waits for 100 (Continue) before it sends its body */
  readonly expectsContinue: boolean
}

/** Address of the peer's socket. */
export function peerOf(request: IncomingMessage): string {
  return request.socket.remoteAddress ?? ''
}
