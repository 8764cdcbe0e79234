// Undoes aws-chunked framing for tests, whole bodies only, and checks what their trailers say. Written apart from the
// product's own, so that both would have to be wrong in the same way.
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'

export interface Dechunked {
  readonly content: Buffer
  /** names in lower case */
  readonly trailers: ReadonlyMap<string, string>
}

export function dechunked(body: Buffer): Dechunked {
  let content = Buffer.alloc(0)
  for (let rest = body; ;) {
    const line = rest.subarray(0, rest.indexOf('\r\n')).toString('latin1')
    const size = Number.parseInt(line, 16)
    rest = rest.subarray(line.length + 2)
    if (size === 0) return { content, trailers: trailersOf(rest.toString('latin1')) }
    content = Buffer.concat([content, rest.subarray(0, size)])
    rest = rest.subarray(size + 2)
  }
}

/** Whether there is a checksum behind the content, and it is that of the content. */
export function trailerHolds({ content, trailers }: Dechunked): boolean {
  const sha256 = trailers.get('x-amz-checksum-sha256')
  if (sha256 !== undefined) return sha256 === createHash('sha256').update(content).digest('base64')
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(content))
  return trailers.get('x-amz-checksum-crc32') === sum.toString('base64')
}

function trailersOf(text: string): ReadonlyMap<string, string> {
  const lines = text.split('\r\n').filter((line) => line.includes(':'))
  return new Map(lines.map((line) => [line.replace(/:.*/, '').toLowerCase(), line.replace(/^[^:]*:\s*/, '')]))
}
