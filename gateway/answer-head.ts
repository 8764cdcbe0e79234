// Gives Node's response a head that is text already. Node's `writeHead` checks every field once more, writes early heads as
// UTF-8 and breaks some latin1 values; this keeps the bytes, and head and small body leave in one write at half the cost.
// The one file that knows two of Node's own members, `_header` and `_last`; a test holds them to what is expected here.
import type { ServerResponse } from 'node:http'

interface HeadHolder {
  _header: string | null
  _last: boolean
}

export interface HeadText {
  readonly status: number
  /** ends with its empty line; every field is valid: the caller has checked them */
  readonly text: string
  readonly chunked: boolean
  /** the connection ends with this answer; `text` says so */
  readonly last: boolean
}

/** The next `write` or `end` of the response sends the head before what it is given. */
export function setHead(response: ServerResponse, head: HeadText): void {
  const holder = response as unknown as HeadHolder
  response.statusCode = head.status
  response.chunkedEncoding = head.chunked
  holder._last = head.last
  holder._header = head.text
}
