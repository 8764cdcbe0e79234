// A route and its service as the data plane uses them: compiled from the configuration, plain and complete
// (defaults filled in). The router, forwarders and taps read these and never the configuration file.
import type { RecordingMode, TapPlan } from '../core/exchange.js'
import type { Tenant } from '../core/tenant.js'

export type PathMode = 'strict' | 'opaque'

export interface Timeouts {
  /** milliseconds until the TCP (or TLS) connection stands */
  readonly connect: number
  /** milliseconds until the response head */
  readonly head: number
  /** milliseconds without a byte in either direction */
  readonly idle: number
}

export interface Service {
  readonly name: string
  readonly kind: string
  /** origin, and a base path where there is one; no trailing slash */
  readonly url: URL
  readonly path: PathMode
  readonly timeouts: Timeouts
  /** connections at most */
  readonly connections: number
  /** request trailers (lower case) that pass although they are refused by default */
  readonly trailers: readonly string[]
}

export interface RouteMatch {
  /** exact authority without port, or `*.suffix`; lower case */
  readonly host?: string
  /** `/exact`, `/prefix/*`, with `{name}` for one segment */
  readonly path?: string
  readonly methods?: readonly string[]
  /** header fields that must be present (true) or equal */
  readonly fields?: Readonly<Record<string, string | true>>
}

export interface Rewrite {
  readonly stripPrefix?: string
  readonly addPrefix?: string
  /** `keep` (default), `upstream`, or a literal authority */
  readonly host?: string
  /** rewrite `Location`, `Content-Location` and `Link` that point at the service, so that clients stay in the gateway */
  readonly locations?: boolean
}

export interface Route {
  readonly name: string
  readonly match: RouteMatch
  readonly rewrite: Rewrite
  readonly service: Service
  readonly mode: RecordingMode
  /** milliseconds that `required` waits for facts */
  readonly wait: number
  readonly tenant: Tenant
  readonly tap: TapPlan
  readonly gatherers: readonly string[]
}
