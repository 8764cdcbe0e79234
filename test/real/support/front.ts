// A small reverse proxy for tests: passes every exchange on as received and keeps a copy of it. It stands where the
// client looks (what did the client get?) and where the service listens (what did the service get?). Never alters a byte.
import { createServer, request as requestUpstream, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface SeenExchange {
  readonly method: string
  /** raw request target */
  readonly target: string
  /** as received: name, value, … */
  readonly fields: readonly string[]
  readonly body: Buffer
  readonly status: number
  readonly answerFields: readonly string[]
  readonly answer: Buffer
}

export interface Front {
  readonly port: number
  readonly url: string
  readonly seen: readonly SeenExchange[]
  close(): Promise<void>
}

/** `upstream`: `http://host:port`. `inspect` sees each exchange once it is over. */
export async function startFront(upstream: string, inspect?: (exchange: SeenExchange) => void): Promise<Front> {
  const { hostname, port } = new URL(upstream)
  const seen: SeenExchange[] = []
  const server = createServer({ keepAliveTimeout: 60_000 })
  const forward = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    void pass({ incoming, outgoing, hostname, port: Number(port) }).then((exchange) => {
      if (exchange === undefined) return
      seen.push(exchange)
      inspect?.(exchange)
    })
  }
  server.on('request', forward)
  server.on('checkContinue', (incoming, outgoing) => {
    outgoing.writeContinue()
    forward(incoming, outgoing)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const own = (server.address() as AddressInfo).port
  return {
    port: own,
    url: `http://127.0.0.1:${own}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

interface Passing {
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
  readonly hostname: string
  readonly port: number
}

function pass({ incoming, outgoing, hostname, port }: Passing): Promise<SeenExchange | undefined> {
  const sent: Buffer[] = []
  const received: Buffer[] = []
  return new Promise((resolve) => {
    const { method = 'GET', url: path = '/' } = incoming
    const headers = withoutField(incoming.rawHeaders, 'expect')
    const upstream = requestUpstream({ hostname, port, method, path, headers, setHost: false }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? '', answer.rawHeaders)
      answer.on('data', (chunk: Buffer) => {
        received.push(chunk)
        outgoing.write(chunk)
      })
      answer.on('error', () => outgoing.destroy())
      answer.on('end', () => {
        outgoing.end(() => {
          resolve({
            method,
            target: path,
            fields: incoming.rawHeaders,
            body: Buffer.concat(sent),
            status: answer.statusCode ?? 502,
            answerFields: answer.rawHeaders,
            answer: Buffer.concat(received),
          })
        })
      })
    })
    upstream.on('error', () => {
      outgoing.destroy()
      resolve(undefined)
    })
    incoming.on('data', (chunk: Buffer) => {
      sent.push(chunk)
      upstream.write(chunk)
    })
    incoming.on('end', () => upstream.end())
  })
}

function withoutField(fields: readonly string[], name: string): string[] {
  const kept: string[] = []
  for (let at = 0; at + 1 < fields.length; at += 2) {
    if (fields[at]?.toLowerCase() !== name) kept.push(fields[at] ?? '', fields[at + 1] ?? '')
  }
  return kept
}
