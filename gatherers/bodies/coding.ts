// Undoes content codings (RFC 9110 section 8.4.1) of a captured body, within limits: a bomb ends as "too large", never in
// memory. Synchronous: it runs in a gatherer worker.
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, type ZlibOptions } from 'node:zlib'
import { decoded, tooLarge, unparsed, type Decoded, type DecodeLimits } from './decoded.js'

type Undo = (bytes: Uint8Array, options: ZlibOptions) => Uint8Array

const undoers: ReadonlyMap<string, Undo> = new Map<string, Undo>([
  ['gzip', gunzipSync],
  ['x-gzip', gunzipSync],
  ['br', (bytes, options) => brotliDecompressSync(bytes, { maxOutputLength: options.maxOutputLength })],
  ['deflate', inflateEither],
])

/** `contentEncoding` is the field's value: codings in the order in which they were applied. */
export function undoCodings(
  bytes: Uint8Array,
  contentEncoding: string | undefined,
  limits: DecodeLimits,
): Decoded<Uint8Array> {
  const codings = namesIn(contentEncoding)
  if (codings.length === 0) return decoded(bytes)
  if (codings.length > limits.codings) return unparsed('too many content codings')
  let current = bytes
  for (const coding of codings.reverse()) {
    const undo = undoers.get(coding)
    if (undo === undefined) return unparsed('unknown content coding')
    const maxOutputLength = Math.min(limits.bytes, Math.max(limits.ratioFrom, bytes.length * limits.ratio))
    try {
      current = undo(current, { maxOutputLength })
    } catch (error) {
      return isTooLarge(error) ? tooLarge('decoded size is past the limit') : unparsed(`not ${coding}`)
    }
  }
  return decoded(current)
}

function namesIn(contentEncoding: string | undefined): string[] {
  if (contentEncoding === undefined) return []
  return contentEncoding
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity')
}

/** RFC 9110 names the zlib format; some senders omit its two-byte head, so both are read. */
function inflateEither(bytes: Uint8Array, options: ZlibOptions): Uint8Array {
  try {
    return inflateSync(bytes, options)
  } catch (error) {
    if (isTooLarge(error)) throw error
    return inflateRawSync(bytes, options)
  }
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
}
