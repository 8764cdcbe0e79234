// Bytes to text, or nothing where that would change what was said.
import { isAscii, isUtf8 } from 'node:buffer'

const utf8Names = new Set(['utf-8', 'utf8', 'us-ascii', 'ascii'])
const latin1Names = new Set(['iso-8859-1', 'latin1', 'windows-1252'])

/** Undefined where the bytes are not of that charset (UTF-8 where none is given), or it is one we do not read. */
export function textOf(bytes: Uint8Array, charset: string | undefined): string | undefined {
  const name = charset?.toLowerCase() ?? 'utf-8'
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (utf8Names.has(name)) {
    if (isAscii(buffer)) return buffer.toString('latin1')
    if (!isUtf8(buffer)) return undefined
    const text = buffer.toString('utf8')
    return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
  }
  return latin1Names.has(name) ? buffer.toString('latin1') : undefined
}
