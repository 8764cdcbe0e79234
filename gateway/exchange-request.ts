// What an exchange starts from: a request whose head was accepted, and the route it takes. Plain values.
import type { ClientStream } from './http1/client-stream.js'
import type { RequestHeadView } from './heads/request-head.js'
import type { Route } from './route.js'

export interface ExchangeRequest {
  readonly stream: ClientStream
  readonly head: RequestHeadView
  readonly route: Route
  /** path as routed, without query */
  readonly path: string
  /** the client waits for 100 (Continue) before it sends its body */
  readonly expectsContinue: boolean
}
