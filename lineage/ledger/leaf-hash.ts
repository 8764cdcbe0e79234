// The leaf hash of RFC 6962 section 2.1: SHA-256(0x00 ‖ leaf). The leaf's bytes are canonical JSON (RFC 8785) of
// {body, recorded}, put together around the body's canonical bytes: the body is never parsed.
import { hash } from 'node:crypto'

const prefix = Buffer.from('\u0000{"body":', 'latin1')
let scratch = Buffer.allocUnsafe(16_384)

/** 32 bytes. `body` is canonical JSON in UTF-8, `recorded` whole microseconds. */
export function leafHash(body: Uint8Array, recorded: number): Buffer {
  const suffix = `,"recorded":${recorded}}`
  const length = prefix.length + body.length + suffix.length
  if (scratch.length < length) scratch = Buffer.allocUnsafe(length * 2)
  scratch.set(prefix, 0)
  scratch.set(body, prefix.length)
  scratch.write(suffix, prefix.length + body.length, 'latin1')
  return hash('sha256', scratch.subarray(0, length), 'buffer')
}
