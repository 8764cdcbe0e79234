// The fields that go to the client, made from the service's in one pass: what stays keeps its case, order and
// duplicates (`Set-Cookie`). Hop-by-hop fields end here, those too that the service's own Connection nominates.
import type { ExchangeId } from '../../core/ids.js'
import type { FieldClass } from './field-class.js'
import { mapLocationField, type LocationMapping } from './locations.js'
import type { ResponseHeadView } from './response-head.js'
import { keptAnnouncement } from './trailers.js'
import { viaValue } from './via.js'

export interface ResponseFieldsContext {
  readonly pseudonym: string
  /** what `Waybill-Exchange` carries; undefined where the exchange is not recorded */
  readonly exchange: ExchangeId | undefined
  /** whether the client can receive trailers: HTTP/1.1, and an answer that will be chunked */
  readonly trailers: boolean
  readonly locations: LocationMapping | undefined
}

/**
 * Content-Length is kept (on HEAD and 304 too), Transfer-Encoding never: the listener frames. What a 101 has to say of
 * the switch is added by who relays it. `Waybill-*` of the service is dropped: only the gateway says which exchange this is.
 */
export function clientResponseFields(head: ResponseHeadView, context: ResponseFieldsContext): string[] {
  const out: string[] = []
  const { fields, classes, nominated } = head
  for (let at = 0; at < classes.length; at++) {
    const name = fields[at * 2] ?? ''
    const value = fields[at * 2 + 1] ?? ''
    const kind = classes[at] ?? 'plain'
    if (kind !== 'plain') {
      if (passes(kind, head.status)) out.push(name, value)
    } else if (nominated.length > 0 && nominated.includes(name.toLowerCase())) continue
    else if (context.locations === undefined) out.push(name, value)
    else out.push(name, mapLocationField(name.toLowerCase(), value, context.locations))
  }
  if (context.trailers && head.trailers.length > 0) {
    const kept = keptAnnouncement(fields, classes)
    if (kept !== undefined) out.push('Trailer', kept)
  }
  out.push('Via', viaValue('1.1', context.pseudonym))
  if (context.exchange !== undefined) out.push('Waybill-Exchange', context.exchange)
  return out
}

/** Request fields have no special meaning in an answer; what would frame, switch or name an exchange ends here. */
function passes(kind: FieldClass, status: number): boolean {
  switch (kind) {
    case 'length':
      // an interim answer has none, nor has 204 (RFC 9110 section 8.6)
      return status >= 200 && status !== 204
    case 'via':
    case 'host':
    case 'expect':
    case 'forwarded':
    case 'traceparent':
    case 'tracestate':
    case 'disguised':
      return true
    default:
      return false
  }
}
