// The newest leaves by key and id, in two generations: one that grows, and one that is full and goes into the table slice by
// slice. Holds for each key that it knows all that is stored of it. Knows nothing of SQL.
import type { NamedLeaf } from './segment.js'

interface Waiting {
  readonly key: number
  readonly seq: number
}

export interface PlacesMemory {
  knows(key: number): boolean
  /** `key` is known from now on: what is stored of it is added */
  learn(key: number): void
  add(leaf: NamedLeaf): void
  has(leaf: NamedLeaf): boolean
  remove(leaf: NamedLeaf): void
  /** `leaf` is stored and not in the table yet */
  wait(leaf: Pick<NamedLeaf, 'key'>, seq: number): void
  /** What is to be put into the table now, in the order of its keys. `whole`: with it, all leaves up to that one are there. */
  take(leaves: number): { readonly slice: readonly Waiting[]; readonly whole: number | undefined }
  /** whether what was taken is in the table now */
  taken(stored: boolean): void
}

interface Full {
  readonly known: ReadonlyMap<number, string[]>
  readonly slices: readonly (readonly Waiting[])[]
  readonly last: number
  /** slices before it are in the table; those before `taking` will be */
  at: number
  taking: number
}

/** Leaves of a generation: more make fewer pages a key, and a longer look at the start and for readers. */
const generationSize = 16_384
const sliceCount = 256
/** So that a full generation is gone long before the next one is full. */
const takenPerLeaf = 2

export function createPlacesMemory(): PlacesMemory {
  let known = new Map<number, string[]>()
  let waiting: Waiting[] = []
  let full: Full | undefined
  let due = 0

  const turn = (): void => {
    full = { known, slices: slicesOf(waiting), last: waiting.at(-1)?.seq ?? 0, at: 0, taking: 0 }
    known = new Map()
    waiting = []
    due = 0
  }
  return {
    knows: (key) => {
      if (known.has(key)) return true
      const older = full?.known.get(key)
      if (older !== undefined) known.set(key, [...older])
      return older !== undefined
    },
    learn: (key) => known.set(key, []),
    add: (leaf) => known.get(leaf.key)?.push(leaf.id),
    has: (leaf) => known.get(leaf.key)?.includes(leaf.id) === true,
    // Its generation may have been turned since it was added.
    remove: ({ key, id }) => {
      for (const ids of [known.get(key), full?.known.get(key)]) {
        const at = ids?.indexOf(id) ?? -1
        if (at >= 0) ids?.splice(at, 1)
      }
    },
    wait: ({ key }, seq) => waiting.push({ key, seq }),
    take: (leaves) => {
      if (full === undefined && Math.max(waiting.length, known.size) >= generationSize) turn()
      if (full === undefined) return { slice: [], whole: undefined }
      due += leaves * takenPerLeaf
      const slice: Waiting[] = []
      while (slice.length < due && full.taking < sliceCount) {
        slice.push(...(full.slices[full.taking] ?? []))
        full.taking += 1
      }
      due -= slice.length
      return { slice, whole: full.taking === sliceCount && full.last > 0 ? full.last : undefined }
    },
    taken: (stored) => {
      if (full === undefined) return
      if (stored) full.at = full.taking
      else full.taking = full.at
      if (full.at === sliceCount) full = undefined
    },
  }
}

function slicesOf(all: readonly Waiting[]): readonly (readonly Waiting[])[] {
  const sorted = [...all].sort((one, other) => one.key - other.key)
  const length = Math.ceil(sorted.length / sliceCount)
  return Array.from({ length: sliceCount }, (_, at) => sorted.slice(at * length, (at + 1) * length))
}
