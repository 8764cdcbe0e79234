// Waybill's data plane beside nginx, Envoy and http-proxy, recording off: GET of 1 KiB and 1 MiB, 64 connections.
import { figureOf, machine, ratioOf } from './support/figures.js'
import { startEnvoy, startHttpProxy, startNginx, type Target } from './support/peers.js'
import { holds, perSecond, publish, times, type Row } from './support/report.js'
import { alternate, type Measured } from './support/rounds.js'
import { runBench, setting } from './support/run.js'
import { startUpstream, type Upstream } from './support/upstream.js'
import { startWaybill } from './support/waybill.js'

const connections = 64
const rounds = setting('BENCH_ROUNDS', 3)
const seconds = setting('BENCH_SECONDS', 8)

type Loads = Map<string, Measured[]>
type Floors = Readonly<Record<string, number>>

const smallFloors: Floors = { envoy: 0.85, 'http-proxy': 1.6 }
const largeFloors: Floors = { nginx: 0.5 }

function measure(targets: readonly Target[], upstream: Upstream, path: string): Promise<Loads> {
  return alternate(targets, { count: rounds, plan: { seconds, connections }, path, upstream })
}

function rowsOf(size: string, all: Loads, floors: Floors): Row[] {
  const ours = ratesOf(all.get('waybill off') ?? [])
  return [...all].flatMap(([name, loads]) => {
    const cpu = figureOf(loads.map((load) => load.cpuMicros)).median.toFixed(0)
    const row = { what: `${size}, ${name}`, figure: `${perSecond(figureOf(ratesOf(loads)))}, CPU ${cpu} µs each` }
    if (name === 'waybill off') return [row]
    const ratio = ratioOf(ours, ratesOf(loads))
    const floor = floors[name]
    const verdict = floor === undefined ? 'no floor' : `floor ${floor} ${holds(ratio.median, floor)}`
    return [row, { what: `${size}, Waybill : ${name}`, figure: times(ratio), against: verdict }]
  })
}

function ratesOf(loads: readonly Measured[]): number[] {
  return loads.map((load) => load.perSecond)
}

await runBench(async (place) => {
  const about = machine(place.dir)
  const upstream = place.keep(await startUpstream(place.dir))
  const starts = [startWaybill('off'), startEnvoy, startHttpProxy, startNginx]
  const targets: Target[] = []
  for (const start of starts) targets.push(place.keep(await start(place.dir, upstream.url)))
  const small = await measure(targets, upstream, '/1k')
  const large = await measure(targets, upstream, '/1m')
  publish({
    name: 'proxy',
    title: 'Proxy, recording off, beside nginx, Envoy and http-proxy',
    machine: about,
    rows: [...rowsOf('1 KiB', small, smallFloors), ...rowsOf('1 MiB', large, largeFloors)],
    notes: [
      `GET, ${connections} connections by wrk, ${rounds} alternating rounds of ${seconds} s, one process (worker) each; median (lowest–highest).`,
      'The upstream is nginx with one worker; it, the load and the proxy share the machine’s cores.',
    ],
    raw: { small: Object.fromEntries(small), large: Object.fromEntries(large) },
  })
})
