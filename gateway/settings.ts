// What the data plane can be told, as plain values with defaults filled in. The configuration's schema derives from
// these types; nothing here is read from files or the environment.

export interface ListenerOptions {
  readonly name: string
  readonly host: string
  /** 0: any free port */
  readonly port: number
}

export interface GatewayLimits {
  /** bytes of a request's field section; more is 431 */
  readonly headBytes: number
  /** fields in a request; more is 431 */
  readonly fields: number
  /** exchanges at once, over all listeners; more is 503 WB_OVERLOADED */
  readonly inFlight: number
  /** connections at once, per listener; more are closed when they arrive */
  readonly connections: number
}

/** All in milliseconds. */
export interface GatewayTimeouts {
  /** from a connection's (or request's) first byte until its head is complete: 408 */
  readonly head: number
  /**
   * without a byte of a request's body while it is awaited: 408, or closed where an answer is under way; without a byte
   * of an answer that the client would take: closed
   */
  readonly bodyIdle: number
  /** an idle connection is kept this long */
  readonly keepAlive: number
}

export interface GatewaySettings {
  /** how this gateway calls itself in `Via` and `Forwarded` (RFC 9110 section 7.6.3: a pseudonym) */
  readonly name: string
  /** addresses or CIDR blocks of peers whose `Forwarded`, `X-Forwarded-*` and trace fields are believed */
  readonly trustedPeers: readonly string[]
  readonly limits: GatewayLimits
  readonly timeouts: GatewayTimeouts
  /** milliseconds between the progress records of a stream; a body of unknown length counts as a stream after one such time */
  readonly progress: number
  /** seconds in `Retry-After` */
  readonly retryAfter: number
}

export const defaultGatewaySettings: GatewaySettings = {
  name: 'waybill',
  trustedPeers: [],
  limits: { headBytes: 16 * 1024, fields: 1_000, inFlight: 10_000, connections: 20_000 },
  timeouts: { head: 30_000, bodyIdle: 60_000, keepAlive: 60_000 },
  progress: 5_000,
  retryAfter: 1,
}
