// A thread's heap is made small again in a quiet moment. Load lets the space for young things grow to 2 × 16 MB, and V8 makes it small at
// the first collection that finds little made in the last seconds: that of the first requests after a pause, which then wait 4 to
// 16 ms until its pages are unmapped. Collected while nobody waits, there is nothing left to unmap (decision 20).
import { getHeapSpaceStatistics } from 'node:v8'

/** V8's `gc`: there in threads that were started behind `--expose-gc`. */
export type Collect = (what: { readonly type: 'minor' | 'major' }) => unknown

/** Bytes. */
export interface YoungSpace {
  readonly size: number
  readonly used: number
}

export interface Collections {
  /** young things alone */
  readonly minor: () => void
  /** all of the heap; undefined: left to V8 */
  readonly major?: (() => void) | undefined
}

export interface QuietHeap {
  /** to be called every `lookMs` */
  look(): void
}

const lookMs = 3_000
/** Made between two looks: a third of what V8 takes for little. */
const littleBytes = 1024 * 1024
/** Not worth the trouble. */
const smallBytes = 4 * 1024 * 1024
/** V8 judges by five seconds and more: the first collections only empty the space. */
const triesAtMost = 5
/** Looks from one full collection in quiet moments to the next: 100 seconds after the last one V8's memory reducer has its own. */
const majorLooks = 25

/** For the calling thread, from now on, by its own timer; nothing is done where V8 has no `gc`. */
export function shrinkWhenQuiet(): void {
  const collect = globalThis.gc as Collect | undefined
  if (collect !== undefined) keep({ minor: () => void collect({ type: 'minor' }) })
}

/**
 * The same for the main thread, whose heap V8's memory reducer can't be kept from: 100 seconds after its last full collection it makes one that
 * drops the shapes of objects of which there is none just then, and with them machine code. So there is a full one before.
 */
export function keepMainHeap(collect: Collect): void {
  keep({ minor: () => void collect({ type: 'minor' }), major: () => void collect({ type: 'major' }) })
}

function keep(collections: Collections): void {
  const heap = createQuietHeap(youngSpace, collections)
  setInterval(() => heap.look(), lookMs).unref()
}

export function createQuietHeap(read: () => YoungSpace, { minor, major }: Collections): QuietHeap {
  let before = read().used
  let tries = 0
  let since = 0
  const collect = (how: () => void): void => {
    how()
    before = read().used
  }
  return {
    look: () => {
      const { size, used } = read()
      // Less than before: it was collected meanwhile.
      const quiet = used >= before && used - before < littleBytes
      before = used
      since += 1
      if (!quiet) {
        tries = 0
      } else if (size > smallBytes && tries < triesAtMost) {
        tries += 1
        collect(minor)
      } else if (major !== undefined && since >= majorLooks) {
        since = 0
        collect(major)
      }
    },
  }
}

function youngSpace(): YoungSpace {
  const space = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')
  return { size: space?.space_size ?? 0, used: space?.space_used_size ?? 0 }
}
