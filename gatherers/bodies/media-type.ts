// Reads Content-Type (RFC 9110 section 8.3.1) and says how such a body is read.

export interface MediaType {
  /** `type/subtype`, lower case */
  readonly essence: string
  /** names in lower case */
  readonly parameters: ReadonlyMap<string, string>
}

export type BodyShape = 'json' | 'ndjson' | 'form' | 'multipart' | 'text' | 'opaque'

const noParameters: ReadonlyMap<string, string> = new Map()

export function mediaTypeOf(contentType: string | undefined): MediaType | undefined {
  if (contentType === undefined) return undefined
  const semicolon = contentType.indexOf(';')
  const essence = (semicolon < 0 ? contentType : contentType.slice(0, semicolon)).trim().toLowerCase()
  if (!essence.includes('/')) return undefined
  return { essence, parameters: semicolon < 0 ? noParameters : parametersOf(contentType, semicolon + 1) }
}

const ndjson = new Set([
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
  'application/x-jsonlines',
  'application/json-lines',
  'application/jsonlines',
  'application/json-seq',
])

/** What is said to be neither is `opaque`; without a type, what looks like JSON is taken for it. */
export function shapeOf(type: MediaType | undefined, bytes: Uint8Array): BodyShape {
  if (type === undefined) return looksLikeJson(bytes) ? 'json' : 'opaque'
  const { essence } = type
  if (essence === 'application/json' || essence === 'text/json' || essence.endsWith('+json')) return 'json'
  if (ndjson.has(essence)) return 'ndjson'
  if (essence === 'application/x-www-form-urlencoded') return 'form'
  if (essence === 'multipart/form-data') return 'multipart'
  return essence.startsWith('text/') ? 'text' : 'opaque'
}

export function looksLikeJson(bytes: Uint8Array): boolean {
  const first = firstByte(bytes)
  return first === 0x7b || first === 0x5b
}

export function looksLikeXml(bytes: Uint8Array): boolean {
  return firstByte(bytes) === 0x3c
}

/** White space, and the bytes of a byte order mark in UTF-8. */
const blanks = new Set([0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x20, 0xef, 0xbb, 0xbf])

function firstByte(bytes: Uint8Array): number | undefined {
  return bytes.find((byte) => !blanks.has(byte))
}

/** `; name=value; name="quoted \" value"` from `start` on. What is malformed ends the list. */
export function parametersOf(text: string, start: number): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>()
  const shape = /\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))\s*(?:;|$)/y
  shape.lastIndex = start
  for (let found = shape.exec(text); found !== null; found = shape.exec(text)) {
    const [, name = '', quoted, plain = ''] = found
    const value = quoted === undefined ? plain : quoted.replace(/\\(.)/g, '$1')
    if (!parameters.has(name.toLowerCase())) parameters.set(name.toLowerCase(), value)
    if (shape.lastIndex >= text.length) break
  }
  return parameters
}
