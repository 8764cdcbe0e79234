// When V8 collects the main thread's heap for the memory's sake: at its first look eight seconds after the start, whatever goes on then, and
// not in a quiet moment up to two minutes later. Such a collection drops the shapes of objects of which there is none just then, and the
// machine code that was made for them: between two loads that is all that the next one needs, in the midst of one hardly anything (decision 20).
import { constants, performance, PerformanceObserver, type PerformanceEntry } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'

/**
 * V8 looks whether little goes on 8.1 s after the process began (its `kLongDelayMs`), and where there were full collections before that, as
 * there are while our code is loaded, 8.1 s after the last of them.
 */
const beginMs = 7_500
/** Where it has not looked by then, it does not. */
const endMs = 10_000

/** By major version of V8 (Node 20 and 22): one such collection instead of two or three. Later ones are left as they are. */
const onlyOne: Readonly<Record<string, string>> = {
  11: '--memory-reducer-single-gc',
  12: '--memory-reducer-gc-count=1',
}

/** For the heap of the calling thread, the main one; to be called at the start of the process, else it does nothing. */
export function reduceEarly(): void {
  const [major = ''] = process.versions.v8.split('.')
  const once = onlyOne[major]
  const toBegin = beginMs - performance.now()
  if (once === undefined || toBegin < 0 || isGiven(/(?:optimize|semi).(?:for|space).size/)) return
  setFlagsFromString(once)
  setTimeout(hurry, toBegin).unref()
}

/** Until V8 has collected: it is not to wait until little goes on. */
function hurry(): void {
  setFlagsFromString('--optimize-for-size')
  const end = (): void => {
    observer.disconnect()
    clearTimeout(timer)
    setFlagsFromString('--no-optimize-for-size')
    // It has set this, for heaps that are made from then on, and does not set it back; 0: as V8 thinks fit.
    setFlagsFromString('--max-semi-space-size=0')
  }
  // Not before: it is called for each of the many small collections as well.
  const observer = new PerformanceObserver((list) => {
    if (list.getEntries().some(isFull)) end()
  })
  observer.observe({ entryTypes: ['gc'] })
  const timer = setTimeout(end, endMs - performance.now()).unref()
}

/** Whether the process was told so when it was started: then it is left as it is. */
function isGiven(option: RegExp): boolean {
  return [...process.execArgv, process.env.NODE_OPTIONS ?? ''].some((text) => option.test(text))
}

function isFull(entry: PerformanceEntry): boolean {
  const { detail } = entry as PerformanceEntry & { readonly detail?: { readonly kind?: number } }
  return detail?.kind === constants.NODE_PERFORMANCE_GC_MAJOR
}
