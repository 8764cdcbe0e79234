// Opens a data folder for reading, without a running Waybill: the same operations as over HTTP, answered in process.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createSignals } from '../core/signals.js'
import { ledgerFile } from '../lineage/ledger/schema.js'
import { lockFolder, whyUnwritable } from '../lineage/sqlite/folder-lock.js'
import { createLocalAsker, type Asker } from './asker.js'
import { CliFailure } from './failure.js'
import { exitCodes } from './terminal.js'

/** Holds the folder, so that no Waybill can start on it meanwhile; throws WB_DATA_FOLDER where one runs on it. */
export async function openDataFolder(dir: string): Promise<Asker> {
  if (!existsSync(join(dir, ledgerFile))) {
    const hint = 'It must hold a ledger.db; see `data` in the configuration.'
    throw new CliFailure(`${dir} is no data folder of Waybill`, hint, exitCodes.badInput)
  }
  const unwritable = whyUnwritable(dir)
  if (unwritable !== undefined) {
    const hint = 'Reading takes its lock and brings graph.db up to the ledger. Copy the folder, and read the copy.'
    throw new CliFailure(`data folder ${dir}: ${unwritable}`, hint, exitCodes.failure)
  }
  const unlock = lockFolder(dir)
  try {
    const [{ fileLeftCommits }, { openGraph }, { lineageEndpoints }] = await Promise.all([
      import('../lineage/ledger/commit-recovery.js'),
      import('../lineage/graph/client.js'),
      import('../lineage/endpoints.js'),
    ])
    fileLeftCommits(dir)
    const graph = await openGraph({ dir, signals: createSignals() })
    await graph.caughtUp()
    return createLocalAsker(lineageEndpoints({ graph, ledger: graph }), () => graph.close().finally(unlock))
  } catch (thrown) {
    unlock()
    throw thrown
  }
}
