// Frames of jobs in the order in which they came: the oldest is sent first, and a frame goes when all its jobs are done; its memory is
// used again when the ledger thread needs none of its records any more. Sends nothing itself.
import { EmptyFrames } from './empty-frames.js'
import { frameBytes, lengthOf, type FramedJob, type JobFrame } from './job-frames.js'

export interface JobPlace {
  readonly frame: QueuedFrame
  readonly index: number
}

/** What may be told of a job when it is done. */
export type JobDone = (failure: string | undefined) => void

export interface QueuedFrame {
  readonly id: number
  readonly jobs: JobFrame
  readonly routes: string[]
  /** undefined: nobody asks */
  readonly dones: (JobDone | undefined)[]
  /** index of the first job that was not sent */
  sent: number
  /** jobs done */
  finished: number
  /** records that the ledger thread may still read */
  held: number
  /** last leaf known to be committed when its first job came: their records lie behind it */
  floor: number
  /** when it was begun, in milliseconds of performance.now() */
  begun: number
}

/** The record of a job where the ledger thread can read it (`SharedRecords`). */
export class FramedRecord {
  readonly memory: SharedArrayBuffer
  readonly from: number
  readonly length: number
  /** that the whole job takes */
  readonly jobBytes: number
  private readonly queue: FrameQueue
  private readonly frame: QueuedFrame

  /** Of the last job of the frame. */
  constructor(queue: FrameQueue, frame: QueuedFrame) {
    const { jobs } = frame
    const index = frame.routes.length - 1
    this.queue = queue
    this.frame = frame
    this.memory = jobs.memory
    this.from = jobs.recordFrom(index)
    this.length = jobs.recordBytes(index)
    this.jobBytes = jobs.used - jobs.startOf(index)
  }

  /** It stays as it is until `release`. To be called in the turn in which the job came. */
  hold(): void {
    this.frame.held += 1
  }

  release(): void {
    this.queue.release(this.frame)
  }
}

/** A serial names frame and place: 18 bits and 12 bits, above them the queue's own; 0 is none. */
const placeBits = 12
const placeMask = (1 << placeBits) - 1
const frameIds = 1 << 18
/** Added to the serials of one of two queues: it tells them apart. */
export const otherQueue = frameIds << placeBits

export class FrameQueue {
  private readonly frames = new Map<number, QueuedFrame>()
  private readonly empty = new EmptyFrames()
  private readonly base: number
  private readonly last: () => number
  private open: QueuedFrame | undefined
  private ids = 0
  private heldBytes = 0

  /** `base`: 0 or `otherQueue`. `last`: the last leaf known to be committed. */
  constructor(base: number, last: () => number) {
    this.base = base
    this.last = last
  }

  add(job: FramedJob, route: string, done: JobDone | undefined): FramedRecord {
    let frame = this.open ?? this.begin(frameBytes)
    if (!this.put(frame, job)) {
      if (frame.routes.length === 0) this.retire(frame)
      frame = this.begin(Math.max(frameBytes, lengthOf(job)))
      this.put(frame, job)
    }
    frame.dones.push(done)
    frame.routes.push(route)
    return new FramedRecord(this, frame)
  }

  /** One record less of the frame may still be read. */
  release(frame: QueuedFrame): void {
    frame.held -= 1
    if (frame.held > 0 || frame.finished < frame.routes.length) return
    this.heldBytes -= frame.jobs.used
    this.empty.put(frame.jobs)
  }

  /** bytes of frames whose jobs are done, kept for their records alone */
  held(): number {
    return this.heldBytes
  }

  /** The oldest frame that holds a job not sent. */
  unsent(): QueuedFrame | undefined {
    for (const frame of this.frames.values()) if (frame.sent < frame.routes.length) return frame
    return undefined
  }

  find(serial: number): JobPlace | undefined {
    const frame = this.frames.get((serial & (otherQueue - 1)) >>> placeBits)
    const index = (serial & placeMask) - 1
    if (frame === undefined || index < 0 || index >= frame.routes.length) return undefined
    return frame.jobs.isFinished(index) ? undefined : { frame, index }
  }

  serialOf({ frame, index }: JobPlace): number {
    return this.base + (frame.id << placeBits) + index + 1
  }

  /** The job is done; its place may be used again when this returns and nothing of the frame is held. */
  finish({ frame, index }: JobPlace): void {
    frame.jobs.finish(index)
    frame.finished += 1
    if (frame.finished === frame.routes.length) this.retire(frame)
  }

  /** Nothing was sent. */
  rewind(): void {
    for (const frame of this.frames.values()) frame.sent = 0
  }

  /** Jobs that are not done, oldest first. */
  *serials(): Generator<number> {
    for (const frame of this.frames.values()) {
      for (let index = 0; index < frame.routes.length; index++) {
        if (!frame.jobs.isFinished(index)) yield this.serialOf({ frame, index })
      }
    }
  }

  /** That of the oldest frame. */
  floor(): number | undefined {
    for (const { floor } of this.frames.values()) return floor
    return undefined
  }

  /** How long the oldest frame has been there, in milliseconds. */
  behind(): number {
    for (const { begun } of this.frames.values()) return performance.now() - begun
    return 0
  }

  private put(frame: QueuedFrame, job: FramedJob): boolean {
    const index = frame.routes.length
    return index < placeMask && frame.jobs.put(this.serialOf({ frame, index }), job)
  }

  private retire(frame: QueuedFrame): void {
    this.frames.delete(frame.id)
    if (this.open === frame) this.open = undefined
    if (frame.held === 0) this.empty.put(frame.jobs)
    else this.heldBytes += frame.jobs.used
  }

  private begin(bytes: number): QueuedFrame {
    do this.ids = (this.ids + 1) % frameIds
    while (this.frames.has(this.ids))
    const jobs = this.empty.take(bytes)
    const begun = performance.now()
    const frame: QueuedFrame = {
      ...{ id: this.ids, jobs, routes: [], dones: [], sent: 0, finished: 0, held: 0 },
      ...{ floor: this.last(), begun },
    }
    this.frames.set(frame.id, frame)
    this.open = frame
    return frame
  }
}
