// One gatherer worker with its queue: feeds it batch by batch, and replaces it when it hangs or dies. The exchange that it was
// at goes on without the gatherer that was running; those behind it go to the new worker. Never runs a gatherer itself.
import type { Worker } from 'node:worker_threads'
import type { ExchangeId } from '../core/ids.js'
import type { BodySide } from '../core/recorder-port.js'
import type { ThreadShare } from '../core/processor-share.js'
import { createRestartPauses } from '../core/restart-pauses.js'
import { publishAll, type Signals } from '../core/signals.js'
import type { LedgerClient } from '../lineage/ledger/client.js'
import type { FramedRecord } from './frame-queue.js'
import { createGatherJobs, type GatherJob, type GatherJobs, type JobBatch, type LostJob } from './gather-jobs.js'
import type { FromGatherer, GathererThreadOptions, JobSkip, SkippedUse, ToGatherer } from './gather-protocol.js'
import { startGathererWorker } from './gatherer-worker.js'
import { createGatherPace } from './gather-pace.js'
import { createHangs } from './hangs.js'
import { createWatchdog, type WorkerProgress } from './watchdog.js'

export interface GatherLane {
  /** see GatherJobs */
  add(job: GatherJob): FramedRecord
  /** False where too many pieces are on their way already: the body's digest will be missing. */
  chunk(exchange: ExchangeId, side: BodySide, bytes: Uint8Array): boolean
  /** The exchange whose pieces came will not be closed. */
  forget(exchange: ExchangeId): void
  /** jobs waiting or at work, and their bytes with those that are kept for the ledger thread */
  count(): number
  bytes(): number
  /** see GatherJobs */
  behind(): number
  floor(): number | undefined
  /** Somebody waits for all of it (1), or no longer (-1). */
  press(by: 1 | -1): void
  close(): Promise<void>
}

export interface LaneParts {
  readonly ledger: LedgerClient
  readonly signals: Signals
  readonly thread: Omit<GathererThreadOptions, 'progress' | 'share'>
  /** undefined: its worker may take all that it gets */
  readonly share: ThreadShare | undefined
  /** milliseconds for one gatherer and exchange */
  readonly limit: number
  /** bytes of heap */
  readonly memory: number
  readonly digestBytes: number
  readonly lost: LostJob
}

/**
 * Workers that ended in a row without anything done: then its jobs are given up and the next one starts after a pause, so
 * that a broken set-up does not spin.
 */
const endsInVain = 3

export function createGatherLane(parts: LaneParts): GatherLane {
  const jobs = createGatherJobs(() => parts.ledger.last(), parts.lost)
  const link = createLink(parts, jobs)
  return {
    add: (job) => {
      const record = jobs.add(job.urgent ? pressing(job, parts.share) : job)
      link.wake(job.urgent)
      return record
    },
    press: (by) => parts.share?.press(by),
    chunk: (exchange, side, bytes) => {
      if (!link.up() || link.hashing() + bytes.length > parts.digestBytes) return false
      link.hash(exchange, side, ownBuffer(bytes))
      return true
    },
    forget: (exchange) => link.post({ kind: 'forget', exchange }),
    count: () => jobs.count(),
    bytes: () => jobs.bytes(),
    behind: () => jobs.behind(),
    floor: () => jobs.floor(),
    close: () => link.close(),
  }
}

/** Until it is done its worker is not held back. */
function pressing(job: GatherJob, share: ThreadShare | undefined): GatherJob {
  share?.press(1)
  const done: GatherJob['done'] = (failure) => {
    share?.press(-1)
    job.done?.(failure)
  }
  return { ...job, done }
}

/** The worker that there is now. */
interface Link {
  /** There are jobs: sends them with others, if the worker is idle. `urgent`: with no more than this turn's. */
  wake(urgent: boolean): void
  post(message: ToGatherer): void
  hash(exchange: ExchangeId, side: BodySide, bytes: Uint8Array<ArrayBuffer>): void
  /** bytes on their way to be hashed */
  hashing(): number
  /** False in the pause before one that ended is started again. */
  up(): boolean
  close(): Promise<void>
}

function createLink(parts: LaneParts, jobs: GatherJobs): Link {
  const { ledger, signals } = parts
  const ends = createEnds(parts, jobs)
  const watchdog = createWatchdog(parts.limit, (where) => {
    ends.hung(where)
    void worker?.terminate()
  })
  let worker: Worker | undefined
  let pausing: NodeJS.Timeout | undefined
  let busy = true
  let hashing = 0
  let closing = false

  const send = (): void => {
    const batch = busy ? undefined : jobs.next()
    if (batch === undefined) return
    busy = true
    worker?.postMessage(messageOf(batch, ends))
  }

  const pace = createGatherPace(jobs, send)
  const onMessage = (message: FromGatherer): void => {
    if (message.kind === 'stored' || message.kind === 'failed') ends.done(message)
    else if (message.kind === 'hashed') hashing -= message.bytes
    else if (message.kind === 'signals') publishAll(signals, message.messages)
    else {
      busy = false
      pace.freed()
    }
  }

  const start = (): void => {
    pausing = undefined
    const progress = new SharedArrayBuffer(8)
    hashing = 0
    const options = { ...parts.thread, progress, share: parts.share?.memory }
    worker = startGathererWorker(options, parts.memory, { onMessage, onEnd })
    watchdog.watch(progress)
    giveLedger(worker, ledger)
  }

  const onEnd = (reason: string): void => {
    if (closing) return
    const pause = ends.ended(watchdog.where(), reason)
    jobs.rewind()
    worker = undefined
    busy = true
    watchdog.watch(nowhere)
    if (pause === 0) start()
    else pausing = setTimeout(start, pause).unref()
  }

  ledger.onRestart(() => giveLedger(worker, ledger))
  // Where no route gathers, no thread is paid for.
  if (parts.thread.routes.some(({ uses }) => uses.length > 0)) start()
  return {
    wake: (urgent) => {
      if (worker === undefined && pausing === undefined) start()
      pace.wake(urgent, busy)
    },
    post: (message) => worker?.postMessage(message),
    hash: (exchange, side, bytes) => {
      hashing += bytes.length
      worker?.postMessage({ kind: 'chunk', exchange, side, bytes } satisfies ToGatherer, [bytes.buffer])
    },
    hashing: () => hashing,
    up: () => pausing === undefined,
    close: async () => {
      closing = true
      clearTimeout(pausing)
      watchdog.close()
      if (worker !== undefined) await closed(worker, parts.limit)
    },
  }
}

/** What the watchdog looks at while there is no worker. */
const nowhere = new SharedArrayBuffer(8)

function messageOf({ memory, from, to, jobs }: JobBatch, ends: Ends): ToGatherer {
  const skips: JobSkip[] = []
  for (const { serial, route, skip } of jobs) {
    const banned = ends.banned(route)
    if (skip.length + banned.length > 0) skips.push({ serial, skip: [...skip, ...banned] })
  }
  return { kind: 'jobs', memory, from, to, skips }
}

function giveLedger(worker: Worker | undefined, ledger: LedgerClient): void {
  const port = ledger.port()
  worker?.postMessage({ kind: 'ledger', port } satisfies ToGatherer, [port])
}

/** What to do about workers that end before they are asked to. */
interface Ends {
  /** it is to be ended since it hangs there */
  hung(where: WorkerProgress): void
  /** milliseconds to wait before the next one is started */
  ended(where: WorkerProgress, reason: string): number
  /** it has done something, or the ledger did not take it */
  done(what: Extract<FromGatherer, { kind: 'stored' | 'failed' }>): void
  banned(route: string): readonly SkippedUse[]
}

function createEnds(parts: LaneParts, jobs: GatherJobs): Ends {
  const hangs = createHangs(parts.thread.routes)
  const pauses = createRestartPauses()
  let hung: WorkerProgress | undefined
  let vain = 0

  const setAside = ({ serial, use }: WorkerProgress, why: SkippedUse['reason'], reason: string): void => {
    const route = jobs.routeOf(serial) ?? ''
    const skipped: SkippedUse | undefined =
      use === undefined ? undefined : { use, reason: why, about: hangs.tell({ route, use, why }, parts.limit, reason) }
    if (!jobs.skip(serial, skipped)) jobs.finish([serial], reason)
  }

  return {
    hung: (where) => (hung = where),
    ended: (where, reason) => {
      const at = hung ?? where
      const why = hung === undefined ? 'gatherer-failed' : 'gatherer-timeout'
      const route = jobs.routeOf(at.serial)
      hung = undefined
      vain += 1
      parts.signals.gathererReplaced.publish({ route: route ?? '-', reason: why })
      // One that ended at a job leaves it aside, so that the next one gets further.
      if (route !== undefined) setAside(at, why, reason)
      if (route !== undefined || vain <= endsInVain) return 0
      jobs.finish(jobs.serials(), reason)
      return pauses.next()
    },
    done: (what) => {
      if (what.kind === 'stored') {
        vain = 0
        pauses.reset()
      }
      jobs.finish(what.serials, what.kind === 'failed' ? what.reason : undefined)
    },
    banned: (route) => hangs.banned(route),
  }
}

/** Asks it to end, and ends it where it does not within `limit` milliseconds. */
async function closed(worker: Worker, limit: number): Promise<void> {
  const ended = new Promise((resolve) => worker.once('exit', resolve))
  worker.postMessage({ kind: 'close' } satisfies ToGatherer)
  const timer = setTimeout(() => void worker.terminate(), limit)
  await ended
  clearTimeout(timer)
}

/** The bytes in a buffer that holds nothing else, so that it can be transferred. */
function ownBuffer(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const alone = bytes.buffer instanceof ArrayBuffer && bytes.buffer.byteLength === bytes.length
  return alone ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes)
}
