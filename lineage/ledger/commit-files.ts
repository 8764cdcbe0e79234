// The two files of the commit log: where they are, and how one is begun.
import { constants, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { writeAll } from '../../core/write-all.js'
import type { LogFile } from './commit-cells.js'
import { firstPlace, headBytes, newHead, type FramePlace } from './commit-frames.js'

export function commitFile(dir: string, file: LogFile): string {
  return join(dir, `commits-${file}.log`)
}

/** Made where there is none. */
export function openCommitFile(dir: string, file: LogFile): number {
  return openSync(commitFile(dir, file), constants.O_RDWR | constants.O_CREAT, 0o600)
}

/** What is in the file counts no more; what comes is behind leaf `taken`. The head comes to the disk with the first frame. */
export function beginAnew(fd: number, taken: number): FramePlace {
  writeAll(fd, newHead(taken), 0)
  return placeAfterHead(fd)
}

/** Throws where the file has no head. */
export function placeAfterHead(fd: number): FramePlace {
  const place = readHead(fd)
  if (place === undefined) throw new Error('a file of the commit log has lost its head')
  return place
}

/** Where the first frame begins; undefined where the file has never been begun. */
export function readHead(fd: number): FramePlace | undefined {
  const head = Buffer.alloc(headBytes)
  return firstPlace(head.subarray(0, readSync(fd, head, 0, headBytes, 0)))
}
