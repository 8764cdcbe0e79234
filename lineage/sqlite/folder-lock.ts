// One process per data folder: a lock that the kernel drops when the process dies, however it dies. It guards the
// folder, never a single file, and nothing is ever stored in it.
import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { WaybillError } from '../../core/errors.js'
import { openDatabase } from './driver.js'

const lockFile = 'lock.db'

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
    throw new WaybillError('WB_DATA_FOLDER', { path: dir, reason: reasonOf(thrown) }, thrown)
  }
}

/** Why this process can’t write in the folder; undefined where it can. */
export function whyUnwritable(dir: string): string | undefined {
  try {
    accessSync(dir, constants.W_OK)
    return undefined
  } catch (thrown) {
    return reasonOf(thrown)
  }
}

function reasonOf(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '?'
  return unusable[code] ?? `it can’t be used (${code})`
}

/** From the top down: Node's own recursive form never returns where a folder that is there takes none (`/proc`). */
function make(dir: string): void {
  if (statSync(dir, { throwIfNoEntry: false })?.isDirectory() === true) return
  if (dirname(dir) !== dir) make(dirname(dir))
  mkdirSync(dir)
}

const inUse =
  'another process has it open, as a running Waybill does: ask that one (leave --data out), stop it, or name another folder'

/**
 * Whether another process holds the folder. Makes nothing and takes no lock but that of a reader, for an instant: who looks at
 * the same time is not in the way, and who comes to take the folder waits for it.
 */
export function isHeld(dir: string): boolean {
  const file = join(dir, lockFile)
  if (!existsSync(file)) return false
  try {
    const database = openDatabase(file, { readonly: true, synchronous: 'NORMAL', patience: 0 })
    try {
      database.pragma('schema_version')
    } finally {
      database.close()
    }
    return false
  } catch (thrown) {
    return isBusy(thrown)
  }
}

/** Long enough for those that only look. */
const patience = 500

/** Throws WB_DATA_FOLDER where another process holds the folder, or it can’t be written; the returned function lets go. */
export function lockFolder(dir: string): () => void {
  const unwritable = whyUnwritable(dir)
  if (unwritable !== undefined) throw new WaybillError('WB_DATA_FOLDER', { path: dir, reason: unwritable })
  try {
    const database = openDatabase(join(dir, lockFile), { readonly: false, synchronous: 'NORMAL', lock: true, patience })
    return () => database.close()
  } catch (thrown) {
    const reason = isBusy(thrown) ? inUse : thrown instanceof Error ? thrown.message : '?'
    throw new WaybillError('WB_DATA_FOLDER', { path: dir, reason }, thrown)
  }
}

function isBusy(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && String(thrown.code).startsWith('SQLITE_BUSY')
}
