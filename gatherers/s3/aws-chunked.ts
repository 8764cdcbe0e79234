// Undoes `Content-Encoding: aws-chunked`: `<hex size>[;chunk-signature=…]\r\n<data>\r\n … 0\r\n<trailer fields>\r\n`.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html. Never checks signatures.

export interface DecodedChunks {
  readonly content: Buffer
  /** trailer fields, names in lower case */
  readonly trailers: ReadonlyMap<string, string>
}

/** Undefined where `bytes` are not one whole aws-chunked body. */
export function decodeAwsChunked(bytes: Uint8Array): DecodedChunks | undefined {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const parts: Buffer[] = []
  let at = 0
  for (;;) {
    const end = body.indexOf('\r\n', at)
    if (end < 0) return undefined
    const size = /^([0-9a-fA-F]{1,8})(?:;|$)/.exec(body.toString('latin1', at, end))?.[1]
    if (size === undefined) return undefined
    const length = Number.parseInt(size, 16)
    at = end + 2
    if (length === 0) return { content: Buffer.concat(parts), trailers: trailersOf(body.toString('latin1', at)) }
    if (body.toString('latin1', at + length, at + length + 2) !== '\r\n') return undefined
    parts.push(body.subarray(at, at + length))
    at += length + 2
  }
}

function trailersOf(text: string): ReadonlyMap<string, string> {
  const trailers = new Map<string, string>()
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':')
    if (colon > 0) trailers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim())
  }
  return trailers
}
