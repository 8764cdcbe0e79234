// What the two threads at the commit log tell each other without messages: a message for each commit would wake a thread. The ledger
// thread writes how far each of the two files is whole, the filing thread which of them it reads. Outlives both threads.
import type { FramePlace } from './commit-frames.js'

/** One of the two files of the log. */
export type LogFile = 0 | 1

export interface CommitCells {
  /** the file that frames are written to now */
  current(): LogFile
  /** so many bytes of it are whole and synced */
  end(file: LogFile): number
  /** so many leaves are committed: whoever was told of one, by whatever way, finds it counted here */
  taken(): number
  /** by the ledger thread: `file` ends there, and is the one that frames are written to */
  reach(file: LogFile, end: Pick<FramePlace, 'at' | 'taken'>): void
  /** the file that the filing thread reads: of the other it has filed all, unless that is the current one */
  filing(): LogFile
  fileFrom(file: LogFile): void
  /** Somebody waits for what is committed to be filed (1), or no longer (-1). */
  want(by: 1 | -1): void
  wanted(): boolean
  /** The filing thread is to file what there is, and to end. */
  close(): void
  closing(): boolean
  /** For the filing thread: waits at most so long, and no longer than until it is called for; not at all unless `idle()`. */
  rest(millis: number, idle: () => boolean): void
}

const cells = { current: 0, ends: 1, filing: 3, wanted: 4, closing: 5, bell: 6, asleep: 7 } as const
/** Behind the cells: leaves of a folder of years are more than a cell holds. */
const takenAt = 4 * 8

export function newCommitCells(): SharedArrayBuffer {
  return new SharedArrayBuffer(takenAt + 8)
}

export function commitCells(memory: SharedArrayBuffer): CommitCells {
  const all = new Int32Array(memory)
  const leaves = new BigInt64Array(memory, takenAt, 1)
  const load = (cell: number): number => Atomics.load(all, cell)
  const ring = (): void => {
    Atomics.add(all, cells.bell, 1)
    Atomics.notify(all, cells.bell)
  }
  return {
    current: () => (load(cells.current) === 0 ? 0 : 1),
    end: (file) => load(cells.ends + file),
    taken: () => Number(Atomics.load(leaves, 0)),
    reach: (file, { at, taken }) => {
      Atomics.store(all, cells.ends + file, at)
      Atomics.store(all, cells.current, file)
      Atomics.store(leaves, 0, BigInt(taken))
      if (load(cells.asleep) === 1) ring()
    },
    filing: () => (load(cells.filing) === 0 ? 0 : 1),
    fileFrom: (file) => Atomics.store(all, cells.filing, file),
    want: (by) => {
      Atomics.add(all, cells.wanted, by)
      ring()
    },
    wanted: () => load(cells.wanted) > 0,
    close: () => {
      Atomics.store(all, cells.closing, 1)
      ring()
    },
    closing: () => load(cells.closing) === 1,
    rest: (millis, idle) => {
      const bell = load(cells.bell)
      // Only who rests without an end is woken by the next commit.
      if (millis === Infinity) Atomics.store(all, cells.asleep, 1)
      if (idle() && load(cells.closing) === 0) Atomics.wait(all, cells.bell, bell, millis)
      Atomics.store(all, cells.asleep, 0)
    },
  }
}
