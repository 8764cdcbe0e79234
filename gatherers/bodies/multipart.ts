// `multipart/form-data` (RFC 7578 over RFC 2046) of a whole, bounded body. A field becomes its text (its JSON value where the
// part says so); a file becomes what identifies it. Its content is not kept: it would be copied into every facet that names it.
import { createHash } from 'node:crypto'
import type { JsonValue } from '../../lineage/model/fact.js'
import { decoded, fieldsOf, unparsed, type Decoded, type DecodeLimits } from './decoded.js'
import { parseJson } from './json.js'
import { mediaTypeOf, parametersOf, shapeOf } from './media-type.js'
import { textOf } from './text.js'

const partLimit = 1_000
const headLimit = 8 * 1024

/** Field to text or JSON value; file to `{ filename, type, size, digest }`; a repeated name to an array. */
export function parseMultipart(
  bytes: Uint8Array,
  boundary: string | undefined,
  limits: DecodeLimits,
): Decoded<JsonValue> {
  if (boundary === undefined || boundary.length === 0 || boundary.length > 70) return unparsed('no boundary')
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const pairs: (readonly [string, JsonValue])[] = []
  const delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1')
  let at = body.indexOf(delimiter.subarray(2))
  if (at < 0 || (at > 0 && !body.subarray(at - 2, at).equals(delimiter.subarray(0, 2)))) return unparsed('no boundary')
  at += delimiter.length - 2
  while (!(body[at] === 0x2d && body[at + 1] === 0x2d)) {
    const lineEnd = body.indexOf('\r\n', at)
    const end = lineEnd < 0 ? -1 : body.indexOf(delimiter, lineEnd)
    if (end < 0) return unparsed('multipart body without an end')
    if (pairs.length >= partLimit) return unparsed(`more than ${partLimit} parts`)
    const part = partOf(body.subarray(lineEnd + 2, Math.max(end, lineEnd + 2)), limits)
    if (!part.ok) return part
    pairs.push(part.value)
    at = end + delimiter.length
  }
  return decoded(fieldsOf(pairs))
}

function partOf(part: Buffer, limits: DecodeLimits): Decoded<readonly [string, JsonValue]> {
  const headEnd = part.subarray(0, headLimit).indexOf('\r\n\r\n')
  if (headEnd < 0) return unparsed('part without a head')
  const fields = headOf(part.toString('utf8', 0, headEnd))
  const content = part.subarray(headEnd + 4)
  const disposition = fields.get('content-disposition') ?? ''
  const parameters = parametersOf(disposition, Math.max(disposition.indexOf(';') + 1, 0))
  const name = parameters.get('name')
  if (name === undefined || !disposition.toLowerCase().startsWith('form-data')) return unparsed('part without a name')
  const type = mediaTypeOf(fields.get('content-type'))
  const filename = parameters.get('filename')
  if (filename !== undefined) return decoded([name, fileOf(filename, type?.essence, content)])
  const text = textOf(content, type?.parameters.get('charset'))
  if (text === undefined) return unparsed('part is not text')
  if (type === undefined || shapeOf(type, content) !== 'json') return decoded([name, text])
  const parsed = parseJson(text, limits)
  return parsed.ok ? decoded([name, parsed.value]) : parsed
}

function headOf(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':')
    if (colon > 0) fields.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim())
  }
  return fields
}

function fileOf(filename: string, type: string | undefined, content: Buffer): JsonValue {
  return {
    filename,
    type: type ?? 'application/octet-stream',
    size: content.length,
    digest: `sha256:${createHash('sha256').update(content).digest('hex')}`,
  }
}
