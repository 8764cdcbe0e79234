// One process per data folder: a lock that the kernel drops when the process dies, however it dies. It guards the
// folder, never a single file, and nothing is ever stored in it.
import { mkdirSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { WaybillError } from '../../core/errors.js'
import { openDatabase } from './driver.js'

const unusable: Readonly<Record<string, string>> = {
  EEXIST: 'it is not a folder',
  ENOTDIR: 'it is not a folder, or lies in what is none',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  ENOENT: 'that file system takes no folders',
}

/** Makes the folder where there is none; throws WB_DATA_FOLDER where that can't be done. */
export function makeFolder(dir: string): void {
  try {
    make(resolve(dir))
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '?'
    throw new WaybillError('WB_DATA_FOLDER', { path: dir, reason: unusable[code] ?? `can’t be made (${code})` }, thrown)
  }
}

/** From the top down: Node's own recursive form never returns where a folder that is there takes none (`/proc`). */
function make(dir: string): void {
  if (statSync(dir, { throwIfNoEntry: false })?.isDirectory() === true) return
  if (dirname(dir) !== dir) make(dirname(dir))
  mkdirSync(dir)
}

/** Throws WB_DATA_FOLDER where another process holds the folder; the returned function lets go. */
export function lockFolder(dir: string): () => void {
  try {
    const database = openDatabase(join(dir, 'lock.db'), { readonly: false, synchronous: 'NORMAL', lock: true })
    return () => database.close()
  } catch (thrown) {
    const reason = isBusy(thrown) ? 'another process has it open' : thrown instanceof Error ? thrown.message : '?'
    throw new WaybillError('WB_DATA_FOLDER', { path: dir, reason }, thrown)
  }
}

function isBusy(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && String(thrown.code).startsWith('SQLITE_BUSY')
}
