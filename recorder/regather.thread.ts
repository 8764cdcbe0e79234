// The worker of one `gather` or `regather`: compiles the routes' gatherers and runs them over what is kept. Ends when it has
// answered, or when its parent finds that a gatherer hangs.
import { once } from 'node:events'
import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { canonicalJson } from '../core/canonical-json.js'
import { openLedgerRows } from '../lineage/ledger/reader.js'
import type { FactsLeaf } from '../lineage/model/fact.js'
import { leafId } from '../lineage/model/leaf.js'
import type { FromRegather, RegatherOptions } from './regather-protocol.js'
import { gatherExchangeNow, gatherHarNow, regather, type RegatherParts } from './regathering.js'
import { importGatherers, runnableUses } from './route-gatherers.js'

const batchLeaves = 200

async function run(port: MessagePort, { dir, routes, rules, modules, task }: RegatherOptions): Promise<void> {
  const known = await importGatherers(modules)
  const rows = openLedgerRows(dir)
  const tell = (message: FromRegather) => port.postMessage(message)
  const parts: RegatherParts = {
    ...{ dir, rows, rules },
    routes: new Map(routes.map((route) => [route.name, route])),
    uses: new Map(routes.map((route) => [route.name, runnableUses(route, known)])),
    at: (exchange) => tell({ kind: 'at', exchange }),
  }
  if (task.kind === 'exchange') {
    const found = gatherExchangeNow(task.exchange, task.route, parts)
    tell(found === undefined ? { kind: 'unknown', exchange: task.exchange } : { kind: 'gathered', exchanges: [found] })
  } else if (task.kind === 'har') {
    tell({ kind: 'gathered', exchanges: gatherHarNow(task.har, task.routes, parts) })
  } else {
    await regatherRoute(port, regather(task.route, task.since, parts))
  }
  rows.close()
  port.close()
}

async function regatherRoute(port: MessagePort, leaves: ReturnType<typeof regather>): Promise<void> {
  let batch: FactsLeaf[] = []
  const store = async (): Promise<void> => {
    if (batch.length === 0) return
    const stored = { ids: batch.map(leafId), bodies: batch.map((leaf) => canonicalJson(leaf)) }
    batch = []
    port.postMessage({ kind: 'store', batch: stored } satisfies FromRegather)
    await once(port, 'message')
  }
  for (;;) {
    const next = leaves.next()
    if (next.done === true) {
      await store()
      port.postMessage({ kind: 'regathered', result: next.value } satisfies FromRegather)
      return
    }
    batch.push(next.value)
    if (batch.length === batchLeaves) await store()
  }
}

if (parentPort !== null) await run(parentPort, workerData as RegatherOptions)
