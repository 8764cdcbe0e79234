// A thread's heap is made small again in a quiet moment. Load lets the space for young things grow to 2 × 16 MB, and V8 makes it small at
// the first collection that finds little made in the last seconds: that of the first requests after a pause, which then wait 4 to
// 16 ms until its pages are unmapped. Collected while nobody waits, there is nothing left to unmap (decision 20).
import { performance } from 'node:perf_hooks'
import { getHeapSpaceStatistics } from 'node:v8'

/** V8's `gc`: there in threads that were started behind `--expose-gc`. Of types it knows none but this one everywhere. */
export type Collect = (what: { readonly type: 'minor' }) => unknown

/** What a thread finds of itself. */
export interface Finding {
  /** of the space for young things, bytes */
  readonly size: number
  /** part of the time since the last look in which its event loop had something to do, 0 to 1 */
  readonly busy: number
}

export interface QuietHeap {
  /** to be called every `lookMs` */
  look(): void
}

const lookMs = 3_000
/** What timers do, and a request now and then. */
const quietAtMost = 0.02
/** Not worth the trouble. */
const smallBytes = 4 * 1024 * 1024
/** V8 judges by five seconds and more: the first collections only empty the space. */
const triesAtMost = 5

/** For the calling thread, from now on, by its own timer; nothing is done where V8 has no `gc`. */
export function shrinkWhenQuiet(collect = globalThis.gc as Collect | undefined): void {
  if (collect === undefined) return
  const heap = createQuietHeap(createFinder(), () => void collect({ type: 'minor' }))
  setInterval(() => heap.look(), lookMs).unref()
}

export function createQuietHeap(find: () => Finding, collect: () => void): QuietHeap {
  let tries = 0
  return {
    look: () => {
      const { size, busy } = find()
      if (busy > quietAtMost) tries = 0
      else if (size > smallBytes && tries < triesAtMost) {
        tries += 1
        collect()
      }
    },
  }
}

function createFinder(): () => Finding {
  let before = performance.eventLoopUtilization()
  return () => {
    const now = performance.eventLoopUtilization()
    const { utilization: busy } = performance.eventLoopUtilization(now, before)
    before = now
    const space = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')
    return { size: space?.space_size ?? 0, busy }
  }
}
