// The commit log as the filing thread reads it, one file behind the other while frames are written. Whether what it gave has been
// filed it is told; until then it gives the same again.
import { closeSync, constants, openSync, writeSync } from 'node:fs'
import type { CommitCells, LogFile } from './commit-cells.js'
import { headBytes, newHead, type Frame, type FramePlace } from './commit-frames.js'
import { commitFile } from './commit-log.js'
import { createFrameReader, placeAfterHead } from './commit-reader.js'

export interface CommitFollower {
  /** The next frames that are not filed; none: there are none now. */
  next(): readonly Frame[]
  /** What `next` gave last is in ledger.db. */
  filed(): void
  /** whether there is more in the log than has been filed */
  waits(): boolean
  /** Begins the log anew where all of it is filed, so that the next start has nothing to look through. */
  close(): void
}

/** From behind leaf `taken`, as the log counts. */
export function followCommits(dir: string, taken: number, cells: CommitCells): CommitFollower {
  const files = [openCommitFile(dir, 0), openCommitFile(dir, 1)] as const
  const readers = [createFrameReader(files[0]), createFrameReader(files[1])] as const
  let file = cells.filing()
  let place = begin(files[file])
  let behind = place

  const turn = (): boolean => {
    const current = cells.current()
    // Read after that: it does not change any more.
    if (current === file || place.at < cells.end(file)) return false
    file = current
    place = behind = begin(files[file])
    cells.fileFrom(file)
    return true
  }
  const next = (): readonly Frame[] => {
    const end = cells.end(file)
    const found = readers[file].read({ from: place, end, known: taken })
    behind = found.place
    if (found.frames.length > 0) return found.frames
    place = behind
    if (place.at < end) throw new Error(`${commitFile(dir, file)} can’t be read from ${place.at} on`)
    return turn() ? next() : []
  }
  const waits = (): boolean => place.at < cells.end(file) || cells.current() !== file
  return {
    next,
    filed: () => (place = behind),
    waits,
    close: () => {
      if (!waits()) for (const fd of files) beginAnew(fd, place.taken)
      for (const fd of files) closeSync(fd)
    },
  }
}

function begin(fd: number): FramePlace {
  const place = placeAfterHead(fd)
  if (place === undefined) throw new Error('a file of the commit log has lost its head')
  return place
}

/** Made where there is none. */
export function openCommitFile(dir: string, file: LogFile): number {
  return openSync(commitFile(dir, file), constants.O_RDWR | constants.O_CREAT, 0o600)
}

/** What is in the file counts no more; what comes is behind leaf `taken`. */
export function beginAnew(fd: number, taken: number): void {
  writeSync(fd, newHead(taken), 0, headBytes, 0)
}
