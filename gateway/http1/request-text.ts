// The head of a request as it goes over the wire (latin1). Writes what it is given: fields are valid and in their order.
import type { ForwardRequest } from '../forwarder.js'
import { fieldLines } from '../../core/field-lines.js'

export function requestText({ method, path, fields }: ForwardRequest): string {
  return `${method} ${path} HTTP/1.1\r\n${fieldLines(fields)}\r\n`
}
