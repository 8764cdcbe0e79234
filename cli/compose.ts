// The composition root: builds every room from a compiled configuration, connects them, and takes them down in order.
// It wires; it does no work of its own.
import type { Logger } from 'pino'
import type { Compiled } from '../config/compile.js'
import { createControl, type Control, type Readiness } from '../control/control.js'
import { createMetrics } from '../control/metrics.js'
import { attachTelemetry } from '../control/telemetry.js'
import { systemClock, type Clock } from '../core/clock.js'
import type { AnyEndpoint } from '../core/endpoint.js'
import { createHeadRedactor } from '../core/redaction.js'
import { createProcessorShares, type ProcessorShares } from '../core/processor-share.js'
import { createSignals, type Signals } from '../core/signals.js'
import { createGateway, type Gateway } from '../gateway/gateway.js'
import { openGraph, type GraphClient } from '../lineage/graph/client.js'
import { lineageEndpoints } from '../lineage/endpoints.js'
import { openLedger, type LedgerClient } from '../lineage/ledger/client.js'
import type { DiskFaults } from '../lineage/sqlite/faults.js'
import { recorderEndpoints } from '../recorder/endpoints.js'
import { createRecorder, type RecorderHandle, type RecorderParts } from '../recorder/recorder.js'
import { createRegather } from '../recorder/regather.js'
import { defaultRecorderSettings } from '../recorder/settings.js'
import { recordedRoutes, routeFinder } from './recorded-routes.js'

export interface ComposeParts {
  readonly logger: Logger
  readonly version: string
  readonly clock?: Clock
  readonly signals?: Signals
  /** tests only: of the ledger's disk, and of the graph's */
  readonly faults?: DiskFaults
  readonly graphFaults?: DiskFaults
}

export interface Address {
  readonly name: string
  readonly host: string
  readonly port: number
}

/** A running Waybill. */
export interface Waybill {
  readonly listeners: readonly Address[]
  readonly control: { readonly host: string; readonly port: number }
  readonly signals: Signals
  readonly graph: GraphClient
  /** Everything recorded so far, facts included, is in the graph. */
  settled(): Promise<void>
  /** Takes no new connections, lets exchanges in flight finish (at most `drain` of the configuration), stores all records. */
  stop(): Promise<void>
}

const lagGauge = { name: 'waybill_graph_lag_leaves', help: 'Ledger records that the graph has not projected.' }

/** Throws WB_DATA_FOLDER where the folder can't be used, and what listening throws (EADDRINUSE); nothing stays open then. */
export async function startWaybill(compiled: Compiled, parts: ComposeParts): Promise<Waybill> {
  const signals = parts.signals ?? createSignals()
  const clock = parts.clock ?? systemClock
  const metrics = createMetrics()
  attachTelemetry(signals, { logger: parts.logger, metrics })
  const closers: (() => Promise<void>)[] = []
  try {
    const faults = parts.faults === undefined ? {} : { faults: parts.faults }
    const shares = createProcessorShares()
    // The graph's thread is loaded while the ledger opens.
    const opening = openLedger({ dir: compiled.data, signals, shares, ...faults })
    const graphFaults = parts.graphFaults === undefined ? {} : { faults: parts.graphFaults }
    const openingGraph = openGraph({
      ...{ dir: compiled.data, signals, external: compiled.external, shares },
      ...{ after: opening.then(() => undefined), filed: async () => (await opening).filed(), ...graphFaults },
    })
    openingGraph.catch(() => undefined)
    const ledger = await opening
    closers.push(() => ledger.close())
    const graph = await openingGraph
    closers.push(() => graph.close())
    ledger.onFiled((seq) => graph.advance(seq))
    metrics.gauge(lagGauge, () => ledger.unfiled() + graph.lag())
    const recorder = await startRecorder(compiled, { ledger, clock, signals, shares })
    closers.push(() => recorder.shutdown())
    const gateway = createGateway({
      ...{ routes: compiled.routes, listeners: compiled.listeners, settings: compiled.settings },
      ...{ recorder, clock, signals, redactor: createHeadRedactor(compiled.rules) },
    })
    closers.push(() => gateway.close())
    const state: State = { draining: false, listening: false }
    const control = createControl({
      endpoints: endpointsOf(compiled, graph, ledger),
      ...{ metrics, settings: compiled.control, version: parts.version },
      ready: () => readiness(state, ledger, graph),
      onFault: (fault) => parts.logger.error({ err: fault }, 'control-fault'),
    })
    closers.push(() => control.close())
    const controlAddress = await control.listen()
    const listeners = await gateway.listen()
    state.listening = true
    const settled = async () => {
      await recorder.drain(compiled.drain)
      await graph.caughtUp()
    }
    const stop = stopper({ compiled, state, gateway, recorder, ledger, graph, control, shares })
    return { listeners, control: controlAddress, signals, graph, settled, stop }
  } catch (thrown) {
    for (const close of closers.reverse()) await close().catch(() => undefined)
    throw thrown
  }
}

function endpointsOf(compiled: Compiled, graph: GraphClient, ledger: LedgerClient): AnyEndpoint[] {
  const routes = recordedRoutes(compiled)
  const { data: dir, rules } = compiled
  const { watchdog: limit } = compiled.recorder
  const regather = createRegather({ dir, routes, rules, ledger, limit, modules: [] })
  return [
    ...lineageEndpoints({ graph, ledger: graph }),
    ...recorderEndpoints({ regather, ledger: graph, routes, routeOf: routeFinder(compiled) }),
  ]
}

interface State {
  draining: boolean
  listening: boolean
}

function startRecorder(
  compiled: Compiled,
  parts: Pick<RecorderParts, 'ledger' | 'clock' | 'signals' | 'shares'>,
): Promise<RecorderHandle> {
  const settings = { ...defaultRecorderSettings, ...compiled.recorder }
  return createRecorder({
    ...{ dir: compiled.data, routes: recordedRoutes(compiled), rules: compiled.rules, settings },
    ...parts,
  })
}

/** The graph does not count: exchanges are taken and recorded without it. */
function readiness(state: State, ledger: LedgerClient, graph: GraphClient): Readiness {
  const parts = {
    gateway: state.draining ? 'draining' : state.listening ? 'listening' : 'starting',
    ledger: ledger.up() ? 'open' : 'down',
    graph: graph.state(),
  }
  return { ready: state.listening && !state.draining, parts }
}

interface Running {
  readonly compiled: Compiled
  readonly state: State
  readonly gateway: Gateway
  readonly recorder: RecorderHandle
  readonly ledger: LedgerClient
  readonly graph: GraphClient
  readonly control: Control
  readonly shares: ProcessorShares
}

/** In the order of the way of a record: listeners, recorder, ledger, graph; the control plane answers until the end. */
function stopper({ compiled, state, gateway, recorder, ledger, graph, control, shares }: Running): () => Promise<void> {
  let stopping: Promise<void> | undefined
  const run = async () => {
    state.draining = true
    await gateway.drain(compiled.drain)
    await recorder.shutdown()
    // What it has not reached by then it reaches after the next start.
    await within(compiled.drain, graph.caughtUp())
    await control.close()
    await graph.close()
    await ledger.close()
    shares.close()
  }
  return () => (stopping ??= run())
}

/** Waits for it, at most so many milliseconds, and whatever becomes of it. */
async function within(millis: number, wait: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, millis)))
  await Promise.race([wait.catch(() => undefined), late])
  clearTimeout(timer)
}
