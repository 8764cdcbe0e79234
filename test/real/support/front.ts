// A small reverse proxy for tests: passes every exchange on as received and keeps a copy of it. It stands where the
// client looks (what did the client get?) and where the service listens (what did the service get?). Never alters a byte;
// bodies wait until they are whole.
import { request as requestUpstream, createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
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

type Request = Pick<SeenExchange, 'method' | 'target' | 'fields' | 'body'>

/** A whole request, checked before it is passed on: text refuses it (403) and says why. */
export type Guard = (request: Request) => string | undefined

export interface FrontOptions {
  readonly guard?: Guard
  /** ends TLS, as a balancer does */
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer }
}

/** `upstream`: `http://host:port`; a function where that is known only later. */
export async function startFront(upstream: string | (() => string), { guard, tls }: FrontOptions = {}): Promise<Front> {
  const seen: SeenExchange[] = []
  const server =
    tls === undefined
      ? createServer({ keepAliveTimeout: 60_000 })
      : createTlsServer({ keepAliveTimeout: 60_000, ...tls })
  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const body = await bytesOf(incoming)
    const { method = 'GET', url: target = '/', rawHeaders: fields } = incoming
    const request = { method, target, fields, body }
    const { hostname, port } = new URL(typeof upstream === 'string' ? upstream : upstream())
    const answer = refusal(request, guard) ?? (await ask({ ...request, hostname, port: Number(port) }))
    seen.push({ ...request, ...answer })
    outgoing.writeHead(answer.status, [...answer.answerFields])
    outgoing.end(answer.answer)
  }
  const listen = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    serve(incoming, outgoing).catch(() => outgoing.destroy())
  }
  server.on('request', listen)
  server.on('checkContinue', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    outgoing.writeContinue()
    listen(incoming, outgoing)
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

type Answer = Pick<SeenExchange, 'status' | 'answerFields' | 'answer'>

function refusal(request: Request, guard: Guard | undefined): Answer | undefined {
  const reason = guard?.(request)
  if (reason === undefined) return undefined
  const answer = Buffer.from(`<Error><Code>SignatureDoesNotMatch</Code><Message>${reason}</Message></Error>`)
  return {
    status: 403,
    answerFields: ['Content-Type', 'application/xml', 'Content-Length', `${answer.length}`],
    answer,
  }
}

function ask(request: Request & { readonly hostname: string; readonly port: number }): Promise<Answer> {
  const { method, target: path, hostname, port } = request
  const headers = withoutField(request.fields, 'expect')
  return new Promise((resolve, reject) => {
    const upstream = requestUpstream({ hostname, port, method, path, headers, setHost: false }, (response) => {
      const status = response.statusCode ?? 502
      bytesOf(response).then((answer) => resolve({ status, answerFields: response.rawHeaders, answer }), reject)
    })
    upstream.on('error', reject)
    upstream.end(request.body)
  })
}

function bytesOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  return new Promise((resolve, reject) => {
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('error', reject)
    stream.on('end', () => resolve(Buffer.concat(chunks)))
  })
}

function withoutField(fields: readonly string[], name: string): string[] {
  const kept: string[] = []
  for (let at = 0; at + 1 < fields.length; at += 2) {
    if (fields[at]?.toLowerCase() !== name) kept.push(fields[at] ?? '', fields[at + 1] ?? '')
  }
  return kept
}
