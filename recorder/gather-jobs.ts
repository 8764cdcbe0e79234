// The exchanges whose bodies wait for a gatherer worker, or are with it. A job stays here until its facts are on disk, so that
// it can be given to the next worker when this one dies. Bounded by who adds; sends nothing itself.
import type { Capture } from '../core/exchange.js'
import type { ExchangeId } from '../core/ids.js'
import type { SkippedUse } from './gather-protocol.js'
import { packJobs, type PackedJob } from './job-frames.js'

export interface GatherJob {
  readonly exchange: ExchangeId
  readonly route: string
  /** somebody waits for its facts */
  readonly urgent: boolean
  /** canonical JSON of the record */
  readonly record: string
  readonly capture: Capture
  /** sides whose pieces could not all be hashed */
  readonly digestSkipped: ReadonlySet<'request' | 'response'> | undefined
  /** its facts are on disk, or why they never will be */
  readonly done: (failure: string | undefined) => void
}

interface Entry {
  readonly job: GatherJob
  readonly bytes: number
  readonly skip: SkippedUse[]
  headsOnly: boolean
}

export interface JobBatch {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** in the order in which they are packed */
  readonly jobs: readonly { readonly serial: number; readonly route: string; readonly skip: readonly SkippedUse[] }[]
}

export interface GatherJobs {
  add(job: GatherJob): void
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
  serials(): readonly number[]
}

const batchJobs = 256
const batchBytes = 1024 * 1024

export function createGatherJobs(): GatherJobs {
  const entries = new Map<number, Entry>()
  let waiting: number[] = []
  let serials = 0
  let size = 0
  return {
    add: (job) => {
      const { request, response } = job.capture
      const bytes = job.record.length + request.bytes.length + response.bytes.length
      // Shared memory holds 32 bits, and 0 says idle.
      serials = serials === 0x7fff_ffff ? 1 : serials + 1
      entries.set(serials, { job, bytes, skip: [], headsOnly: false })
      waiting.push(serials)
      size += bytes
    },
    next: () => {
      if (waiting.length === 0) return undefined
      const taken: (readonly [number, Entry])[] = []
      let bytes = 0
      for (const serial of waiting) {
        const entry = entries.get(serial)
        if (taken.length === batchJobs || bytes >= batchBytes) break
        if (entry === undefined) continue
        bytes += entry.bytes
        taken.push([serial, entry])
      }
      waiting = waiting.slice(taken.length)
      return packed(taken)
    },
    finish: (finished, failure) => {
      for (const serial of finished) {
        const entry = entries.get(serial)
        if (entry === undefined) continue
        entries.delete(serial)
        size -= entry.bytes
        entry.job.done(failure)
      }
    },
    rewind: () => {
      waiting = [...entries.keys()]
    },
    skip: (serial, use) => {
      const entry = entries.get(serial)
      if (entry === undefined) return true
      if (use === undefined) {
        const before = entry.headsOnly
        entry.headsOnly = true
        return !before
      }
      if (entry.skip.some((one) => one.use === use.use)) return false
      entry.skip.push(use)
      return true
    },
    routeOf: (serial) => entries.get(serial)?.job.route,
    count: () => entries.size,
    waiting: () => waiting.length,
    bytes: () => size,
    serials: () => [...entries.keys()],
  }
}

function packed(taken: readonly (readonly [number, Entry])[]): JobBatch {
  const jobs = taken.map(([serial, entry]) => packedJob(serial, entry))
  return { bytes: packJobs(jobs), jobs: taken.map(([serial, { job, skip }]) => ({ serial, route: job.route, skip })) }
}

function packedJob(serial: number, { job, headsOnly }: Entry): PackedJob {
  const { record, capture, digestSkipped } = job
  const { request, response } = capture
  return {
    serial,
    record,
    request: { ...request, digestSkipped: digestSkipped?.has('request') === true },
    response: { ...response, digestSkipped: digestSkipped?.has('response') === true },
    headsOnly,
  }
}
