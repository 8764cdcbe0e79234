// What `durable` adds to a request at half of saturation: open loop, beside the upstream without any proxy and what Envoy and
// the gateway without recording add, alternating.
import { fileURLToPath } from 'node:url'
import { figureOf, machine, type Figure } from './support/figures.js'
import { buildOpenLoad, type OpenLoad, type OpenPlan } from './support/open-loop.js'
import { startEnvoy } from './support/peers.js'
import { holdingsOf } from './support/recorded.js'
import { holds, publish, type Row } from './support/report.js'
import { refuseBadLoad, refuseBadRecord } from './support/rules.js'
import { runBench, setting } from './support/run.js'
import { startUpstream } from './support/upstream.js'
import { startWaybill } from './support/waybill.js'
import { loadWithWrk } from './support/wrk.js'

const connections = 64
const rounds = setting('BENCH_ROUNDS', 3)
const seconds = setting('BENCH_SECONDS', 8)
const body = fileURLToPath(new URL('./support/request.json', import.meta.url))

type Loads = Record<'direct' | 'envoy' | 'off' | 'durable', OpenLoad[]>

interface Saturation {
  /** answers a second of a closed loop, at best */
  readonly burst: number
  /** by the time until what the load left to do was done as well: what can be kept up */
  readonly kept: number
}

/** Gatherers, filing and graph stand back in a burst, so that its rate is one that nothing could keep up. */
async function saturate(url: string, settled: (answers: number) => Promise<number>): Promise<Saturation> {
  let [burst, kept] = [0, 0]
  for (let round = 0; round < 3; round += 1) {
    const load = await loadWithWrk({ url: `${url}/json`, seconds: 4, connections, body })
    burst = Math.max(burst, load.perSecond)
    kept = Math.max(kept, load.answered / (load.seconds + (await settled(load.answered))))
  }
  return { burst, kept }
}

await runBench(async (place) => {
  const about = machine(place.dir)
  const openLoad = await buildOpenLoad(place.dir)
  const upstream = place.keep(await startUpstream(place.dir))
  const waybill = place.keep(await startWaybill('durable')(place.dir, upstream.url))
  const off = place.keep(await startWaybill('off')(place.dir, upstream.url))
  const envoy = place.keep(await startEnvoy(place.dir, upstream.url))
  let requests = 0
  /** Seconds until what was left to do was done. */
  const settled = async (more: number): Promise<number> => {
    requests += more
    const holdings = await holdingsOf(waybill.data, requests)
    refuseBadRecord(waybill.name, requests, holdings)
    return holdings.drainSeconds
  }
  const saturation = await saturate(waybill.url, settled)
  const rate = Math.floor(saturation.kept / 2)
  const measure = async (name: string, url: string): Promise<OpenLoad> => {
    const plan: OpenPlan = { url: `${url}/json`, rate, seconds, connections, body }
    const before = await upstream.count()
    const load = await openLoad(plan)
    refuseBadLoad({ name, ...load, arrived: (await upstream.count()) - before })
    return load
  }
  // Each has done this very work before it counts, as much of it as the one that is recorded.
  for (const { url } of [off, envoy]) await saturate(url, () => Promise.resolve(0))
  await measure('envoy', envoy.url)
  await measure('off', off.url)
  await settled((await measure('durable', waybill.url)).answered)
  const loads: Loads = { direct: [], envoy: [], off: [], durable: [] }
  for (let round = 0; round < rounds; round += 1) {
    loads.direct.push(await measure('direct', upstream.url))
    loads.envoy.push(await measure('envoy', envoy.url))
    loads.off.push(await measure('off', off.url))
    const load = await measure('durable', waybill.url)
    loads.durable.push(load)
    await settled(load.answered)
  }
  publish({
    name: 'latency',
    title: 'Added latency at half of saturation',
    machine: about,
    rows: rowsOf(loads, about.fsyncMs),
    notes: [
      `Open loop at ${rate} requests a second, half of what \`durable\` can keep up: the answers of a closed loop of 4 s by the time until their facts were in the graph, ${saturation.kept.toFixed(0)}/s (in the 4 s alone ${saturation.burst.toFixed(0)}/s).`,
      `${connections} connections at most, ${rounds} alternating rounds of ${seconds} s.`,
      'Each request is measured from the moment it was due (corrected for coordinated omission). POST of JSON, JSON back, one http-json.',
    ],
    raw: { saturation, rate, loads },
  })
})

function rowsOf(loads: Loads, fsyncMs: number): Row[] {
  const p99 = (each: readonly OpenLoad[]) => each.map((load) => load.p99Micros / 1000)
  const direct = p99(loads.direct)
  const added = (each: readonly OpenLoad[]) => figureOf(p99(each).map((value, round) => value - (direct[round] ?? 0)))
  const text = ({ median, lowest, highest }: Figure) =>
    `${median.toFixed(2)} ms (${lowest.toFixed(2)}–${highest.toFixed(2)})`
  const durable = added(loads.durable)
  const floor = 2 * fsyncMs + 2
  return [
    { what: 'p99 without a proxy', figure: text(figureOf(direct)) },
    { what: 'p99 added, Envoy', figure: text(added(loads.envoy)) },
    { what: 'p99 added, recording off', figure: text(added(loads.off)) },
    {
      what: 'p99 added, durable',
      figure: text(durable),
      against: `floor two fsync + 2 ms = ${floor.toFixed(2)} ms ${holds(-durable.median, -floor)}`,
    },
    {
      what: 'p50, direct / Envoy / off / durable',
      figure: Object.values(loads)
        .map((each) => `${figureOf(each.map((load) => load.p50Micros / 1000)).median.toFixed(2)} ms`)
        .join(' / '),
    },
  ]
}
