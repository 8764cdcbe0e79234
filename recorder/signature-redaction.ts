// Blanks the signatures of presigned URLs wherever they stand in a captured body: services hand such URLs out and clients
// send them back (MLflow's multipart uploads do), and whoever has one may write or read the object. Looks at bytes, not at
// what they mean, and leaves every other byte as it is.
import { redacted } from '../core/redaction.js'

/** In every one of the names below. */
const marks = ['X-Amz-S', 'X-Goog-S']

/** `%3D`: where a URL stands in another one's query. */
const signatures = /(X-Amz-Signature|X-Amz-Security-Token|X-Goog-Signature)(=|%3D)[\w%.~+/=-]*/g

/** Undefined where there is none. */
export function withoutSignatures(bytes: Uint8Array): Uint8Array | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (!marks.some((mark) => view.includes(mark))) return undefined
  const text = view.toString('latin1')
  const kept = text.replace(signatures, `$1$2${redacted}`)
  return kept === text ? undefined : Buffer.from(kept, 'latin1')
}
