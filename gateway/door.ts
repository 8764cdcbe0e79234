// Decides whether a request becomes an exchange: reads its head, refuses what must not be forwarded, finds its route. Never
// reads a body and never forwards itself.
import { WaybillError } from '../core/errors.js'
import { Answer, type AnswerHead } from './answer.js'
import { Exchange } from './exchange.js'
import type { ExchangeContext } from './exchange-context.js'
import { forwardsLeft } from './heads/max-forwards.js'
import { readRequestHead, unforwardable, type RequestHeadView } from './heads/request-head.js'
import { resolveRequest } from './heads/resolution.js'
import { mostPasses, passesOf } from './heads/via.js'
import type { RequestTaker } from './http1/client-connection.js'
import type { ClientStream } from './http1/client-stream.js'
import type { RequestHeadText } from './http1/head-text.js'
import { dateText, problemAnswer } from './problem-answer.js'
import type { Router } from './router.js'

export class Door implements RequestTaker {
  private readonly router: Router
  private readonly context: ExchangeContext

  constructor(router: Router, context: ExchangeContext) {
    this.router = router
    this.context = context
  }

  take(stream: ClientStream, text: RequestHeadText): void {
    const { settings, signals, inFlight } = this.context
    const head = readRequestHead(text, settings.limits)
    if (head.kind === 'refused') {
      stream.persistent = false
      this.refuse(stream, text, head.error)
      return
    }
    for (const field of head.droppedContext) signals.contextFieldDropped.publish({ field })
    stream.frame(head.framing)
    stream.persistent = !inFlight.draining && persists(head)
    this.admit(stream, head)
  }

  refused({ code }: WaybillError): void {
    this.context.signals.exchangeRefused.publish({ code, route: '' })
  }

  private admit(stream: ClientStream, head: RequestHeadView): void {
    const expectsContinue = head.expect !== undefined && head.version !== '1.0'
    const found = this.refusalOf(head) ?? resolveRequest(this.router, head)
    if (found instanceof WaybillError || found.kind !== 'routed') {
      // who was told nothing may send its body or the next request: they cannot be told apart
      if (expectsContinue) stream.persistent = false
      this.refuse(stream, head, found instanceof WaybillError ? found : unrouted(found, head))
      return
    }
    if (forwardsLeft(head.method, head.fields) === 0) {
      answerAtOnce(stream, { status: 204, reason: 'No Content', fields: ['Date', dateText()] })
      return
    }
    const { match, path } = found
    new Exchange({ stream, head, route: match.route, path, expectsContinue }, this.context).start()
  }

  private refusalOf(head: RequestHeadView): WaybillError | undefined {
    const { inFlight, settings } = this.context
    const never = unforwardable(head)
    if (never !== undefined) return never
    const passes = passesOf(head, settings.name)
    if (passes >= mostPasses) return new WaybillError('WB_LOOP_DETECTED', { name: settings.name, passes })
    if (inFlight.draining) return new WaybillError('WB_DRAINING')
    if (inFlight.count < settings.limits.inFlight) return undefined
    return new WaybillError('WB_OVERLOADED', { reason: `limits.inFlight is ${settings.limits.inFlight}` })
  }

  private refuse(stream: ClientStream, { method }: { readonly method: string }, error: WaybillError): void {
    this.refused(error)
    const { retryAfter } = this.context.settings
    const { status, reason, fields, body } = problemAnswer(error, { method, retryAfter, exchange: undefined })
    answerAtOnce(stream, { status, reason, fields }, body)
  }
}

function answerAtOnce(stream: ClientStream, head: Omit<AnswerHead, 'length'>, body: Buffer = Buffer.alloc(0)): void {
  const answer = new Answer(stream)
  answer.replace({ ...head, length: body.length }, body)
  answer.end()
}

function unrouted(
  found: { readonly kind: 'no-route' } | { readonly kind: 'ambiguous'; readonly reason: string },
  { method, path }: RequestHeadView,
): WaybillError {
  if (found.kind === 'no-route') return new WaybillError('WB_NO_ROUTE', { method, path })
  return new WaybillError('WB_AMBIGUOUS_PATH', { reason: found.reason })
}

/** RFC 9112 section 9.3. */
function persists({ version, nominated }: RequestHeadView): boolean {
  if (nominated.length > 0 && nominated.includes('close')) return false
  return version === '1.1' || nominated.includes('keep-alive')
}
