// Which protocol a request asks to switch to (RFC 9110 section 7.8), and whether it asks properly. HTTP/2 by Upgrade
// (`h2c`, removed by RFC 9113) is never relayed: the request is answered as HTTP/1.1.
import type { RawFields } from '../../core/exchange.js'
import { fieldOf } from '../../core/exchange.js'
import type { Framing } from './framing.js'

export type Upgrade =
  | { readonly kind: 'none' }
  /** asked for, and ignored */
  | { readonly kind: 'stripped' }
  | { readonly kind: 'relayed'; readonly protocol: string }
  | { readonly kind: 'refused'; readonly reason: string }

export interface UpgradeHead {
  readonly method: string
  readonly version: string
  readonly fields: RawFields
}

export interface UpgradeFields {
  readonly framing: Framing
  /** members of Upgrade, as they were written */
  readonly upgrades: readonly string[]
  /** members of Connection, lower case */
  readonly nominated: readonly string[]
}

const none: Upgrade = { kind: 'none' }
const stripped: Upgrade = { kind: 'stripped' }

export function upgradeOf(head: UpgradeHead, asked: UpgradeFields): Upgrade {
  const { upgrades } = asked
  if (upgrades.length === 0) return asked.nominated.includes('upgrade') ? unasked(head) : none
  const handshake = upgrades.find((name) => name.toLowerCase() === 'websocket')
  if (handshake !== undefined) return webSocket(head, asked, handshake)
  if (!asked.nominated.includes('upgrade') || head.version !== '1.1') return stripped
  const [protocol] = upgrades
  if (protocol === undefined || upgrades.length > 1 || neverRelayed.test(protocol)) return stripped
  // a service that ignores it sees an ordinary request; one that switches does so after the body (docker: POST /exec)
  return { kind: 'relayed', protocol }
}

const neverRelayed = /^(?:h2|http\/|tls\/)/i

/** A handshake without its Upgrade field would reach the service as a plain GET. */
function unasked(head: UpgradeHead): Upgrade {
  const handshake = fieldOf(head.fields, 'sec-websocket-key') !== undefined
  return handshake ? refused('a WebSocket handshake without Upgrade') : none
}

/** RFC 6455 section 4.2.1. */
function webSocket({ method, version, fields }: UpgradeHead, asked: UpgradeFields, protocol: string): Upgrade {
  const { framing } = asked
  if (method !== 'GET' || version !== '1.1') return refused('a WebSocket handshake is a GET in HTTP/1.1')
  if (!asked.nominated.includes('upgrade')) return refused('a WebSocket handshake without Connection: Upgrade')
  if (asked.upgrades.length > 1) return refused('a WebSocket handshake with other protocols')
  if (framing.kind === 'chunked' || (framing.kind === 'length' && framing.length > 0)) {
    return refused('a WebSocket handshake with a body')
  }
  if (!/^\d{1,3}$/.test(fieldOf(fields, 'sec-websocket-version') ?? ''))
    return refused('Sec-WebSocket-Version is not a number')
  const key = fieldOf(fields, 'sec-websocket-key') ?? ''
  if (!/^[A-Za-z0-9+/]{22}==$/.test(key)) return refused('Sec-WebSocket-Key is not 16 bytes in base64')
  return { kind: 'relayed', protocol }
}

function refused(reason: string): Upgrade {
  return { kind: 'refused', reason }
}
