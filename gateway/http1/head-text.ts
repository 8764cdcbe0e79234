// Reads the heads of HTTP/1.1 messages (RFC 9112 sections 2 to 5) from their text. Strict: what two parties could read
// differently is refused. Never decodes a value, changes its bytes, or decides what a field means.
import type { RawFields } from '../../core/exchange.js'
import { readFieldLines } from '../../core/field-lines.js'
import { fieldFault, isToken } from '../heads/field-text.js'

export interface RequestHeadText {
  readonly kind: 'request'
  readonly method: string
  readonly target: string
  /** `1.0` or `1.1` */
  readonly version: string
  readonly fields: RawFields
  /** the lines of which these were read */
  readonly lines: string
}

export interface ResponseHeadText {
  readonly kind: 'response'
  readonly version: string
  readonly status: number
  readonly reason: string
  readonly fields: RawFields
  /** the lines of which these were read */
  readonly lines: string
}

export interface HeadFault {
  readonly kind: 'fault'
  readonly reason: string
}

const longestMethod = 32

/** `text`: latin1, from the first byte of the request line to the CR LF of the last field line. */
export function readRequestText(text: string): RequestHeadText | HeadFault {
  const end = text.indexOf('\r\n')
  const first = text.indexOf(' ')
  const last = text.lastIndexOf(' ', end)
  if (first <= 0 || first >= end || last <= first) return fault('the request line is malformed')
  const method = text.slice(0, first)
  // a service may take `get` for GET; nobody else would
  if (method.length > longestMethod || !isToken(method) || /[a-z]/.test(method)) return fault('the method is no method')
  const version = text.slice(last + 1, end)
  if (version !== 'HTTP/1.1' && version !== 'HTTP/1.0') return fault('the version is neither HTTP/1.1 nor HTTP/1.0')
  const fields: string[] = []
  const wrong = readFieldLines(text, end + 2, fields) ?? fieldFault(fields)
  if (wrong !== undefined) return fault(wrong)
  return {
    kind: 'request',
    method,
    target: text.slice(first + 1, last),
    version: version === 'HTTP/1.1' ? '1.1' : '1.0',
    fields,
    lines: text.slice(end + 2),
  }
}

/** Whether a head that is not complete yet can become none any more: it has a line that does not end with CR LF. */
export function isBrokenHead(text: string): boolean {
  return bareLineEnd.test(text)
}

const bareLineEnd = /(?:^|[^\r])\n|\r[^\n]/

const statusLine = /^HTTP\/1\.([01]) ([1-9][0-9][0-9])(?: ([\t\x20-\x7e\x80-\xff]*))?$/

/** Names and values are checked by `readResponseHead`, which sees answers from elsewhere too. */
export function readResponseText(text: string): ResponseHeadText | HeadFault {
  const end = text.indexOf('\r\n')
  const match = statusLine.exec(text.slice(0, end))
  if (match === null) return fault('the status line is malformed')
  const fields: string[] = []
  const wrong = readFieldLines(text, end + 2, fields)
  if (wrong !== undefined) return fault(wrong)
  const [, minor = '', status = '', reason = ''] = match
  return { kind: 'response', version: `1.${minor}`, status: Number(status), reason, fields, lines: text.slice(end + 2) }
}

function fault(reason: string): HeadFault {
  return { kind: 'fault', reason }
}
