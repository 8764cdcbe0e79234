// Opens the socket of a connection to a service, by its URL. Knows no HTTP.
import net, { type OnReadOpts, type Socket } from 'node:net'
import tls from 'node:tls'
import { defaultPort } from '../heads/authority.js'
import type { Service } from '../route.js'

export function connectPlain(service: Service, options: { readonly onread?: OnReadOpts } = {}): Socket {
  return net.connect({ ...addressOf(service), noDelay: true, ...options })
}

export function connectSecure(service: Service): Socket {
  const address = addressOf(service)
  const servername = net.isIP(address.host) === 0 ? { servername: address.host } : {}
  const socket = tls.connect({ ...address, ...servername })
  socket.setNoDelay(true)
  return socket
}

function addressOf({ url }: Service): { host: string; port: number } {
  const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname
  return { host, port: url.port === '' ? defaultPort(url.protocol) : Number(url.port) }
}
