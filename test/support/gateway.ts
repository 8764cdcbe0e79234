// A gateway on a free port in front of given upstreams, with a recorder in memory; for tests of the data plane alone.
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { systemClock } from '../../core/clock.js'
import { noTap, type RecordingMode, type TapPlan } from '../../core/exchange.js'
import { createHeadRedactor, redactionRules } from '../../core/redaction.js'
import { createSignals, type Signals } from '../../core/signals.js'
import { createGateway, type Gateway } from '../../gateway/gateway.js'
import type { Rewrite, Route, RouteMatch, Service } from '../../gateway/route.js'
import { defaultGatewaySettings, type GatewaySettings } from '../../gateway/settings.js'
import { MemoryRecorder } from './memory-recorder.js'

export interface RouteInput {
  readonly name?: string
  readonly mode?: RecordingMode
  readonly tap?: TapPlan
  readonly match?: RouteMatch
  readonly rewrite?: Rewrite
  readonly service?: Partial<Service>
  readonly gatherers?: readonly string[]
}

export function routeTo(port: number, input: RouteInput = {}): Route {
  const name = input.name ?? 'all'
  return {
    name,
    match: input.match ?? {},
    rewrite: input.rewrite ?? {},
    service: {
      name: `${name}-service`,
      kind: 'http',
      url: new URL(`http://127.0.0.1:${port}`),
      path: 'strict',
      timeouts: { connect: 2_000, head: 10_000, idle: 10_000 },
      connections: 256,
      trailers: [],
      ...input.service,
    },
    mode: input.mode ?? 'off',
    wait: 20,
    tenant: { project: 'default', domain: 'development' },
    tap: input.tap ?? noTap,
    gatherers: input.gatherers ?? [],
  }
}

export interface TestGateway {
  readonly port: number
  readonly url: string
  readonly gateway: Gateway
  readonly recorder: MemoryRecorder
  readonly signals: Signals
  close(): Promise<void>
}

export async function startGateway(
  routes: readonly Route[],
  settings: Partial<GatewaySettings> = {},
): Promise<TestGateway> {
  const recorder = new MemoryRecorder()
  const signals = createSignals()
  const gateway = createGateway({
    routes,
    listeners: [{ name: 'main', host: '127.0.0.1', port: 0 }],
    recorder,
    redactor: createHeadRedactor(redactionRules()),
    clock: systemClock,
    signals,
    settings: { ...defaultGatewaySettings, ...settings },
  })
  const port = (await gateway.listen())[0]?.port ?? 0
  return { port, url: `http://127.0.0.1:${port}`, gateway, recorder, signals, close: () => gateway.close() }
}

export interface TestUpstream {
  readonly port: number
  readonly server: http.Server
  /** requests that arrived */
  readonly count: () => number
  close(): Promise<void>
}

export async function startUpstream(handler: http.RequestListener): Promise<TestUpstream> {
  let count = 0
  const server = http.createServer((request, response) => {
    count++
    handler(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { port: (server.address() as AddressInfo).port, server, count: () => count, close }
}
