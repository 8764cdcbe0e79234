// Opens a data folder for reading, without a running Waybill: the same operations as over HTTP, answered in process.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createSignals } from '../core/signals.js'
import { createLocalAsker, type Asker } from './asker.js'
import { CliFailure } from './failure.js'
import { exitCodes } from './terminal.js'

export async function openDataFolder(dir: string): Promise<Asker> {
  if (!existsSync(join(dir, 'ledger.db'))) {
    const hint = 'It must hold a ledger.db; see `data` in the configuration.'
    throw new CliFailure(`${dir} is no data folder of Waybill`, hint, exitCodes.badInput)
  }
  const [{ openGraph }, { lineageEndpoints }] = await Promise.all([
    import('../lineage/graph/client.js'),
    import('../lineage/endpoints.js'),
  ])
  const graph = await openGraph({ dir, signals: createSignals() })
  await graph.caughtUp()
  return createLocalAsker(lineageEndpoints({ graph, ledger: graph }), () => graph.close())
}
