// Answers that the gateway gives itself: problem details (RFC 9457) as fields and bytes. Never echoes fields or bodies.
import { STATUS_CODES } from 'node:http'
import { problemOf, type WaybillError } from '../core/errors.js'

export interface ProblemAnswer {
  readonly status: number
  readonly reason: string
  readonly fields: string[]
  readonly body: Buffer
}

const none: Buffer = Buffer.alloc(0)

export interface ProblemContext {
  /** of the request: the answer to HEAD has no body, but its fields */
  readonly method: string
  /** seconds */
  readonly retryAfter: number
  /** the id that the answer carries, where it is recorded */
  readonly exchange: string | undefined
}

export function problemAnswer(error: WaybillError, { method, retryAfter, exchange }: ProblemContext): ProblemAnswer {
  const problem = problemOf(error, exchange === undefined ? undefined : `urn:waybill:exchange:${exchange}`)
  const body = Buffer.from(JSON.stringify(problem))
  const fields = ['Content-Type', 'application/problem+json', 'Content-Length', String(body.length)]
  fields.push('Date', dateText())
  if (error.status === 503) fields.push('Retry-After', String(retryAfter))
  if (error.status === 405) fields.push('Allow', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS')
  if (exchange !== undefined) fields.push('Waybill-Exchange', exchange)
  return { status: error.status, reason: reasonOf(error.status), fields, body: method === 'HEAD' ? none : body }
}

/** The same for a socket that has no answer object: a request that could not be parsed. */
export function rawProblem(error: WaybillError): string {
  const { status, reason, fields, body } = problemAnswer(error, { method: '', retryAfter: 1, exchange: undefined })
  const lines = [`HTTP/1.1 ${status} ${reason}`, 'Connection: close']
  for (let at = 0; at + 1 < fields.length; at += 2) lines.push(`${fields[at] ?? ''}: ${fields[at + 1] ?? ''}`)
  return `${lines.join('\r\n')}\r\n\r\n${body.toString()}`
}

let second = 0
let text = ''

/** `Date` of an answer that is ours (RFC 9110 section 6.6.1); made once a second. */
export function dateText(): string {
  const now = Math.floor(Date.now() / 1000)
  if (now !== second) {
    second = now
    text = new Date(now * 1000).toUTCString()
  }
  return text
}

function reasonOf(status: number): string {
  return STATUS_CODES[status] ?? 'Error'
}
