// Who the request came from, told to the service: `Forwarded` (RFC 7239), `X-Forwarded-For/Host/Proto/Port`, `X-Real-IP`.
// What a client wrote there is replaced; only a configured, trusted peer is continued.
import { BlockList, isIP, isIPv6 } from 'node:net'
import type { RawFields } from '../../core/exchange.js'
import { parseAuthority } from './authority.js'

/** Whether an address (as a socket gives it) belongs to a trusted peer. */
export type PeerTrust = (address: string) => boolean

export interface Network {
  readonly address: string
  readonly bits: number
  readonly family: 'ipv4' | 'ipv6'
}

/** Undefined where `text` is neither an address nor a CIDR block. */
export function networkOf(text: string): Network | undefined {
  const slash = text.indexOf('/')
  const address = slash < 0 ? text : text.slice(0, slash)
  const family = isIP(address)
  const most = family === 4 ? 32 : 128
  const bits = slash < 0 ? most : Number(text.slice(slash + 1))
  const valid = family !== 0 && Number.isInteger(bits) && bits >= 0 && bits <= most && !text.endsWith('/')
  return valid ? { address, bits, family: family === 4 ? 'ipv4' : 'ipv6' } : undefined
}

/** `networks`: addresses or CIDR blocks. Throws a plain Error naming the first that is neither. */
export function createPeerTrust(networks: readonly string[]): PeerTrust {
  const list = new BlockList()
  for (const text of networks) {
    const network = networkOf(text)
    if (network === undefined) throw new Error(`${text} is neither an address nor a CIDR block`)
    list.addSubnet(network.address, network.bits, network.family)
  }
  return (address) => {
    const plain = unmapped(address)
    const family = isIP(plain)
    return family !== 0 && list.check(plain, family === 4 ? 'ipv4' : 'ipv6')
  }
}

/** `::ffff:192.0.2.1` as `192.0.2.1`; a zone id is cut. */
export function unmapped(address: string): string {
  if (address.startsWith('::ffff:') && address.includes('.')) return address.slice(7)
  const zone = address.indexOf('%')
  return zone < 0 ? address : address.slice(0, zone)
}

export interface Hop {
  /** the socket's remote address, unmapped */
  readonly peer: string
  readonly trusted: boolean
  /** of the listener */
  readonly scheme: 'http' | 'https'
  readonly port: number
  /** authority the client asked for; may be empty */
  readonly authority: string
}

/** The gateway's own forwarding fields for a peer that is not trusted: the same for every request of a connection. */
export function forwardedFields(hop: Hop): readonly string[] {
  const out: string[] = []
  pushForwarded(out, [], hop)
  return out
}

/** Appends the gateway's own forwarding fields to `out`; `fields` are the incoming ones. */
export function pushForwarded(out: string[], fields: RawFields, hop: Hop): void {
  const before = hop.trusted ? chainOf(fields) : nothing
  const element = forwardedElement(hop)
  const host = before.host ?? hop.authority
  out.push('Forwarded', before.forwarded === '' ? element : `${before.forwarded}, ${element}`)
  out.push('X-Forwarded-For', before.addresses === '' ? hop.peer : `${before.addresses}, ${hop.peer}`)
  if (host !== '') out.push('X-Forwarded-Host', host)
  out.push('X-Forwarded-Proto', before.scheme ?? hop.scheme)
  out.push('X-Forwarded-Port', before.port ?? String(hop.port))
  out.push('X-Real-IP', before.realAddress ?? hop.peer)
}

/** Where the client thinks it is, e.g. `https://gateway.example`: as a trusted peer says, else as it asked of us. */
export function clientOrigin(fields: RawFields, hop: Hop, host: string): string {
  const said = hop.trusted ? chainOf(fields) : nothing
  return `${said.scheme ?? hop.scheme}://${said.host ?? host}`
}

function forwardedElement(hop: Hop): string {
  const address = isIPv6(hop.peer) ? `"[${hop.peer}]"` : hop.peer
  // a token may not hold `:`, `[` or `]`
  const host = hop.authority === '' ? '' : `;host="${hop.authority}"`
  return `for=${address}${host};proto=${hop.scheme}`
}

interface Chain {
  readonly forwarded: string
  readonly addresses: string
  readonly host: string | undefined
  readonly scheme: string | undefined
  readonly port: string | undefined
  readonly realAddress: string | undefined
}

const nothing: Chain = {
  forwarded: '',
  addresses: '',
  host: undefined,
  scheme: undefined,
  port: undefined,
  realAddress: undefined,
}

function chainOf(fields: RawFields): Chain {
  const host = lastMember(fields, 'x-forwarded-host')
  const scheme = lastMember(fields, 'x-forwarded-proto')
  const port = lastMember(fields, 'x-forwarded-port')
  const real = joined(fields, 'x-real-ip')
  return {
    forwarded: joined(fields, 'forwarded'),
    addresses: joined(fields, 'x-forwarded-for'),
    host: parseAuthority(host) === undefined ? undefined : host,
    scheme: scheme === 'http' || scheme === 'https' ? scheme : undefined,
    port: /^\d{1,5}$/.test(port) ? port : undefined,
    realAddress: isIP(real) === 0 ? undefined : real,
  }
}

/**
 * The member that the peer itself wrote. Those before it may be its client's: a proxy that appends (Apache httpd, Envoy) puts
 * its own behind whatever it was sent, and nothing in these fields says who wrote which member.
 */
function lastMember(fields: RawFields, name: string): string {
  const all = joined(fields, name)
  return all.slice(all.lastIndexOf(',') + 1).trim()
}

function joined(fields: RawFields, name: string): string {
  let all = ''
  for (let at = 0; at + 1 < fields.length; at += 2) {
    if (fields[at]?.toLowerCase() === name)
      all = all === '' ? (fields[at + 1] ?? '') : `${all}, ${fields[at + 1] ?? ''}`
  }
  return all
}

/**
 * The client's address for records: the peer itself, or, as far as trusted peers vouch for it, the rightmost
 * X-Forwarded-For member that is not trusted.
 */
export function clientAddress(fields: RawFields, peer: string, trust: PeerTrust): string {
  let address = unmapped(peer)
  if (!trust(address)) return address
  const members = joined(fields, 'x-forwarded-for').split(',')
  for (let at = members.length - 1; at >= 0; at--) {
    const member = unmapped((members[at] ?? '').trim())
    if (isIP(member) === 0) return address
    address = member
    if (!trust(address)) return address
  }
  return address
}
