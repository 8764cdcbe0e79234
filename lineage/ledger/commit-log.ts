// The commit log: two files in which leaves are on disk before anybody is told that they are stored; the filing thread brings them
// into ledger.db later. One is written while the other is filed; when both have been, the other one is begun anew over its old bytes,
// since a sync is cheapest where the file does not grow. Lives in the ledger thread; never looks into a leaf.
import { closeSync, fdatasyncSync, fstatSync, ftruncateSync } from 'node:fs'
import type { Clock } from '../../core/clock.js'
import { writeAll } from '../../core/write-all.js'
import { afterCommit, beforeCommit, type DiskFaults } from '../sqlite/faults.js'
import type { CommitCells, LogFile } from './commit-cells.js'
import { beginAnew, commitFile, openCommitFile } from './commit-files.js'
import { createFrameWriter, frameHeadBytes, type FramePlace } from './commit-frames.js'
import { lastPlace } from './commit-reader.js'
import { sharedLeaves, type CommitLeaves } from './protocol.js'

export interface CommitLog {
  /** All of it is on disk when this returns, or it throws and nothing of it counts. Without batches: whether the disk takes it. */
  append(batches: readonly CommitLeaves[]): void
  /** leaves that it has taken since the data folder was made, those among them that were there already included */
  taken(): number
  close(): void
}

export interface CommitLogParts {
  readonly dir: string
  readonly cells: CommitCells
  readonly clock: Clock
  /** tests only */
  readonly faults?: DiskFaults
}

/** The other file is begun anew when this one is so long, and the other one filed. */
const turnBytes = 8 * 1024 * 1024
/**
 * A file grows by so many zeros at a time: the sync of a write that does not lengthen the file takes half as long. More of them at once
 * are a longer wait for the commit that meets them.
 */
const growBytes = 256 * 1024
/** What is longer lengthens the file itself: zeros before it would be as much to write again. */
const mostAfterZeros = 64 * 1024
/** More than that a file keeps only until it is begun anew. */
const keptBytes = 32 * 1024 * 1024
/** Nothing was filed for that long: ledger.db takes nothing, and the log must not take all of the disk. */
const mostBytes = 1024 * 1024 * 1024

/** Goes on behind what the cells say is whole. */
export function openCommitLog({ dir, cells, clock, faults }: CommitLogParts): CommitLog {
  const files = [openFile(openCommitFile(dir, 0)), openFile(openCommitFile(dir, 1))] as const
  const frames = createFrameWriter()
  let current = cells.current()
  let place = lastPlace(files[current].fd, cells.end(current))

  const write = (batches: readonly CommitLeaves[]): void => {
    const recorded = clock.now()
    frames.begin(place)
    for (const batch of batches) frames.add(batch, recorded)
    if (batches.length === 0) frames.add(sharedLeaves([]), recorded)
    files[current].write(frames.bytes(), place.at)
  }
  const turn = (): boolean => {
    if (cells.filing() !== current || !files[current].settled()) return false
    const other: LogFile = current === 0 ? 1 : 0
    place = files[other].begin(place.taken)
    current = other
    return true
  }
  return {
    append: (batches) => {
      if (faults !== undefined) beforeCommit(faults)
      if (place.at > turnBytes && !turn() && place.at > mostBytes) {
        throw new Error(`ledger.db takes nothing, and ${commitFile(dir, current)} is full`)
      }
      try {
        write(batches)
      } catch (thrown) {
        // The other file may have room that it has taken before.
        if (!turn()) throw thrown
        write(batches)
      }
      if (faults !== undefined) afterCommit(faults)
      place = frames.end()
      cells.reach(current, place)
    },
    taken: () => place.taken,
    close: () => {
      for (const file of files) file.close()
    },
  }
}

interface OpenFile {
  readonly fd: number
  /** Synced when this returns; throws where it is not. */
  write(bytes: Uint8Array, at: number): void
  /** Whether what could not be written reads as no frame, also after a power cut; tries again to see to it. */
  settled(): boolean
  /** see `beginAnew` */
  begin(taken: number): FramePlace
  close(): void
}

function openFile(fd: number): OpenFile {
  let size = fstatSync(fd).size
  /** where a whole frame may be, of which it was said that it could not be written */
  let doubtful: number | undefined
  const settled = (): boolean => {
    if (doubtful === undefined) return true
    try {
      writeAll(fd, Buffer.alloc(frameHeadBytes), doubtful)
      fdatasyncSync(fd)
      doubtful = undefined
      return true
    } catch {
      return false
    }
  }
  const grow = (needed: number): void => {
    if (needed <= size) return
    try {
      writeAll(fd, Buffer.alloc(needed - size + growBytes), size)
    } catch {
      // No room for more than the frame, perhaps: that is found when it is written.
    }
    size = fstatSync(fd).size
  }
  return {
    fd,
    write: (bytes, at) => {
      const end = at + bytes.length
      if (bytes.length <= mostAfterZeros) grow(end)
      try {
        writeAll(fd, bytes, at)
        fdatasyncSync(fd)
        size = Math.max(size, end)
        doubtful = undefined
      } catch (thrown) {
        size = fstatSync(fd).size
        // It may be of several frames, and the first of them whole.
        if (size > at + frameHeadBytes) doubtful = at
        settled()
        throw thrown
      }
    },
    settled,
    begin: (taken) => {
      if (size > keptBytes) {
        ftruncateSync(fd, keptBytes)
        size = keptBytes
      }
      return beginAnew(fd, taken)
    },
    close: () => closeSync(fd),
  }
}
