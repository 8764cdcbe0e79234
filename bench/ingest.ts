// How many exchanges a second go durably into the ledger and on into the graph, in batches: two leaves each (the record and
// its facts), until the graph has them. Beside it what bare SQLite does with the same facts, alternating.
import { createSignals } from '../core/signals.js'
import { openGraph } from '../lineage/graph/client.js'
import { openLedger } from '../lineage/ledger/client.js'
import type { LeafBatch } from '../lineage/ports.js'
import { bareEvents, openBareGraph, type BareGraph } from './support/bare-graph.js'
import { figureOf, machine, ratioOf } from './support/figures.js'
import { collectGarbage } from './support/garbage.js'
import { batchOf } from './support/leaves.js'
import { holds, perSecond, publish, times, type Row } from './support/report.js'
import { refuseUnless } from './support/rules.js'
import { runBench, setting } from './support/run.js'

const exchanges = setting('BENCH_EXCHANGES', 60_000)
const rounds = setting('BENCH_ROUNDS', 3)
const sizes = [100, 1000]

interface Rate {
  readonly ledger: number
  readonly graph: number
  /** the peer, in the same round */
  readonly bare: number
  /** microseconds of CPU per exchange, all threads */
  readonly cpuMicros: number
}

await runBench(async (place) => {
  const about = machine(place.dir)
  const signals = createSignals()
  const ledger = place.keep(stoppable(await openLedger({ dir: place.dir, signals })))
  const graph = place.keep(stoppable(await openGraph({ dir: place.dir, signals, filed: () => ledger.filed() })))
  const bare = place.keep(stoppable(openBareGraph(place.dir)))
  let committed = 0
  ledger.onFiled((seq) => {
    committed = seq
    graph.advance(seq)
  })
  let made = 0
  const measure = async (size: number): Promise<Rate> => {
    const batches = Array.from({ length: exchanges / size }, (_, at) => batchOf(made + at * size, size))
    made += exchanges
    collectGarbage()
    const cpu = process.cpuUsage()
    const started = performance.now()
    for (const batch of batches) await ledger.append(batch)
    const appended = performance.now()
    await graph.caughtUp()
    const done = performance.now()
    refuseUnless(committed === made * 2, `${committed} leaves in the ledger, ${made * 2} were sent`)
    const { user, system } = process.cpuUsage(cpu)
    return {
      ledger: (exchanges / (appended - started)) * 1000,
      graph: (exchanges / (done - started)) * 1000,
      bare: measureBare(bare, batches, made),
      cpuMicros: (user + system) / exchanges,
    }
  }
  const rates = new Map<number, Rate[]>(sizes.map((size) => [size, []]))
  await measure(1000)
  for (let round = 0; round < rounds; round += 1) {
    for (const size of sizes) rates.get(size)?.push(await measure(size))
  }
  publish({
    name: 'ingest',
    title: 'Durable exchanges a second into ledger and graph',
    machine: about,
    rows: [...rates].flatMap(([size, each]) => rowsOf(size, each)),
    notes: [
      `${rounds} alternating rounds of ${exchanges} exchanges after a warm-up, one ledger that grows to ${made * 2} leaves; one batch in flight.`,
      'What the bench has made and thrown away is collected before each of the two is measured.',
      'An exchange is its record (about 0.9 KiB) and a leaf with its five facts: four edges and a state.',
      'Bare SQLite: nodes, edges with an index each way, states and the text of the facts in one file, a synced transaction a batch, on one thread; no record, no hash, no tenant, no second time.',
    ],
    raw: Object.fromEntries(rates),
  })
})

function rowsOf(size: number, each: readonly Rate[]): Row[] {
  const graph = each.map((rate) => rate.graph)
  const bare = each.map((rate) => rate.bare)
  const figure = figureOf(graph)
  const cpu = `CPU ${figureOf(each.map((rate) => rate.cpuMicros)).median.toFixed(0)} µs each`
  return [
    {
      what: `batches of ${size}: synced in the ledger`,
      figure: perSecond(figureOf(each.map((rate) => rate.ledger))),
    },
    {
      what: `batches of ${size}: and in the graph`,
      figure: `${perSecond(figure)}, ${cpu}`,
      against: `floor 12k ${holds(figure.median, 12_000)}; ${times(ratioOf(graph, bare))} bare SQLite`,
    },
    { what: `batches of ${size}: bare SQLite, synced`, figure: perSecond(figureOf(bare)) },
  ]
}

function measureBare(bare: BareGraph, batches: readonly LeafBatch[], made: number): number {
  const events = batches.map(bareEvents)
  collectGarbage()
  const started = performance.now()
  for (const batch of events) bare.append(batch)
  const seconds = (performance.now() - started) / 1000
  refuseUnless(bare.events() === made, `${bare.events()} events in bare SQLite, ${made} were sent`)
  return exchanges / seconds
}

function stoppable<T extends { close(): Promise<void> | void }>(part: T): T & { stop(): Promise<void> } {
  return Object.assign(part, {
    stop: async () => {
      await part.close()
    },
  })
}
