// A service of the test's own on a free port of loopback, to stand behind a gateway.
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface TestService {
  readonly server: Server
  readonly port: number
  readonly url: string
  /** ends open connections too */
  close(): void
}

export async function startService(listener: RequestListener): Promise<TestService> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { server, port, url: `http://127.0.0.1:${port}`, close }
}

/** Always the same JSON. */
export function startJsonService(body: unknown, status = 200): Promise<TestService> {
  return startService((request, response) => {
    request.resume()
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
}
