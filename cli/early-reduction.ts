// When V8 collects the main thread's heap for the memory's sake: at its first look eight seconds after the start, whatever goes on then, and
// not in a quiet moment up to two minutes later. Such a collection drops the shapes of objects of which there is none just then, and the
// machine code that was made for them: between two loads that is all that the next one needs, in the midst of one hardly anything (decision 20).
import { constants, performance, PerformanceObserver, type PerformanceEntry } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'

/** V8 looks 8.1 s after the process began whether little goes on (its `kLongDelayMs`); a full collection before that puts it off. */
const beginMs = 7_500
/** Where it has not looked by then, it does not. */
const endMs = 9_000
/** However often it is put off. */
const mostMs = 12_000

export interface EarlyReduction {
  /** A full collection was done so many milliseconds ago. */
  collected(agoMs: number): void
}

export interface Hurry {
  /** V8 is not to wait until little goes on. */
  begin(): void
  /** Called once, at last: as ever from now on. */
  end(): void
}

/** Calls `then` once in so many milliseconds, unless what it returns is called before. */
export type After = (ms: number, then: () => void) => () => void

/** Once in the life of a process, which began so many milliseconds ago. */
export function createEarlyReduction(agoMs: number, hurry: Hurry, after: After): EarlyReduction {
  let hurries = false
  let over = false
  const end = (): void => {
    if (over) return
    over = true
    for (const unset of [unsetBegin, unsetLast, unsetEnd]) unset()
    hurry.end()
  }
  const unsetBegin = after(beginMs - agoMs, () => {
    hurries = true
    hurry.begin()
  })
  const unsetLast = after(mostMs - agoMs, end)
  let unsetEnd = after(endMs - agoMs, end)
  return {
    collected: (ago) => {
      if (over) return
      if (hurries) {
        end()
        return
      }
      unsetEnd()
      unsetEnd = after(endMs - ago, end)
    },
  }
}

/** For the heap of the calling thread, the main one; to be called at the start of the process, else it does nothing. */
export function reduceEarly(): void {
  const agoMs = performance.now()
  if (agoMs > beginMs || isGiven(/(?:optimize|semi).(?:for|space).size/)) return
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      // It is told at the end of a turn, and the first turns, in which everything is loaded, are long.
      if (isFull(entry)) reduction.collected(performance.now() - entry.startTime - entry.duration)
    }
  })
  const hurry = {
    begin: () => setFlagsFromString('--optimize-for-size'),
    end: () => {
      observer.disconnect()
      setFlagsFromString('--no-optimize-for-size')
      // It has set this, for heaps that are made from then on, and does not set it back; 0: as V8 thinks fit.
      setFlagsFromString('--max-semi-space-size=0')
    },
  }
  const reduction = createEarlyReduction(agoMs, hurry, (ms, then) => {
    const timer = setTimeout(then, ms).unref()
    return () => clearTimeout(timer)
  })
  observer.observe({ entryTypes: ['gc'] })
}

/** Whether the process was told so when it was started: then it is left as it is. */
function isGiven(option: RegExp): boolean {
  return [...process.execArgv, process.env.NODE_OPTIONS ?? ''].some((text) => option.test(text))
}

function isFull(entry: PerformanceEntry): boolean {
  const { detail } = entry as PerformanceEntry & { readonly detail?: { readonly kind?: number } }
  return detail?.kind === constants.NODE_PERFORMANCE_GC_MAJOR
}
