// From a checked configuration to what each room is built from: plain values, defaults filled in, nothing left to look up.
import { noTap, type TapPlan } from '../core/exchange.js'
import { redactionRules, type RedactionRules } from '../core/redaction.js'
import type { Tenant } from '../core/tenant.js'
import type { ControlSettings } from '../control/options.js'
import {
  compileListener,
  compileMatch,
  compileRewrite,
  compileService,
  compileSettings,
  type GatewaySettings,
  type ListenerOptions,
  type Route,
} from '../gateway/options.js'
import type { GathererCatalog, Use, UseContext } from './catalog.js'
import { kindDefaults } from './kinds.js'
import type { Config } from './config.js'
import { effectiveUses } from './uses.js'

/** A route as the recorder takes it. */
export interface CompiledRecordedRoute {
  readonly name: string
  readonly service: UseContext['service']
  readonly mode: Route['mode']
  /** milliseconds that `required` waits for facts */
  readonly wait: number
  readonly tenant: Tenant
  readonly stripPrefix: string
  /** the path that the route matches, where it matches one */
  readonly path?: string
  readonly uses: readonly Use[]
}

/** Milliseconds and bytes. */
export interface CompiledRecorderSettings {
  readonly workers: number
  readonly watchdog: number
  readonly memory: number
  readonly queue: number
  readonly queueBytes: number
  readonly exchanges: { readonly keep: number; readonly max: number }
}

export interface Compiled {
  readonly routes: readonly Route[]
  readonly recorded: readonly CompiledRecordedRoute[]
  readonly listeners: readonly ListenerOptions[]
  readonly settings: GatewaySettings
  readonly recorder: CompiledRecorderSettings
  readonly rules: RedactionRules
  readonly tenant: Tenant
  /** absolute path */
  readonly data: string
  /** names (or prefixes ending in `*`) whose origin lies outside by design */
  readonly external: readonly string[]
  readonly control: ControlSettings
  /** milliseconds that exchanges in flight may take at shutdown */
  readonly drain: number
}

export function compileConfig(config: Config, catalog: GathererCatalog): Compiled {
  const pairs = config.routes.map((route) => compileRoute(route, config, catalog))
  const { token, host, port, hosts } = config.control
  return {
    routes: pairs.map((pair) => pair.route),
    recorded: pairs.map((pair) => pair.recorded),
    listeners: config.listeners.map(compileListener),
    settings: compileSettings(config.limits, config.trustedPeers, config.via),
    recorder: { ...config.recorder, exchanges: config.exchanges },
    rules: redactionRules({ fields: config.redact.headers, query: config.redact.query, body: config.redact.body }),
    tenant: config.tenant,
    data: config.data,
    external: config.external,
    control: { host, port, hosts: hosts.map((name) => name.toLowerCase()), ...(token === undefined ? {} : { token }) },
    drain: config.limits.drain,
  }
}

function compileRoute(
  route: Config['routes'][number],
  config: Config,
  catalog: GathererCatalog,
): { readonly route: Route; readonly recorded: CompiledRecordedRoute } {
  const options = config.services[route.service]
  if (options === undefined) throw new TypeError(`route ${route.name} leads to no service`)
  const service = compileService(route.service, options, {
    path: kindDefaults[options.kind].path,
    timeouts: config.timeouts,
  })
  const { mode, wait } = route.record ?? config.record
  const stripPrefix = route.rewrite?.stripPrefix ?? ''
  const path = route.match.path === undefined ? {} : { path: route.match.path }
  const context: UseContext = {
    route: route.name,
    service: { name: service.name, kind: service.kind, url: options.url },
    stripPrefix,
    ...path,
  }
  const uses = mode === 'off' ? [] : effectiveUses(route, options.kind, catalog)
  const tap: TapPlan = uses.length === 0 ? noTap : catalog.tap(uses, context)
  const tenant = route.tenant ?? config.tenant
  const gatherers = uses.map((use) => use.gatherer)
  return {
    route: {
      name: route.name,
      match: compileMatch(route.match),
      rewrite: compileRewrite(route.rewrite),
      service,
      mode,
      wait,
      tenant,
      tap,
      gatherers,
    },
    recorded: { name: route.name, service: context.service, mode, wait, tenant, stripPrefix, ...path, uses },
  }
}
