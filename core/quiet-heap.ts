// A thread's heap is made small again in a quiet moment. Load lets the space for young things grow to 2 × 16 MB, and V8 makes it small at
// the first collection that finds little made in the last seconds: that of the first requests after a pause, which then wait 4 to
// 16 ms until its pages are unmapped. Collected while nobody waits, there is nothing left to unmap.
import { getHeapSpaceStatistics } from 'node:v8'

/** V8's `gc`: there in threads that were started behind `--expose-gc`. */
type Collect = (what: { readonly type: 'minor' }) => unknown

/** Bytes. */
export interface YoungSpace {
  readonly size: number
  readonly used: number
}

export interface QuietHeap {
  /** to be called every `lookMs` */
  look(): void
}

export const lookMs = 3_000
/** Made between two looks: a third of what V8 takes for little. */
const littleBytes = 1024 * 1024
/** Not worth the trouble. */
const smallBytes = 4 * 1024 * 1024
/** V8 judges by five seconds and more: the first collections only empty the space. */
const triesAtMost = 5

/** For the calling thread, from now on, by its own timer; nothing is done where V8 has no `collect`. */
export function shrinkWhenQuiet(collect = globalThis.gc as Collect | undefined): void {
  if (collect === undefined) return
  const heap = createQuietHeap(youngSpace, () => void collect({ type: 'minor' }))
  setInterval(() => heap.look(), lookMs).unref()
}

export function createQuietHeap(read: () => YoungSpace, collect: () => void): QuietHeap {
  let before = read().used
  let tries = 0
  return {
    look: () => {
      const { size, used } = read()
      // Less than before: it was collected meanwhile.
      const quiet = used >= before && used - before < littleBytes
      before = used
      if (!quiet) tries = 0
      else if (size > smallBytes && tries < triesAtMost) {
        tries += 1
        collect()
        before = read().used
      }
    },
  }
}

function youngSpace(): YoungSpace {
  const space = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')
  return { size: space?.space_size ?? 0, used: space?.space_used_size ?? 0 }
}
