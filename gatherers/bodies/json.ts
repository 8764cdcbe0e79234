// JSON and NDJSON as captured bodies hold them. One text, one meaning: what two readers could read differently (a duplicate
// key, a lone surrogate) is not parsed, and no number loses digits without anyone noticing. Keys such as `__proto__` are data.
import type { JsonValue } from '../../lineage/model/fact.js'
import { decoded, tooLarge, unparsed, type Decoded, type DecodeLimits } from './decoded.js'
import { scanJson } from './json-scan.js'

/**
 * RFC 8259, and I-JSON (RFC 7493) where that forbids what interoperates badly: duplicate keys and lone surrogates are
 * refused. Integers beyond ±(2^53 - 1), and numbers past the largest double, become strings of their very digits.
 */
export function parseJson(text: string, limits: DecodeLimits): Decoded<JsonValue> {
  const scan = scanJson(text, limits)
  if (!scan.ok) return unparsed(scan.about)
  let value: JsonValue
  try {
    value = JSON.parse(scan.wide.length === 0 ? text : withQuoted(text, scan.wide)) as JsonValue
  } catch {
    return unparsed('not JSON')
  }
  if (membersOf(value) !== scan.members) return unparsed('duplicate keys')
  if (surrogateEscape.test(text) && hasLoneSurrogate(value)) return unparsed('lone surrogates')
  return decoded(value)
}

const surrogateEscape = /\\u[dD][89a-fA-F]/
const loneSurrogate = /\p{Surrogate}/u

function withQuoted(text: string, wide: readonly number[]): string {
  let out = ''
  let from = 0
  for (let at = 0; at + 1 < wide.length; at += 2) {
    const start = wide[at] ?? 0
    const end = wide[at + 1] ?? 0
    out += `${text.slice(from, start)}"${text.slice(start, end)}"`
    from = end
  }
  return out + text.slice(from)
}

function membersOf(value: JsonValue): number {
  if (typeof value !== 'object' || value === null) return 0
  let count = 0
  if (Array.isArray(value)) {
    for (const element of value as readonly JsonValue[]) {
      if (typeof element === 'object') count += membersOf(element)
    }
    return count
  }
  const members = value as Readonly<Record<string, JsonValue>>
  for (const key in members) {
    count += 1
    const member = members[key]
    if (typeof member === 'object') count += membersOf(member)
  }
  return count
}

function hasLoneSurrogate(value: JsonValue): boolean {
  if (typeof value === 'string') return loneSurrogate.test(value)
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(([key, member]) => loneSurrogate.test(key) || hasLoneSurrogate(member))
}

/** One JSON value a line; blank lines and the record separators of RFC 7464 are skipped. */
export function parseNdjson(text: string, limits: DecodeLimits): Decoded<JsonValue> {
  const values: JsonValue[] = []
  for (let from = 0; from < text.length;) {
    const newline = text.indexOf('\n', from)
    const end = newline < 0 ? text.length : newline
    const line = text.slice(text.charCodeAt(from) === 0x1e ? from + 1 : from, end)
    from = end + 1
    if (line.trim() === '') continue
    if (values.length >= limits.values) return tooLarge(`more than ${limits.values} lines`)
    const parsed = parseJson(line, limits)
    if (!parsed.ok) return unparsed(`line ${values.length + 1}: ${parsed.gap.about}`)
    values.push(parsed.value)
  }
  return decoded(values)
}
