// The little HTTP that the example's services share: JSON in and out, a handful of paths each. Plain node:http, as any
// small team would write it. Never knows what stands in front of it.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'

export interface Call {
  readonly method: string
  /** path as sent, not decoded, without the query */
  readonly path: string
  readonly query: URLSearchParams
  readonly request: IncomingMessage
}

export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer | string
}

export type Handler = (call: Call) => Promise<Answer> | Answer

export interface RunningService {
  readonly url: string
  readonly server: Server
  close(): Promise<void>
}

/** What a caller did wrong; becomes an answer with that status. */
export class Refusal extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.name = 'Refusal'
    this.status = status
  }
}

export function json(status: number, value: unknown): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) }
}

export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

async function jsonOf(request: IncomingMessage): Promise<unknown> {
  const text = (await bodyOf(request)).toString('utf8')
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw new Refusal(400, 'the body is not JSON')
  }
}

/** The body as `schema` wants it, or a refusal that says what is wrong with it. */
export async function inputOf<T>(schema: z.ZodType<T>, request: IncomingMessage): Promise<T> {
  const parsed = schema.safeParse(await jsonOf(request))
  if (!parsed.success) throw new Refusal(400, z.prettifyError(parsed.error))
  return parsed.data
}

/** `routes` maps `METHOD /path/{name}` to what answers it; `{name}` stands for one segment. */
export function pathHandler(
  routes: Readonly<Record<string, (call: Call, params: Record<string, string>) => Promise<Answer> | Answer>>,
): Handler {
  const compiled = Object.entries(routes).map(([key, answer]) => {
    const [method = '', path = ''] = key.split(' ')
    return { method, segments: path.split('/'), answer }
  })
  return (call) => {
    const given = call.path.split('/')
    for (const { method, segments, answer } of compiled) {
      const params = call.method === method ? paramsOf(segments, given) : undefined
      if (params !== undefined) return answer(call, params)
    }
    throw new Refusal(404, `there is no ${call.method} ${call.path}`)
  }
}

function paramsOf(segments: readonly string[], given: readonly string[]): Record<string, string> | undefined {
  if (segments.length !== given.length) return undefined
  const params: Record<string, string> = {}
  for (const [at, segment] of segments.entries()) {
    const value = given[at] ?? ''
    if (segment.startsWith('{')) params[segment.slice(1, -1)] = decodeURIComponent(value)
    else if (segment !== value) return undefined
  }
  return params
}

/** Listens on loopback; port 0 takes a free one. */
export async function listen(handler: Handler, port = 0): Promise<RunningService> {
  const server = createServer((request, response) => {
    void answer(handler, request, response)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    server,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve()
        })
        server.closeAllConnections()
      }),
  }
}

async function answer(handler: Handler, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const target = request.url ?? '/'
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  const query = new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1))
  let result: Answer
  try {
    result = await handler({ method: request.method ?? 'GET', path, query, request })
  } catch (thrown) {
    const status = thrown instanceof Refusal ? thrown.status : 500
    result = json(status, { error: thrown instanceof Error ? thrown.message : String(thrown) })
  }
  request.resume()
  response.writeHead(result.status, { 'content-length': String(lengthOf(result)), ...result.headers })
  response.end(request.method === 'HEAD' ? undefined : result.body)
}

function lengthOf(answer: Answer): number {
  return answer.body === undefined ? 0 : Buffer.byteLength(answer.body)
}
