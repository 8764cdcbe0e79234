// Makes what the client gets of a service's head: the fields that pass, the gateway's own, and how long the body is.
import type { ExchangeId } from '../core/ids.js'
import type { AnswerHead } from './answer.js'
import type { ExchangeContext } from './exchange-context.js'
import type { ExchangeRequest } from './exchange-request.js'
import type { SwitchedHead } from './forwarder.js'
import { clientResponseFields } from './heads/response-fields.js'
import { locationsOf } from './upstream-request.js'

/** `exchange`: what `Waybill-Exchange` carries; undefined where it is not recorded. */
export function answerHeadOf(
  { view, reason }: SwitchedHead,
  exchange: ExchangeId | undefined,
  { parts, context }: { readonly parts: ExchangeRequest; readonly context: ExchangeContext },
): AnswerHead {
  const { framing, status } = view
  const length = view.bodiless ? 0 : framing.kind === 'length' ? framing.length : -1
  const fields = clientResponseFields(view, {
    pseudonym: context.settings.name,
    exchange,
    trailers: length < 0 && parts.head.version === '1.1',
    locations: locationsOf(parts, context.upstreams),
  })
  return { status, reason, fields, length }
}
