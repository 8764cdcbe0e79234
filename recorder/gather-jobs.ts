// The exchanges whose bodies wait for a gatherer worker, or are with it. A job stays here until its facts are on disk, so that
// it can be given to the next worker when this one dies. Bounded by who adds; sends nothing itself.
import {
  FrameQueue,
  otherQueue,
  type FramedRecord,
  type JobDone,
  type JobPlace,
  type QueuedFrame,
} from './frame-queue.js'
import type { SkippedUse } from './gather-protocol.js'
import type { FramedJob } from './job-frames.js'

export interface GatherJob extends FramedJob {
  readonly route: string
  /** somebody waits for its facts */
  readonly urgent: boolean
  /** its facts are on disk, or why they never will be; undefined: nobody asks */
  readonly done: JobDone | undefined
}

export interface JobBatch {
  readonly memory: SharedArrayBuffer
  /** where the jobs lie in it */
  readonly from: number
  readonly to: number
  readonly jobs: readonly { readonly serial: number; readonly route: string; readonly skip: readonly SkippedUse[] }[]
}

/** A job whose facts are not stored and never will be. `floor`: its record is a leaf behind this one. */
export type LostJob = (record: string, floor: number) => void

export interface GatherJobs {
  /** Where its record lies now. */
  add(job: GatherJob): FramedRecord
  /** The next jobs to send; undefined where none waits. */
  next(): JobBatch | undefined
  finish(serials: readonly number[], failure: string | undefined): void
  /** All that were sent are to be sent again, in order. */
  rewind(): void
  /** The job is not to run that use again; undefined: not to read its bodies. False where that was so already. */
  skip(serial: number, use: SkippedUse | undefined): boolean
  routeOf(serial: number): string | undefined
  count(): number
  /** of those, the ones not sent */
  waiting(): number
  bytes(): number
  /** how long the oldest has waited at most, in milliseconds */
  behind(): number
  /** every record at or below this leaf has its facts, as far as this is known here; undefined: all have */
  floor(): number | undefined
  serials(): readonly number[]
}

const nothingSkipped: readonly SkippedUse[] = []
const batchJobs = 256
const batchBytes = 1024 * 1024

/** `last`: the last leaf known to be committed. */
export function createGatherJobs(last: () => number, lost: LostJob): GatherJobs {
  const patient = new FrameQueue(0, last)
  const urgent = new FrameQueue(otherQueue, last)
  const queues = [urgent, patient]
  const skips = new Map<number, readonly SkippedUse[]>()
  let count = 0
  let waiting = 0
  let size = 0
  const queueOf = (serial: number) => (serial < otherQueue ? patient : urgent)

  const finish = (serial: number, failure: string | undefined): void => {
    const queue = queueOf(serial)
    const place = queue.find(serial)
    if (place === undefined) return
    const { frame, index } = place
    count -= 1
    size -= frame.jobs.startOf(index + 1) - frame.jobs.startOf(index)
    if (index >= frame.sent) waiting -= 1
    skips.delete(serial)
    // Taken before its place may be used again.
    const record = failure === undefined ? '' : frame.jobs.recordOf(index)
    const done = frame.dones[index]
    queue.finish(place)
    if (failure !== undefined) lost(record, frame.floor)
    done?.(failure)
  }

  return {
    add: (job) => {
      const queue = job.urgent ? urgent : patient
      const record = queue.add(job, job.route, job.done)
      size += record.jobBytes
      count += 1
      waiting += 1
      return record
    },
    next: () => {
      for (const queue of queues) {
        const frame = queue.unsent()
        if (frame === undefined) continue
        const batch = batchOf(frame, queue, skips)
        waiting -= batch.jobs.length
        return batch
      }
      return undefined
    },
    finish: (finished, failure) => {
      for (const serial of finished) finish(serial, failure)
    },
    rewind: () => {
      for (const queue of queues) queue.rewind()
      waiting = count
    },
    skip: (serial, use) => {
      const place = queueOf(serial).find(serial)
      if (place === undefined) return true
      return use === undefined ? withoutBodies(place) : withoutUse(serial, use, skips)
    },
    routeOf: (serial) => {
      const place = queueOf(serial).find(serial)
      return place?.frame.routes[place.index]
    },
    count: () => count,
    waiting: () => waiting,
    bytes: () => queues.reduce((sum, queue) => sum + queue.held(), size),
    behind: () => Math.max(...queues.map((queue) => queue.behind())),
    floor: () => {
      const floors = queues.flatMap((queue) => queue.floor() ?? [])
      return floors.length === 0 ? undefined : Math.min(...floors)
    },
    serials: () => queues.flatMap((queue) => [...queue.serials()]),
  }
}

function withoutBodies({ frame, index }: JobPlace): boolean {
  if (frame.jobs.isHeadsOnly(index)) return false
  frame.jobs.headsOnly(index)
  return true
}

function withoutUse(serial: number, use: SkippedUse, skips: Map<number, readonly SkippedUse[]>): boolean {
  const known = skips.get(serial) ?? nothingSkipped
  if (known.some((one) => one.use === use.use)) return false
  skips.set(serial, [...known, use])
  return true
}

/** What comes next in the frame; it counts as sent from now on. */
function batchOf(frame: QueuedFrame, queue: FrameQueue, skips: ReadonlyMap<number, readonly SkippedUse[]>): JobBatch {
  const { jobs: memory, routes } = frame
  const from = memory.startOf(frame.sent)
  const jobs: JobBatch['jobs'][number][] = []
  let index = frame.sent
  for (; index < routes.length && jobs.length < batchJobs && memory.startOf(index) - from < batchBytes; index++) {
    if (memory.isFinished(index)) continue
    const serial = queue.serialOf({ frame, index })
    jobs.push({ serial, route: routes[index] ?? '', skip: skips.get(serial) ?? nothingSkipped })
  }
  frame.sent = index
  return { memory: memory.memory, from, to: memory.startOf(index), jobs }
}
