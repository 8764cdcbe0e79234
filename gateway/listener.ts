// One listening HTTP/1.1 server: accepts connections up to a limit, looks after those that take their time, and closes them
// all in the end. Never looks into what they carry.
import net, { type AddressInfo, type Socket } from 'node:net'
import { Door } from './door.js'
import type { ExchangeContext } from './exchange-context.js'
import { ClientConnection } from './http1/client-connection.js'
import { ConnectionHop } from './http1/connection-hop.js'
import type { Router } from './router.js'
import type { ListenerOptions } from './settings.js'

export interface Listener {
  listen(): Promise<{ name: string; port: number; host: string }>
  /** Takes no connection any more and closes the idle ones; resolves when the last one is closed. */
  stop(): Promise<void>
  /** Breaks all connections. */
  cut(): void
}

/** Bytes that wait for a slow peer before its other side is held up: one read of a socket, so that not every read holds up. */
const connectionBuffer = 64 * 1024
/** Connections that the system keeps for a moment in which none is accepted. */
const backlog = 1024
/** How often connections are looked at, in milliseconds. */
const lookInterval = 250

export function createListener(options: ListenerOptions, router: Router, context: ExchangeContext): Listener {
  const connections = new Map<Socket, ClientConnection>()
  const door = new Door(router, context)
  const clock = { now: performance.now() }
  const place = { scheme: 'http' as const, port: options.port }
  const server = net.createServer({ noDelay: true, highWaterMark: connectionBuffer }, (socket) => {
    const hop = new ConnectionHop(socket.remoteAddress ?? '', place, context.trust)
    connections.set(socket, new ClientConnection(socket, { taker: door, settings: context.settings, hop, clock }))
    socket.on('close', () => connections.delete(socket))
  })
  server.maxConnections = context.settings.limits.connections
  const looking = setInterval(() => {
    clock.now = performance.now()
    for (const connection of connections.values()) connection.look(clock.now)
  }, lookInterval)
  looking.unref()
  return {
    listen: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject)
        server.listen({ port: options.port, host: options.host, backlog }, () => {
          server.off('error', reject)
          const { port } = server.address() as AddressInfo
          place.port = port
          context.signals.listenerOpened.publish({ name: options.name, address: `${options.host}:${port}` })
          resolve({ name: options.name, port, host: options.host })
        })
      }),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          clearInterval(looking)
          resolve()
        })
        for (const connection of connections.values()) connection.retire()
      }),
    cut: () => {
      for (const connection of connections.values()) connection.drop()
    },
  }
}
