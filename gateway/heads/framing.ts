// How a message's body is framed (RFC 9112 section 6), decided from the raw fields whatever the parser let through.
// What two parties could frame differently is refused.

export type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly length: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'refused'; readonly reason: string }

/** Values of all fields of the two names, in order. */
export interface FramingFields {
  readonly lengths: readonly string[]
  readonly encodings: readonly string[]
}

export const noBody: Framing = { kind: 'none' }
const chunked: Framing = { kind: 'chunked' }

/** `version`: as the parser gives it, `1.0` or `1.1`. */
export function framingOf(fields: FramingFields, version: string): Framing {
  const { lengths, encodings } = fields
  if (encodings.length > 0) return encoded(fields, version)
  if (lengths.length === 0) return noBody
  if (lengths.length > 1) return refused('two Content-Length fields')
  const length = lengthOf(lengths[0] ?? '')
  return length === undefined ? refused('Content-Length is not one decimal number') : { kind: 'length', length }
}

function encoded({ lengths, encodings }: FramingFields, version: string): Framing {
  if (version === '1.0') return refused('Transfer-Encoding in HTTP/1.0')
  if (lengths.length > 0) return refused('both Content-Length and Transfer-Encoding')
  if (encodings.length > 1) return refused('two Transfer-Encoding fields')
  return encodings[0]?.toLowerCase() === 'chunked' ? chunked : refused('a Transfer-Encoding other than chunked')
}

/** Digits only, and small enough to be counted exactly. */
function lengthOf(value: string): number | undefined {
  if (value.length === 0 || value.length > 16) return undefined
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at)
    if (code < 0x30 || code > 0x39) return undefined
  }
  const length = Number(value)
  return Number.isSafeInteger(length) ? length : undefined
}

function refused(reason: string): Framing {
  return { kind: 'refused', reason }
}
