// The text of response heads, and interim answers (1xx, RFC 9110 section 15.2), which are passed on as they came.
import { STATUS_CODES } from 'node:http'
import type { RawFields } from '../core/exchange.js'
import type { ExchangeContext } from './exchange-context.js'
import type { ExchangeRequest } from './exchange-request.js'
import { clientResponseFields } from './heads/response-fields.js'
import { readResponseHead } from './heads/response-head.js'
import { fieldLines } from '../core/field-lines.js'
import { locationsOf } from './upstream-request.js'

export interface Information {
  readonly status: number
  readonly fields: RawFields
}

/** Hop-by-hop fields end here as those of the answer proper do; which exchange it is, that one says. */
export function writeInformation(
  { status, fields }: Information,
  parts: ExchangeRequest,
  context: ExchangeContext,
): void {
  const { stream } = parts
  // HTTP/1.0 has none; 100 is between the upstream and us, since Expect ends here; 101 is no interim answer
  if (stream.started || status < 102 || stream.version === '1.0') return
  const view = readResponseHead({ status, fields, method: '' })
  if (view.kind === 'refused') return
  const locations = locationsOf(parts, context.upstreams)
  const own = { pseudonym: context.settings.name, locations, exchange: undefined, trailers: false }
  const kept = clientResponseFields(view, own)
  stream.writeInterim(headText(status, STATUS_CODES[status] ?? '', kept))
}

/** A response head as it goes over the wire (latin1); `more`: field lines of the connection, each with its CR LF. */
export function headText(status: number, reason: string, fields: RawFields, more = ''): string {
  return `HTTP/1.1 ${status} ${reason}\r\n${fieldLines(fields)}${more}\r\n`
}
