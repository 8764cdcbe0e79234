// Forwards over a pool of kept connections: undici's `Pool.dispatch` with its callback handler. Takes fields raw (case,
// order and duplicates kept), passes 1xx on. What undici cannot do (request trailers, an unasked 100, bodies on methods
// that expect none, upgrades) is the explicit forwarder's; nothing outside this file knows undici.
import { Pool, errors, type Dispatcher } from 'undici'
import type { RawFields } from '../core/exchange.js'
import type { ForwardCall, Forwarder, ForwardHandler, ForwardRequest } from './forwarder.js'
import type { RequestBody } from './request-body.js'
import type { Service } from './route.js'
import { upstreamFailure } from './upstream-failure.js'

const upstreamHeadBytes = 64 * 1024
/** shorter than what common servers keep idle connections open, so that they rarely close under a request */
const keepAliveTimeout = 4_000

export function createPooledForwarder(service: Service): Forwarder {
  const pool = new Pool(service.url.origin, {
    connections: service.connections,
    pipelining: 1,
    connectTimeout: service.timeouts.connect,
    headersTimeout: service.timeouts.head,
    bodyTimeout: service.timeouts.idle,
    keepAliveTimeout,
    maxHeaderSize: upstreamHeadBytes,
  })
  return {
    dispatch: (request, handler) => {
      const call = new PooledCall(request, handler)
      call.dispatchOn(pool)
      return call
    },
    close: () => pool.destroy(),
  }
}

/** One object is undici's options, undici's handler and our call: a request allocates one thing less. */
class PooledCall implements ForwardCall {
  readonly method: string
  readonly path: string
  readonly headers: string[]
  readonly body: Buffer | RequestBody | null
  private readonly handler: ForwardHandler
  private abortUpstream: ((reason?: Error) => void) | null = null
  private resumeUpstream: (() => void) | null = null
  private aborted = false
  private dispatched = false
  private notModified = false

  constructor(request: ForwardRequest, handler: ForwardHandler) {
    this.method = request.method
    this.path = request.path
    this.headers = request.fields
    this.headers.push('host', request.host)
    if (request.framing === 'length') this.headers.push('content-length', String(request.length))
    this.body = request.body
    this.handler = handler
  }

  dispatchOn(pool: Pool): void {
    pool.dispatch(this as unknown as Dispatcher.DispatchOptions, this as unknown as Dispatcher.DispatchHandler)
    this.dispatched = true
  }

  resume(): void {
    this.resumeUpstream?.()
  }

  abort(): void {
    if (this.aborted) return
    this.aborted = true
    this.abortUpstream?.()
  }

  // what follows is called by undici

  onConnect(abort: (reason?: Error) => void): void {
    this.abortUpstream = abort
    if (this.aborted) abort()
  }

  onHeaders(status: number, raw: Buffer[], resume: () => void, reason: string): boolean {
    if (this.aborted) return true
    if (status < 200) {
      this.handler.onInformation(status, textOf(raw))
      return true
    }
    this.resumeUpstream = resume
    this.notModified = status === 304
    return this.handler.onHead(status, reason, textOf(raw))
  }

  onData(chunk: Buffer): boolean {
    return this.aborted || this.handler.onChunk(chunk)
  }

  onComplete(raw: Buffer[] | null): void {
    if (!this.aborted) this.handler.onEnd(raw === null || raw.length === 0 ? noFields : textOf(raw))
  }

  onError(error: unknown): void {
    if (this.aborted) return
    // what undici refuses outright it refuses before `dispatch` returns
    if (!this.dispatched) {
      process.nextTick(() => this.onError(error))
      return
    }
    this.aborted = true
    // a 304 may carry the length of what it does not send (RFC 9110 section 8.6); undici misses those bytes
    if (this.notModified && isLengthMismatch(error)) this.handler.onEnd(noFields)
    else this.handler.onFailure(upstreamFailure(error))
  }
}

const noFields: RawFields = []

function isLengthMismatch(error: unknown): boolean {
  return error instanceof errors.ResponseContentLengthMismatchError
}

/**
 * Names and values as text. They are views into one read as a rule: then it is decoded once and cut, instead of once per
 * name and value.
 */
function textOf(raw: readonly Buffer[]): string[] {
  const fields: string[] = []
  const first = raw[0]
  const last = raw[raw.length - 1]
  if (first === undefined || last === undefined) return fields
  const start = first.byteOffset
  const end = last.byteOffset + last.length
  const block =
    end > start && end - start < 16_384 ? Buffer.from(first.buffer, start, end - start).toString('latin1') : ''
  for (const part of raw) {
    const from = part.byteOffset - start
    if (part.buffer === first.buffer && from >= 0 && from + part.length <= block.length) {
      fields.push(block.slice(from, from + part.length))
    } else fields.push(part.toString('latin1'))
  }
  return fields
}
