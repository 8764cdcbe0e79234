// What recording costs: POST of JSON, JSON back, read by one `http-json`, in the modes off, async and durable, beside Envoy;
// and how long the proxy thread's loop is held up meanwhile.
import { fileURLToPath } from 'node:url'
import { figureOf, machine, ratioOf } from './support/figures.js'
import { loopDelayOf, type LoopDelay } from './support/loop-delay.js'
import { startEnvoy, type Target } from './support/peers.js'
import { holdingsOf } from './support/recorded.js'
import { holds, perSecond, publish, times, type Row } from './support/report.js'
import { alternate, type Measured } from './support/rounds.js'
import { refuseBadRecord } from './support/rules.js'
import { runBench, setting } from './support/run.js'
import { startUpstream } from './support/upstream.js'
import { startWaybill, type WaybillTarget } from './support/waybill.js'

const connections = 64
const count = setting('BENCH_ROUNDS', 3)
const seconds = setting('BENCH_SECONDS', 6)
const body = fileURLToPath(new URL('./support/request.json', import.meta.url))
const floors: Readonly<Record<string, number>> = { 'waybill async': 0.8, 'waybill durable': 0.7 }

type Loads = Map<string, Measured[]>
type Delays = Map<string, LoopDelay[]>

function rowsOf(loads: Loads, delays: Delays): Row[] {
  const rates = (name: string) => (loads.get(name) ?? []).map((load) => load.perSecond)
  const off = rates('waybill off')
  return [...loads].flatMap(([name, each]) => {
    const cpu = figureOf(each.map((load) => load.cpuMicros)).median.toFixed(0)
    const row = { what: name, figure: `${perSecond(figureOf(rates(name)))}, CPU ${cpu} µs each` }
    const floor = floors[name]
    if (floor === undefined) return [row]
    const ratio = ratioOf(rates(name), off)
    const held = delays.get(name) ?? []
    const p99 = figureOf(held.map(({ p99Ms }) => p99Ms))
    const spread = `${p99.lowest.toFixed(1)}–${p99.highest.toFixed(1)}`
    return [
      row,
      { what: `${name} : off`, figure: times(ratio), against: `floor ${floor} ${holds(ratio.median, floor)}` },
      {
        what: `${name} : envoy`,
        figure: times(ratioOf(rates(name), rates('envoy'))),
        against: 'stretch 1.0 (durable)',
      },
      {
        what: `${name}, proxy thread’s loop delay p99`,
        figure: `${p99.median.toFixed(1)} ms (${spread})`,
        against: `floor 5 ms ${holds(-p99.median, -5)}`,
      },
    ]
  })
}

await runBench(async (place) => {
  const about = machine(place.dir)
  const upstream = place.keep(await startUpstream(place.dir))
  const recording: WaybillTarget[] = []
  for (const mode of ['off', 'async', 'durable'] as const) {
    recording.push(place.keep(await startWaybill(mode)(place.dir, upstream.url)))
  }
  const targets: Target[] = [...recording, place.keep(await startEnvoy(place.dir, upstream.url))]
  const delays: Delays = new Map(targets.map(({ name }) => [name, []]))
  const answered = new Map<string, number>()
  const drains: number[] = []

  const after = async ({ name }: Target, load: { readonly answered: number }): Promise<void> => {
    const target = recording.find((one) => one.name === name)
    if (target === undefined) return
    delays.get(name)?.push(await loopDelayOf(target.pid, target.loopFile))
    if (name === 'waybill off') return
    const requests = (answered.get(name) ?? 0) + load.answered
    answered.set(name, requests)
    const holdings = await holdingsOf(target.data, requests)
    refuseBadRecord(name, requests, holdings)
    drains.push(holdings.drainSeconds)
  }
  const loads = await alternate(targets, {
    count,
    plan: { seconds, connections, body },
    path: '/json',
    upstream,
    after,
  })
  publish({
    name: 'recording',
    title: 'What recording costs: off, async, durable',
    machine: about,
    rows: rowsOf(loads, new Map([...delays].map(([name, each]) => [name, each.slice(1)]))),
    notes: [
      `POST of JSON, about 1 KiB of JSON back with a new id each time, one http-json gatherer; ${connections} connections, ${count} alternating rounds of ${seconds} s after a warm-up.`,
      `After every load the bench waited until every request was a record (or counted in a gap), had its facts, and the graph had caught up: ${figureOf(drains).median.toFixed(1)} s (at most ${figureOf(drains).highest.toFixed(1)} s).`,
      'Loop delay: monitorEventLoopDelay in the proxy’s thread, 1 ms steps, its own period taken off.',
    ],
    raw: { loads: Object.fromEntries(loads), delays: Object.fromEntries(delays), drains },
  })
})
