// The intents of exchanges that are under way, by id. No Map: one that entries enter and leave all the time goes through many
// tables a second, each of which V8 lets point to the next; once one of them has grown old, it keeps alive all that come after it,
// with what was in them, until the next whole collection, and each young one has to move it. Knows nothing of files.
import type { ExchangeId } from '../core/ids.js'

export interface OpenIntent {
  readonly id: ExchangeId
  /** as it stands in the file */
  readonly line: string
  readonly synced: boolean
}

const bucketCount = 256

export class OpenIntents {
  private readonly buckets: readonly OpenIntent[][] = Array.from({ length: bucketCount }, () => [])

  add(intent: OpenIntent): void {
    this.bucketOf(intent.id).push(intent)
  }

  remove(id: ExchangeId): void {
    const bucket = this.bucketOf(id)
    const at = bucket.findIndex((one) => one.id === id)
    const last = bucket.length - 1
    const moved = bucket[last]
    if (at < 0 || moved === undefined) return
    bucket[at] = moved
    bucket.length = last
  }

  all(): OpenIntent[] {
    return this.buckets.flat()
  }

  /** By the last two digits, which are random; the first ones are the time. */
  private bucketOf(id: ExchangeId): OpenIntent[] {
    return this.buckets[((digit(id.charCodeAt(30)) << 4) | digit(id.charCodeAt(31))) & (bucketCount - 1)] ?? []
  }
}

/** Of a lower-case hexadecimal digit. */
function digit(code: number): number {
  return code < 0x3a ? code - 0x30 : code - 0x57
}
