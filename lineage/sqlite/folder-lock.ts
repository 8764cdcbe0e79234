// One process per data folder: a lock that the kernel drops when the process dies, however it dies. It guards the
// folder, never a single file, and nothing is ever stored in it.
import { join } from 'node:path'
import { WaybillError } from '../../core/errors.js'
import { openDatabase } from './driver.js'

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
