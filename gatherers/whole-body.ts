// Whether all of a body passed, so that a digest of what passed is the body's. Knows only the record: no bytes.
import { fieldOf, type ExchangeRecord } from '../core/exchange.js'

/** 204 and 304 have no body (RFC 9112 §6.3), 206 has a part of one (RFC 9110 §15.3.7). */
const withoutWhole: ReadonlySet<number> = new Set([204, 206, 304])

/**
 * False where there is no body, only a part of one, or where an end was never seen. A `Content-Length` is believed before the
 * outcome: a client may leave after it has sent everything.
 */
export function passedWhole({ request, response, outcome }: ExchangeRecord, side: 'request' | 'response'): boolean {
  if (side === 'request') {
    const framed = ['content-length', 'transfer-encoding'].some((name) => fieldOf(request.fields, name) !== undefined)
    return (framed || request.bytes > 0) && ended(request, outcome)
  }
  if (response === null || request.method === 'HEAD' || withoutWhole.has(response.status)) return false
  return ended(response, outcome)
}

type Message = Pick<ExchangeRecord['request'], 'fields' | 'bytes'>

function ended({ fields, bytes }: Message, outcome: ExchangeRecord['outcome']): boolean {
  const stated = fieldOf(fields, 'content-length') ?? ''
  return /^\d+$/.test(stated) ? Number(stated) === bytes : outcome === 'complete'
}
