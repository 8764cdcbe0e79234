// `application/x-www-form-urlencoded` (WHATWG URL, section 5.1), for bodies and for queries.
import type { JsonValue } from '../../lineage/model/fact.js'
import { decoded, fieldsOf, unparsed, type Decoded, type DecodeLimits } from './decoded.js'

/** Name to value; a repeated name to the array of its values. */
export function parseForm(text: string, limits: DecodeLimits): Decoded<JsonValue> {
  let fields = 1
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', at + 1)) fields += 1
  if (fields > limits.values) return unparsed(`more than ${limits.values} fields`)
  return decoded(fieldsOf(new URLSearchParams(text)))
}
