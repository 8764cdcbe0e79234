// What the text of field names and values may hold (RFC 9110 section 5). Knows no field.
import type { RawFields } from '../../core/exchange.js'

/** RFC 9110 section 5.6.2. */
export function isToken(text: string): boolean {
  return token.test(text)
}

// one pass in native code: names are slices of a whole head, which are slow to walk character by character
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** RFC 9110 section 5.5, and HTAB: no CR, LF, NUL or other control character; latin1 is passed. */
export function isFieldValue(value: string): boolean {
  return !notInValue.test(value)
}

const notInValue = /[^\t\x20-\x7e\x80-\xff]/

/** What is wrong with names or values; undefined where nothing is. */
export function fieldFault(fields: RawFields): string | undefined {
  for (let at = 0; at + 1 < fields.length; at += 2) {
    if (!isToken(fields[at] ?? '')) return 'a field name is not a token'
    if (!isFieldValue(fields[at + 1] ?? '')) return 'a field value contains a control character'
  }
  return undefined
}
