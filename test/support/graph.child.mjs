// A process that brings the graph of a folder up to its ledger, and prints a line for each batch; a test kills it.
import { createSignals } from '../../dist/core/signals.js'
import { openGraph } from '../../dist/lineage/graph/client.js'

const signals = createSignals()
signals.graphProjected.subscribe(({ leaves }) => process.stdout.write(`${leaves}\n`))
const graph = await openGraph({ dir: process.argv[2], signals })
await graph.caughtUp()
await graph.close()
