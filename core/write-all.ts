// Writes whole buffers: one call of write(2) may take less than it was given.
import { writeSync } from 'node:fs'

/** At `position` of the file, or where it is written next. Throws what the system says; a part may be written then. */
export function writeAll(fd: number, bytes: Uint8Array, position?: number): void {
  for (let written = 0; written < bytes.length;) {
    const at = position === undefined ? null : position + written
    written += writeSync(fd, bytes, written, bytes.length - written, at)
  }
}
