// When V8 collects the main thread's heap for the memory's sake: some eight seconds after an ordinary full collection, whatever goes on then,
// and not in a quiet moment up to two minutes later. Such a collection drops the shapes of objects of which there is none just then, and the
// machine code that was made for them: between two loads that is all that the next one needs, in the midst of one hardly anything (decision 20).
import { constants, performance, PerformanceObserver, type PerformanceEntry } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'

/** V8 looks 8.1 s after a full collection whether little goes on (its `kLongDelayMs`); the next one puts that off. */
const beginMs = 7_500
/** Where it has not looked by then, it does not. */
const endMs = 9_000
/** However often it is put off. */
const mostMs = 12_000

export interface EarlyReduction {
  /** A full collection was done so many milliseconds ago. */
  collected(agoMs: number): void
}

/** Calls `then` once in so many milliseconds, unless what it returns is called before. */
export type After = (ms: number, then: () => void) => () => void

/** `hurry(true)`: V8 is not to wait until little goes on; `hurry(false)`: as ever. */
export function createEarlyReduction(hurry: (on: boolean) => void, after: After): EarlyReduction {
  let hurries = false
  let waits: (() => void)[] = []
  let unsetEnd: (() => void) | undefined
  const end = (): void => {
    if (hurries) hurry(false)
    hurries = false
    for (const unset of waits) unset()
    waits = []
    unsetEnd?.()
  }
  const begin = (): void => {
    hurries = true
    hurry(true)
  }
  return {
    collected: (agoMs) => {
      if (hurries) {
        end()
        return
      }
      if (waits.length === 0) waits = [after(beginMs - agoMs, begin), after(mostMs - agoMs, end)]
      unsetEnd?.()
      unsetEnd = after(endMs - agoMs, end)
    },
  }
}

/** For the heap of the calling thread, the main one, from now on. */
export function reduceEarly(): void {
  const reduction = createEarlyReduction(
    (on) => setFlagsFromString(on ? '--optimize-for-size' : '--no-optimize-for-size'),
    (ms, then) => {
      const timer = setTimeout(then, ms).unref()
      return () => clearTimeout(timer)
    },
  )
  // V8 has waited for its first look since the process began, and the full collections while our code was loaded have not been seen.
  reduction.collected(performance.now())
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (!isFull(entry)) continue
      // It is told at the end of a turn, and the first turns, in which everything is loaded, are long.
      reduction.collected(performance.now() - entry.startTime - entry.duration)
    }
  }).observe({ entryTypes: ['gc'] })
}

function isFull(entry: PerformanceEntry): boolean {
  const { detail } = entry as PerformanceEntry & { readonly detail?: { readonly kind?: number } }
  return detail?.kind === constants.NODE_PERFORMANCE_GC_MAJOR
}
