// Copies at most `needs.bytes` of a body while it streams by, and hands whole bodies over for digests that do not fit.
// Never parses or hashes, never slows or fails the stream: past the limit the copy ends and is marked, and the other
// side still gets every byte. What is kept must not be transferred: it may share memory with other small copies.
import type { BodyCapture, BodyNeeds } from '../core/exchange.js'
import type { BodySide } from '../core/recorder-port.js'

const nothing = new Uint8Array(0)

export interface ChunkSink {
  /** Receives copies of a body that is longer than what is kept, in order; the bytes are the receiver's. */
  chunk(side: BodySide, bytes: Uint8Array): void
}

export class Tap {
  total = 0
  private readonly limit: number
  private readonly side: BodySide
  private readonly sink: ChunkSink | null
  private kept: Uint8Array = nothing
  private used = 0

  /** `sink` is called only where the needs name a digest and the body exceeds what is kept. */
  constructor(needs: BodyNeeds, side: BodySide, sink: ChunkSink) {
    this.limit = needs.bytes
    this.side = side
    this.sink = needs.digests.length === 0 ? null : sink
  }

  copy(chunk: Buffer): void {
    const before = this.total
    this.total = before + chunk.length
    if (this.sink !== null && this.total > this.limit) this.handOver(before, chunk, this.sink)
    if (before < this.limit) this.keep(chunk)
  }

  /** `cut`: the end of the body has not passed. */
  capture(cut: boolean): BodyCapture {
    return {
      bytes: this.used === this.kept.length ? this.kept : this.kept.subarray(0, this.used),
      total: this.total,
      truncated: cut || this.total > this.used,
      cut,
    }
  }

  private keep(chunk: Buffer): void {
    const room = this.limit - this.used
    const taken = Math.min(chunk.length, room)
    if (this.used + taken > this.kept.length) this.grow(this.used + taken)
    this.kept.set(taken === chunk.length ? chunk : chunk.subarray(0, taken), this.used)
    this.used += taken
  }

  private grow(wanted: number): void {
    const larger = Buffer.allocUnsafe(Math.min(this.limit, Math.max(wanted, this.kept.length * 2)))
    if (this.used > 0) larger.set(this.kept.subarray(0, this.used))
    this.kept = larger
  }

  private handOver(before: number, chunk: Buffer, sink: ChunkSink): void {
    if (before <= this.limit && this.used > 0) sink.chunk(this.side, new Uint8Array(this.kept.subarray(0, this.used)))
    sink.chunk(this.side, new Uint8Array(chunk))
  }
}
