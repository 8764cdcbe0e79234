// The head of a request as it goes over the wire (latin1). Writes what it is given: fields are valid and in their order.
import type { ForwardRequest } from '../forwarder.js'

export function requestText({ method, path, fields }: ForwardRequest): string {
  let text = `${method} ${path} HTTP/1.1\r\n`
  for (let at = 0; at + 1 < fields.length; at += 2) text += `${fields[at] ?? ''}: ${fields[at + 1] ?? ''}\r\n`
  return `${text}\r\n`
}
