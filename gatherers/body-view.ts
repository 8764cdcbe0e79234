// A captured body as gatherers see it. Decoding happens when it is first asked for, once, within limits; it never throws.
import type { DigestName } from '../core/exchange.js'
import type { GathererGap } from '../lineage/model/fact.js'
import { readBody } from './bodies/body-value.js'
import { tooLarge } from './bodies/decoded.js'
import type { BodyView, Parsed } from './contract.js'

export interface ViewedBody {
  /** the leading bytes kept, redacted */
  readonly bytes: Uint8Array
  /** bytes that passed */
  readonly total: number
  readonly truncated: boolean
  /** why none of it was kept, where it was not cut */
  readonly withheld?: GathererGap | undefined
  readonly contentType: string | undefined
  readonly contentEncoding: string | undefined
  /** `<algorithm>:<hex>` of the whole body as it passed */
  readonly digests: Readonly<Partial<Record<DigestName, string>>>
}

export function createBodyView(body: ViewedBody): BodyView {
  let parsed: Parsed | undefined
  return {
    bytes: body.bytes,
    total: body.total,
    truncated: body.truncated,
    parsed: () => (parsed ??= parse(body)),
    digest: (name) => body.digests[name],
  }
}

function parse(body: ViewedBody): Parsed {
  if (body.withheld !== undefined) return { ok: false, gap: body.withheld }
  if (body.truncated) return tooLarge('longer than what is captured')
  const read = readBody(body)
  return read.ok ? { ok: true, value: read.value.value } : read
}
