// Frames that hold nothing, kept for the next burst: memory that is there need not be made, cleared and touched page by page, which
// takes the proxy thread a microsecond an exchange. What a minute of work did not need goes.
import { frameBytes, JobFrame } from './job-frames.js'

/** So many stay, however long nobody needs them. */
const alwaysKept = 64
const minuteMs = 60_000

export class EmptyFrames {
  private readonly frames: JobFrame[] = []
  /** the fewest that there were since the last look */
  private unneeded = 0
  private timer: NodeJS.Timeout | undefined
  private readonly every: number

  /** `every`: how long nobody must have needed a frame, in milliseconds. */
  constructor(every = minuteMs) {
    this.every = every
  }

  /** An empty one; of the usual size one that was used before, where there is any. */
  take(bytes: number): JobFrame {
    const kept = bytes === frameBytes ? this.frames.pop() : undefined
    this.unneeded = Math.min(this.unneeded, this.frames.length)
    kept?.clear()
    return kept ?? new JobFrame(bytes)
  }

  /** Nobody reads it any more. */
  put(frame: JobFrame): void {
    if (frame.memory.byteLength !== frameBytes) return
    this.frames.push(frame)
    if (this.frames.length > alwaysKept) this.timer ??= this.lookLater()
  }

  count(): number {
    return this.frames.length
  }

  private lookLater(): NodeJS.Timeout {
    this.unneeded = this.frames.length
    return setTimeout(() => this.look(), this.every).unref()
  }

  private look(): void {
    const { frames } = this
    frames.splice(0, Math.min(this.unneeded, frames.length - alwaysKept))
    this.timer = frames.length > alwaysKept ? this.lookLater() : undefined
  }
}
