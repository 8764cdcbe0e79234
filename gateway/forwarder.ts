// The port between an exchange and what carries it to the upstream (one contract suite: test/contracts/forwarder.ts).
import type { Duplex } from 'node:stream'
import type { ErrorCode } from '../core/errors.js'
import type { RawFields } from '../core/exchange.js'
import type { ResponseHeadView } from './heads/response-head.js'
import type { RequestBody } from './request-body.js'

/** A request as it goes upstream. */
export interface ForwardRequest {
  readonly method: string
  /** origin-form, service's base path included */
  readonly path: string
  /** validated fields in their order, `Host` and framing among them */
  readonly fields: readonly string[]
  /** whether the body goes out in chunks; else it is as long as `Content-Length` says */
  readonly chunked: boolean
  /** protocol to switch to (`Upgrade`) */
  readonly upgrade: string | null
  /** the whole body where it is known already (never `chunked`), a source otherwise; null where there is none */
  readonly body: Buffer | RequestBody | null
}

/** The head of an answer that switches protocols (101). */
export interface SwitchedHead {
  readonly view: ResponseHeadView
  readonly reason: string
}

export interface ForwardFailure {
  readonly code: ErrorCode
  readonly reason: string
}

/**
 * What comes back, in this order: any number of `onInformation`, then `onHead`, chunks, `onEnd`; or `onUpgrade` instead
 * of the head. `onFailure` may come at any point before the end, once, and is the last call. An end that comes before all of
 * the request has been sent is followed by `onSent`. Nothing is called before `dispatch` has returned, nor after `abort`.
 */
export interface ForwardHandler {
  /** a 1xx other than 100 and 101 */
  onInformation(status: number, fields: RawFields): void
  /** false: give no chunk before `resume` */
  onHead(view: ResponseHeadView, reason: string): boolean
  /**
   * The bytes must not be changed, and are the handler's for the time of the call; until `resume` where it returns false,
   * and then no more are given before.
   */
  onChunk(chunk: Buffer): boolean
  /** All that has arrived has been given, and it is not the end. */
  onIdle(): void
  /** `sent`: the request is over too. */
  onEnd(trailers: RawFields, sent: boolean): void
  /** All of the request has been sent after its answer; `whole` false: the service takes no more of it. */
  onSent(whole: boolean): void
  onUpgrade(head: SwitchedHead, socket: Duplex): void
  onFailure(failure: ForwardFailure): void
}

/** A request under way. */
export interface ForwardCall {
  resume(): void
  /** Ends it and its upstream connection; the handler hears nothing more. */
  abort(): void
}

export interface Forwarder {
  dispatch(request: ForwardRequest, handler: ForwardHandler): ForwardCall
  close(): Promise<void>
}
