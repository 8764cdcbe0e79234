// The commit log as the filing thread reads it, one file behind the other while frames are written. Whether what it gave has been
// filed it is told; until then it gives the same again.
import { closeSync } from 'node:fs'
import type { CommitCells } from './commit-cells.js'
import { beginAnew, commitFile, openCommitFile, placeAfterHead } from './commit-files.js'
import type { Frame } from './commit-frames.js'
import { createFrameReader } from './commit-reader.js'

export interface CommitFollower {
  /** The next frames that are not filed, up to a quarter of a MiB, or up to four where `many` are wanted; none: there are none now. */
  next(many: boolean): readonly Frame[]
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
  let place = placeAfterHead(files[file])
  let behind = place

  const turn = (): boolean => {
    const current = cells.current()
    // Read after that: it does not change any more.
    if (current === file || place.at < cells.end(file)) return false
    file = current
    place = behind = placeAfterHead(files[file])
    cells.fileFrom(file)
    return true
  }
  const next = (many: boolean): readonly Frame[] => {
    const end = cells.end(file)
    const found = readers[file].read({ from: place, end, known: taken, many })
    behind = found.place
    if (found.frames.length > 0) return found.frames
    place = behind
    if (place.at < end) throw new Error(`${commitFile(dir, file)} can’t be read from ${place.at} on`)
    return turn() ? next(many) : []
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
