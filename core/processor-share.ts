// How much of a processor the threads in the background may take: gatherers and the graph only have to follow, the thread that
// answers clients should not wait for them. That thread looks how long it had to wait for a processor and writes what the
// others may take into memory that all see; they rest between two pieces of work. Niceness alone does not do that: a thread
// that runs is left running for a whole time slice, whoever waits.
import { closeSync, openSync, readSync } from 'node:fs'

export interface ProcessorShares {
  forThread(backlog: Backlog): ThreadShare
  close(): void
}

/** What waits for a thread. */
export interface Backlog {
  /** how full the queue before it is, 0 to 1; from a half on it is not held back for long any more */
  filled(): number
  /** for how long the oldest has waited, milliseconds; from five seconds on it is not held back for long any more */
  behind(): number
}

export interface ThreadShare {
  /** to be given to the thread, for `createRests` */
  readonly memory: SharedArrayBuffer
  /** Somebody waits for what the thread does (1), or no longer (-1). */
  press(by: 1 | -1): void
}

/** Nanoseconds so far; undefined where the system does not say. */
export type ReadProcessorTime = () => ProcessorTime | undefined

export interface ProcessorTime {
  readonly ran: number
  /** for a processor, while it could have run */
  readonly waited: number
}

const cellShare = 0
const cellPressing = 1
/** 1 while the thread that answers clients needs a part of a processor that counts */
const cellBusy = 2
const memoryBytes = 12
/** Shares are counted in thousandths of a processor. */
const whole = 1_000
const least = 10
/** Back slowly while that thread works, in some five seconds: a moment without waiting is no proof that there is room. */
const more = 4
const lookMs = 20
const behindAtMost = 10_000
/** Waiting for a twentieth of the time is too long, for a thread that needs a quarter of a processor or more. */
const waitedAtMost = 0.05
/** A fifth of it leaves no time for several looks: clients are waiting. */
const waitedMuch = 0.2
const neededAtLeast = 0.25
const neededForPauses = 0.05

export function createProcessorShares(read: ReadProcessorTime = createReader('/proc/self/schedstat')): ProcessorShares {
  const threads: { readonly cells: Int32Array; readonly backlog: Backlog }[] = []
  let share = whole
  let before = read()
  let looked = performance.now()
  const look = (): void => {
    const now = performance.now()
    const time = read()
    let busy = 0
    if (time !== undefined && before !== undefined) {
      const elapsed = (now - looked) * 1e6
      const waited = (time.waited - before.waited) / elapsed
      const needed = waited + (time.ran - before.ran) / elapsed
      if (needed >= neededForPauses) busy = 1
      if (needed < neededAtLeast) share = whole
      else if (waited > waitedMuch) share = least
      else share = waited > waitedAtMost ? Math.max(least, share / 4) : Math.min(whole, share + more)
    }
    before = time
    looked = now
    for (const { cells, backlog } of threads) {
      Atomics.store(cells, cellBusy, busy)
      const next = shareOf(share, Math.max(backlog.filled(), backlog.behind() / behindAtMost))
      if (Atomics.exchange(cells, cellShare, next) < whole && next === whole) Atomics.notify(cells, cellPressing)
    }
  }
  const timer = setInterval(look, lookMs).unref()
  return {
    forThread: (backlog) => {
      const memory = new SharedArrayBuffer(memoryBytes)
      const cells = new Int32Array(memory)
      Atomics.store(cells, cellShare, whole)
      threads.push({ cells, backlog })
      return {
        memory,
        press: (by) => {
          Atomics.add(cells, cellPressing, by)
          Atomics.notify(cells, cellPressing)
        },
      }
    },
    close: () => clearInterval(timer),
  }
}

function shareOf(share: number, late: number): number {
  return Math.round(Math.max(share, Math.min(1, (late - 0.5) * 2) * whole))
}

/** By Linux' scheduler: the first two numbers of a `schedstat` file, that of the main thread or of the one that opens it. */
function createReader(file: '/proc/self/schedstat' | '/proc/thread-self/schedstat'): ReadProcessorTime {
  const buffer = Buffer.alloc(96)
  let fd: number | undefined
  try {
    fd = openSync(file, 'r')
  } catch {
    // another system, or one that does not count
  }
  return () => {
    if (fd === undefined) return undefined
    try {
      const text = buffer.toString('latin1', 0, readSync(fd, buffer, 0, buffer.length, 0))
      const [ran = 0, waited = 0] = text.split(' ', 2).map(Number)
      return { ran, waited }
    } catch {
      closeSync(fd)
      fd = undefined
      return undefined
    }
  }
}

export interface Rests {
  /**
   * Between two pieces of work: rests until what the thread has worked since the last rest, all of it, is its share of the
   * time. Where it may take all that it gets, it lets others run for a moment all the same while clients are answered: a thread that runs
   * is left running until the next tick of the scheduler (4 ms), whoever waits. Blocks the thread; returns at once where it has
   * hardly worked.
   */
  rest(): void
  /** Whether clients are being answered: the thread that does needs a part of a processor that counts. */
  busy(): boolean
}

const worthMs = 0.4
const pauseMs = 0.05
const restAtMostMs = 250

/** For the thread that calls it, whose share `memory` is; undefined: it may take all that it gets. `given`: tests only. */
export function createRests(memory: SharedArrayBuffer | undefined, given?: ReadProcessorTime): Rests {
  if (memory === undefined) return { rest: () => undefined, busy: () => false }
  const read = given ?? createReader('/proc/thread-self/schedstat')
  const cells = new Int32Array(memory)
  let looked = performance.now()
  let since = looked
  let ran: number | undefined
  const begin = (): void => {
    since = performance.now()
    ran = read()?.ran
  }
  /** Milliseconds that are due at this share of a processor; begins to count where that was not done before. */
  const due = (now: number, share: number): number => {
    const time = read()
    if (ran !== undefined && time !== undefined) return (((time.ran - ran) / 1e6) * whole) / share - (now - since)
    begin()
    return 0
  }
  const wait = (millis: number): void => {
    Atomics.wait(cells, cellPressing, 0, millis)
  }
  const busy = (): boolean => Atomics.load(cells, cellBusy) === 1
  return {
    busy,
    rest: () => {
      const now = performance.now()
      if (now - looked < worthMs) return
      const share = Atomics.load(cells, cellShare)
      const held = share < whole && Atomics.load(cells, cellPressing) === 0
      if (!held) ran = undefined
      const millis = held ? due(now, share) : 0
      if (millis >= worthMs) {
        wait(Math.min(restAtMostMs, millis))
        begin()
      } else if (busy()) wait(pauseMs)
      looked = performance.now()
    },
  }
}
