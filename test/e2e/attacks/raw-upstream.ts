// An upstream on a bare socket that reads HTTP/1.1 by its own small parser and keeps every request it saw, byte for byte:
// a smuggled request is one more in the list. Answers each with what `answer` gives.
import net, { type AddressInfo, type Socket } from 'node:net'

export interface SeenRequest {
  /** request line, without CR LF */
  readonly line: string
  /** field lines as they came */
  readonly fields: readonly string[]
  /** decoded */
  readonly body: string
  /** trailer lines of a chunked body */
  readonly trailers: readonly string[]
}

export interface RawUpstream {
  readonly port: number
  readonly seen: SeenRequest[]
  /** connections that were closed by the peer before their answer was sent whole */
  readonly sockets: ReadonlySet<Socket>
  /** called when the head of a request is there, whether or not its body is */
  onHead: ((socket: Socket, head: string) => void) | undefined
  /** resolves when `condition` holds; looked at whenever something arrives or a connection ends */
  until(condition: () => boolean): Promise<void>
  close(): Promise<void>
}

/** Returns the bytes to send, or undefined where it wrote to the socket itself. */
export type Answering = (request: SeenRequest, socket: Socket) => string | undefined

const plainAnswer: Answering = (request) =>
  request.line.startsWith('HEAD ')
    ? 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n'
    : 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

export async function startRawUpstream(answer: Answering = plainAnswer): Promise<RawUpstream> {
  const seen: SeenRequest[] = []
  const sockets = new Set<Socket>()
  const waiting: (() => void)[] = []
  const changed = () => {
    for (const look of waiting.splice(0)) look()
  }
  const server = net.createServer((socket) => {
    sockets.add(socket)
    let rest = ''
    let announced = false
    socket.on('data', (chunk) => {
      rest += chunk.toString('latin1')
      if (!announced && rest.includes('\r\n\r\n')) {
        announced = true
        upstream.onHead?.(socket, rest)
      }
      for (let parsed = readRequest(rest); parsed !== undefined; parsed = readRequest(rest)) {
        rest = rest.slice(parsed.length)
        seen.push(parsed.request)
        const bytes = answer(parsed.request, socket)
        if (bytes !== undefined) socket.write(bytes, 'latin1')
      }
      changed()
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      sockets.delete(socket)
      // after the other listeners of this event: what they note is looked at
      process.nextTick(changed)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const upstream: RawUpstream = {
    onHead: undefined,
    port: (server.address() as AddressInfo).port,
    seen,
    sockets,
    until: (condition) =>
      new Promise((resolve) => {
        const look = () => {
          if (condition()) resolve()
          else waiting.push(look)
        }
        look()
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
  return upstream
}

function readRequest(text: string): { request: SeenRequest; length: number } | undefined {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const [line = '', ...fields] = text.slice(0, end).split('\r\n')
  const value = (name: string) =>
    fields
      .find((field) => field.toLowerCase().startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim()
  const start = end + 4
  if (value('transfer-encoding')?.toLowerCase() === 'chunked') return readChunked(text, start, { line, fields })
  const length = Number(value('content-length') ?? '0')
  if (text.length < start + length) return undefined
  return {
    request: { line, fields, body: text.slice(start, start + length), trailers: [] },
    length: start + length,
  }
}

function readChunked(
  text: string,
  start: number,
  head: { line: string; fields: readonly string[] },
): { request: SeenRequest; length: number } | undefined {
  let body = ''
  let at = start
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at)
    if (lineEnd < 0) return undefined
    const size = Number.parseInt(text.slice(at, lineEnd), 16)
    at = lineEnd + 2
    if (size === 0) break
    if (text.length < at + size + 2) return undefined
    body += text.slice(at, at + size)
    at += size + 2
  }
  const trailers: string[] = []
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at)
    if (lineEnd < 0) return undefined
    const line = text.slice(at, lineEnd)
    at = lineEnd + 2
    if (line === '') return { request: { ...head, body, trailers }, length: at }
    trailers.push(line)
  }
}

/** Value of the first field of that name (lower case), as the upstream saw it. */
export function seenField(request: SeenRequest | undefined, name: string): string | undefined {
  return seenFields(request, name)[0]
}

export function seenFields(request: SeenRequest | undefined, name: string): readonly string[] {
  const lines = request?.fields.filter((field) => field.toLowerCase().startsWith(`${name}:`)) ?? []
  return lines.map((line) => line.slice(name.length + 1).trim())
}
