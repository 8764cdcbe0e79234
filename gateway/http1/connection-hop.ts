// What the gateway knows of a client's connection, and the forwarding fields that all its requests share. Holds nothing of a
// request.
import { forwardedFields, unmapped, type Hop, type PeerTrust } from '../heads/forwarded.js'

export interface HopFields {
  readonly hop: Hop
  /** undefined where the peer is trusted: then the request's own fields count */
  readonly forwarded: readonly string[] | undefined
}

export class ConnectionHop {
  /** the socket's remote address, unmapped */
  readonly peer: string
  private readonly scheme: 'http' | 'https'
  private readonly port: number
  private readonly trusted: boolean
  private known: HopFields | undefined

  constructor(address: string, listener: Pick<Hop, 'scheme' | 'port'>, trust: PeerTrust) {
    this.peer = unmapped(address)
    this.scheme = listener.scheme
    this.port = listener.port
    this.trusted = trust(address)
  }

  /** Worked out again only where a request names another authority than the one before it. */
  fieldsFor(authority: string): HopFields {
    const { known, peer, trusted, scheme, port } = this
    if (known?.hop.authority === authority) return known
    const hop: Hop = { peer, trusted, scheme, port, authority }
    this.known = { hop, forwarded: trusted ? undefined : forwardedFields(hop) }
    return this.known
  }
}
