// The leaf hash of RFC 6962 section 2.1: SHA-256(0x00 ‖ leaf). The leaf's bytes are canonical JSON (RFC 8785) of
// {body, recorded}, put together around the body's canonical bytes: the body is never parsed.
import { hash } from 'node:crypto'

/** A body, canonical JSON in UTF-8, as it lies among others. */
export interface LeafBytes {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
}

interface Place {
  readonly into: Uint8Array
  readonly at: number
}

const prefix = Buffer.from('\u0000{"body":', 'latin1')
let scratch = Buffer.allocUnsafe(16_384)

/** 32 bytes, as latin-1. `recorded` is whole microseconds. Copies the body to a place, too, since it is at hand. */
export function leafHash({ bytes, start, end }: LeafBytes, recorded: number, copy: Place): string {
  const body = bytes.subarray(start, end)
  const suffix = `,"recorded":${recorded}}`
  const length = prefix.length + body.length + suffix.length
  if (scratch.length < length) scratch = Buffer.allocUnsafe(length * 2)
  scratch.set(prefix, 0)
  scratch.set(body, prefix.length)
  scratch.write(suffix, prefix.length + body.length, 'latin1')
  copy.into.set(body, copy.at)
  return hash('sha256', scratch.subarray(0, length), 'binary')
}
