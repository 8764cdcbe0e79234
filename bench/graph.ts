// For information: what queries cost at a million edges. The floors are those of a later issue.
import { createSignals } from '../core/signals.js'
import { everyTenant } from '../core/tenant.js'
import { openGraph } from '../lineage/graph/client.js'
import { openLedger } from '../lineage/ledger/client.js'
import { machine, percentile } from './support/figures.js'
import { batchOf, edgesPerExchange, groupRoot, groupSize } from './support/leaves.js'
import { publish, type Row } from './support/report.js'
import { refuseUnless } from './support/rules.js'
import { runBench, setting } from './support/run.js'

const edges = setting('BENCH_EDGES', 1_000_000)
const groups = Math.ceil(edges / edgesPerExchange / groupSize)
const queries = setting('BENCH_QUERIES', 50)

await runBench(async (place) => {
  const about = machine(place.dir)
  const signals = createSignals()
  const ledger = await openLedger({ dir: place.dir, signals })
  const graph = await openGraph({ dir: place.dir, signals })
  place.keep({ stop: () => ledger.close() })
  place.keep({ stop: () => graph.close() })
  ledger.onFiled((seq) => graph.advance(seq))
  for (let at = 0; at < groups * groupSize; at += 1000) await ledger.append(batchOf(at, 1000))
  await graph.caughtUp()

  const timed = async (what: string, query: (group: number) => Promise<number>): Promise<Row> => {
    const took: number[] = []
    let nodes = 0
    for (let at = 0; at < queries; at += 1) {
      const started = performance.now()
      nodes = await query(at % groups)
      took.push(performance.now() - started)
    }
    took.sort((one, other) => one - other)
    const figure = `p50 ${percentile(took, 50).toFixed(1)}, p99 ${percentile(took, 99).toFixed(1)} ms (${nodes} nodes)`
    return { what, figure }
  }
  const closure = async (group: number, depth: number): Promise<number> => {
    const found = await graph.closure(groupRoot(group), 'up', { depth, limit: 20_000 }, everyTenant)
    refuseUnless(found !== undefined && !found.truncated === depth > 26, `the closure of group ${group} is not whole`)
    return found.nodes.length
  }
  const rows = [
    await timed('custody of everything upstream', (group) => closure(group, 50)),
    await timed('custody, five steps', (group) => closure(group, 5)),
    await timed('one node', async (group) =>
      (await graph.node(groupRoot(group), everyTenant, {})) === undefined ? 0 : 1,
    ),
    await timed('search by name, 50 results', async (group) => {
      const page = await graph.list({ q: `bench-${group + 1}`, type: 'model', limit: 50 }, everyTenant)
      return page.items.length
    }),
  ]
  publish({
    name: 'graph',
    title: `Graph queries at ${(groups * groupSize * edgesPerExchange) / 1e6} million edges`,
    machine: about,
    rows,
    notes: [
      `${queries} queries each, through the graph’s thread, answers with all nodes and edges; each time another root.`,
    ],
    raw: { groups, groupSize, rows },
  })
})
