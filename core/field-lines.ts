// Fields as they go over the wire (RFC 9112 section 5). Checks no name and no value.
import type { RawFields } from './exchange.js'

/** Appends name, value, name, value … of the lines from `from` on; what is wrong with them, or undefined. */
export function readFieldLines(text: string, from: number, into: string[]): string | undefined {
  let at = from
  while (at < text.length) {
    const end = text.indexOf('\r\n', at)
    const colon = text.indexOf(':', at)
    if (end < 0 || colon < 0 || colon > end) return 'a field line has no colon'
    let start = colon + 1
    let stop = end
    while (start < stop && isBlank(text.charCodeAt(start))) start++
    while (stop > start && isBlank(text.charCodeAt(stop - 1))) stop--
    into.push(text.slice(at, colon), text.slice(start, stop))
    at = end + 2
  }
  return undefined
}

/** A line each, with its CR LF. */
export function fieldLines(fields: RawFields): string {
  let text = ''
  for (let at = 0; at + 1 < fields.length; at += 2) text += `${fields[at] ?? ''}: ${fields[at + 1] ?? ''}\r\n`
  return text
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}
