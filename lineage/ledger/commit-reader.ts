// Frames of a commit log file read back: by who files them while others are written, and by who finds out after a crash what
// there is. Ends before the first that is not whole. Writes nothing.
import { readSync } from 'node:fs'
import { placeAfterHead } from './commit-files.js'
import { readFrame, type Frame, type FramePlace } from './commit-frames.js'

export interface Frames {
  readonly frames: readonly Frame[]
  /** behind the last of them */
  readonly place: FramePlace
}

/** What is to be read. */
export interface FrameSpan {
  readonly from: FramePlace
  /** bytes from the file's beginning */
  readonly end: number
  /** without frames that the log had taken up to this leaf */
  readonly known: number
  /** many at a time: to file them together is less work in all, and more that is on its way to the disk at once */
  readonly many?: boolean
}

export interface FrameReader {
  /** Some frames; none: there are no more. */
  read(span: FrameSpan): Frames
}

const blockBytes = 256 * 1024
const largeBlockBytes = 4 * 1024 * 1024
/** What is longer than a batch may be is no frame (recorder/leaf-queue.ts keeps far below). */
const mostBytes = 256 * 1024 * 1024

/** What a reader gives is overwritten when it is asked again. */
export function createFrameReader(fd: number): FrameReader {
  let block = Buffer.allocUnsafeSlow(blockBytes)

  const fill = (at: number, most: number): Uint8Array<ArrayBuffer> => {
    if (most > block.length) block = Buffer.allocUnsafeSlow(most)
    let read = 0
    while (read < most) {
      const some = readSync(fd, block, read, most - read, at + read)
      if (some === 0) break
      read += some
    }
    return block.subarray(0, read)
  }
  const read = ({ from, end, known, many = false }: FrameSpan): Frames => {
    let place = from
    const least = many ? largeBlockBytes : blockBytes
    let length = least
    for (;;) {
      const begin = place.at
      const bytes = fill(begin, Math.min(length, end - begin))
      const frames: Frame[] = []
      let found = readFrame(bytes, place)
      for (; found.kind === 'frame'; found = readFrame(bytes.subarray(place.at - begin), place)) {
        place = found.next
        if (place.taken > known && found.leaves > 0) frames.push(found.frame())
      }
      if (frames.length > 0 || found.kind === 'none') return { frames, place }
      // Nothing of this block counts: the next one, or a longer one, or the end.
      const isWhole = found.bytes <= Math.min(mostBytes, end - place.at)
      if (!isWhole || bytes.length < Math.min(length, end - begin)) return { frames, place }
      length = Math.max(least, found.bytes)
    }
  }
  return { read }
}

/** Behind the last frame in front of `end`. Throws where there is no head, or something else in front of `end`. */
export function lastPlace(fd: number, end: number): FramePlace {
  const last = createFrameReader(fd).read({ from: placeAfterHead(fd), end, known: Infinity }).place
  if (last.at !== end) throw new Error(`a file of the commit log can’t be read from ${last.at} on`)
  return last
}
