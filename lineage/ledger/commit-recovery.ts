// What a run has left in the commit log when the next one begins, brought into ledger.db. Drops nothing that is whole; what was
// never whole nobody was told of.
import { closeSync, fstatSync, fsyncSync, openSync } from 'node:fs'
import { commitCells, newCommitCells, type CommitCells } from './commit-cells.js'
import { beginAnew, openCommitFile, readHead } from './commit-files.js'
import type { FramePlace } from './commit-frames.js'
import { createFrameReader } from './commit-reader.js'
import { openLedgerStore, type LedgerStore } from './store.js'

/** Files all of it and begins the log anew. Throws where ledger.db does not take it; then all of it is still there. */
export function recoverCommits(dir: string, store: LedgerStore, cells: CommitCells): void {
  const files = [openCommitFile(dir, 0), openCommitFile(dir, 1)] as const
  try {
    const begun = files.flatMap((fd) => {
      const place = readHead(fd)
      return place === undefined ? [] : [{ fd, place }]
    })
    begun.sort((one, other) => one.place.taken - other.place.taken)
    for (const { fd, place } of begun) fileAll(fd, place, store)
    if (begun.length < files.length) syncFolder(dir)
    for (const file of [1, 0] as const) {
      cells.reach(file, beginAnew(files[file], store.filed().taken))
    }
  } finally {
    for (const fd of files) closeSync(fd)
  }
}

/** The same for a folder that no process has open, for who only wants to read `ledger.db`. */
export function fileLeftCommits(dir: string): void {
  const store = openLedgerStore(dir)
  try {
    recoverCommits(dir, store, commitCells(newCommitCells()))
  } finally {
    store.close()
  }
}

/** Files that were made just now have their names on the disk then; where a system does not open folders they have them without. */
function syncFolder(dir: string): void {
  try {
    const fd = openSync(dir, 'r')
    fsyncSync(fd)
    closeSync(fd)
  } catch {
    // such a system
  }
}

function fileAll(fd: number, start: FramePlace, store: LedgerStore): void {
  const reader = createFrameReader(fd)
  const { size } = fstatSync(fd)
  const known = store.filed().taken
  for (let place = start; ;) {
    const { frames, place: next } = reader.read({ from: place, end: size, known })
    if (frames.length === 0) return
    store.append(frames)
    place = next
  }
}
