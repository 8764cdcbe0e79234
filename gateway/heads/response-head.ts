// Checks what a service answered before any of it is passed on (ATTACKS row 27): framing that two parties could read
// differently, impossible statuses and fields that no parser should have let through make the answer invalid.
import type { RawFields } from '../../core/exchange.js'
import { classOf, listOf, type FieldClass } from './field-class.js'
import { framingOf, noBody, type Framing } from './framing.js'
import { fieldFault } from './field-text.js'

export interface UpstreamHead {
  readonly status: number
  readonly fields: RawFields
  /** the lines of which these were read, where they are at hand */
  readonly lines?: string
  /** method of the request */
  readonly method: string
}

export interface ResponseHeadView {
  readonly kind: 'accepted'
  readonly status: number
  readonly fields: RawFields
  /** see UpstreamHead */
  readonly lines: string | undefined
  readonly classes: readonly FieldClass[]
  /** `none` where the fields say nothing: no body (HEAD, 204, 304), or one that ends with the connection */
  readonly framing: Framing
  /** whether an answer of this kind has a body at all (RFC 9112 section 6.3) */
  readonly bodiless: boolean
  readonly nominated: readonly string[]
  /** names that Trailer announces, lower case */
  readonly trailers: readonly string[]
}

export interface ResponseRefusal {
  readonly kind: 'refused'
  readonly reason: string
}

export function readResponseHead(head: UpstreamHead): ResponseHeadView | ResponseRefusal {
  const { status, fields, lines, method } = head
  const fault = isStatus(status) ? fieldFault(fields) : 'the status is no HTTP status'
  if (fault !== undefined) return refused(fault)
  const classes: FieldClass[] = []
  const lengths: string[] = []
  const encodings: string[] = []
  let nominated: readonly string[] = []
  let trailers: readonly string[] = []
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const name = (fields[at] ?? '').toLowerCase()
    const value = fields[at + 1] ?? ''
    const kind = classOf(name)
    classes.push(kind)
    if (kind === 'length') lengths.push(value)
    else if (kind === 'encoding') encodings.push(value)
    else if (kind === 'connection') nominated = [...nominated, ...listOf(value)]
    else if (kind === 'trailer') trailers = [...trailers, ...listOf(value)]
  }
  const framed = lengths.length + encodings.length > 0
  const framing = framed ? framingOf({ lengths, encodings }, '1.1') : noBody
  if (framing.kind === 'refused') return refused(framing.reason)
  const bodiless = method === 'HEAD' || hasNoBody(status)
  return { kind: 'accepted', status, fields, lines, classes, framing, bodiless, nominated, trailers }
}

/** RFC 9112 section 6.3. */
function hasNoBody(status: number): boolean {
  return status < 200 || status === 204 || status === 304
}

function isStatus(status: number): boolean {
  return Number.isInteger(status) && status >= 100 && status <= 999
}

function refused(reason: string): ResponseRefusal {
  return { kind: 'refused', reason }
}
