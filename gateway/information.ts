// Passes interim answers (1xx, RFC 9110 section 15.2) on. Node's own interface knows only Link hints, so the head is
// written to the socket as it came; never where another answer still owns the socket.
import { STATUS_CODES, type ServerResponse } from 'node:http'
import type { RawFields } from '../core/exchange.js'

export function writeInformation(response: ServerResponse, status: number, fields: RawFields): void {
  const { socket } = response
  // HTTP/1.0 has none; 100 is between the upstream and us, since Expect ends here; 101 is no interim answer
  if (socket === null || response.headersSent || status < 102 || response.req.httpVersion === '1.0') return
  socket.write(headText(status, STATUS_CODES[status] ?? '', fields), 'latin1')
}

/** A response head as it goes over the wire (latin1); `more`: field lines of the connection, each with its CR LF. */
export function headText(status: number, reason: string, fields: RawFields, more = ''): string {
  let text = `HTTP/1.1 ${status} ${reason}\r\n`
  for (let at = 0; at + 1 < fields.length; at += 2) text += `${fields[at] ?? ''}: ${fields[at + 1] ?? ''}\r\n`
  return `${text}${more}\r\n`
}
