// The port between an exchange and whatever carries it to the upstream. Two implementations, one contract suite
// (test/contracts/forwarder.ts): the pooled one (undici) and the explicit one (http.request), which takes what undici cannot.
import type { Duplex } from 'node:stream'
import type { ErrorCode } from '../core/errors.js'
import type { RawFields } from '../core/exchange.js'
import type { RequestBody } from './request-body.js'

/** How the request's body is framed upstream; the same way as the client framed it. */
export type Framing = 'none' | 'length' | 'chunked'

/** A request as it goes upstream. */
export interface ForwardRequest {
  readonly method: string
  /** origin-form, service's base path included */
  readonly path: string
  /** value of `Host` */
  readonly host: string
  /** validated end-to-end fields, without `Host` and framing; the forwarder's from then on */
  readonly fields: string[]
  readonly framing: Framing
  /** bytes of the body, where `framing` is `length` */
  readonly length: number
  /** protocol to switch to (`Upgrade`); the pooled forwarder cannot */
  readonly upgrade: string | null
  /** the whole body where it is known already (`framing: length`), a source otherwise; null where there is none */
  readonly body: Buffer | RequestBody | null
}

/** The head of an answer that switches protocols (101). */
export interface SwitchedHead {
  readonly status: number
  readonly reason: string
  readonly fields: RawFields
}

export interface ForwardFailure {
  readonly code: ErrorCode
  readonly reason: string
}

/**
 * What comes back, in this order: any number of `onInformation`, then `onHead`, chunks, `onEnd`; or `onUpgrade` instead
 * of the head. `onFailure` may come at any point before the end, once, and is the last call. Nothing is called before
 * `dispatch` has returned, nor after `abort`.
 */
export interface ForwardHandler {
  /** a 1xx other than 101 and (pooled) 100 */
  onInformation(status: number, fields: RawFields): void
  /** false: give no chunk before `resume` */
  onHead(status: number, reason: string, fields: RawFields): boolean
  /** the bytes must not be changed; false: give no more before `resume` */
  onChunk(chunk: Buffer): boolean
  onEnd(trailers: RawFields): void
  onUpgrade(head: SwitchedHead, socket: Duplex, first: Buffer): void
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
