// A client on a bare socket: sends exactly the bytes it is given and reads answers by its own small parser.
import net, { type Socket } from 'node:net'

export interface RawAnswer {
  readonly status: number
  /** field lines as they came */
  readonly fields: readonly string[]
  readonly body: string
  readonly trailers: readonly string[]
  /** interim (1xx) */
  readonly interim: boolean
}

export class RawClient {
  readonly answers: RawAnswer[] = []
  /** without interim ones */
  readonly finals: RawAnswer[] = []
  opened = false
  closed = false
  /** the connection was reset, or ended in the middle of an answer */
  broken = false
  readonly socket: Socket
  private rest = ''
  private ended = false
  private readonly methods: string[] = []
  private readonly waiting: (() => void)[] = []

  constructor(port: number) {
    this.socket = net.connect({ port, host: '127.0.0.1' })
    this.socket.on('connect', () => {
      this.opened = true
      this.changed()
    })
    this.socket.on('data', (chunk) => {
      this.rest += chunk.toString('latin1')
      this.parse()
      this.changed()
    })
    this.socket.on('end', () => {
      this.ended = true
      this.parse()
    })
    this.socket.on('error', () => {
      this.broken = true
    })
    this.socket.on('close', () => {
      this.closed = true
      this.broken ||= this.rest !== ''
      this.changed()
    })
  }

  /** `latin1`: every character is one byte. */
  send(bytes: string): this {
    const method = /^([A-Z]+) /.exec(bytes)?.[1]
    if (method !== undefined) this.methods.push(method)
    this.socket.write(bytes, 'latin1')
    return this
  }

  /** Resolves when that many final answers have come, or the connection is closed. */
  answered(count = 1): Promise<this> {
    return this.until(() => this.finals.length >= count || this.closed)
  }

  ending(): Promise<this> {
    return this.until(() => this.closed)
  }

  until(condition: () => boolean): Promise<this> {
    return new Promise((resolve) => {
      const look = () => {
        if (condition()) resolve(this)
        else this.waiting.push(look)
      }
      look()
    })
  }

  get statuses(): readonly number[] {
    return this.answers.map((answer) => answer.status)
  }

  /** bytes received that make no whole answer yet */
  get unparsed(): string {
    return this.rest
  }

  leave(): void {
    this.socket.destroy()
  }

  private changed(): void {
    for (const look of this.waiting.splice(0)) look()
  }

  private parse(): void {
    for (;;) {
      const method = this.methods[this.finals.length] ?? 'GET'
      const parsed = readAnswer(this.rest, method, this.ended)
      if (parsed === undefined) return
      this.rest = this.rest.slice(parsed.length)
      this.answers.push(parsed.answer)
      if (!parsed.answer.interim) this.finals.push(parsed.answer)
    }
  }
}

interface Parsed {
  readonly answer: RawAnswer
  readonly length: number
}

function readAnswer(text: string, method: string, ended: boolean): Parsed | undefined {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const [line = '', ...fields] = text.slice(0, end).split('\r\n')
  const status = Number(line.split(' ')[1])
  const start = end + 4
  const whole = (body: string, length: number, trailers: readonly string[] = []): Parsed => ({
    answer: { status, fields, body, trailers, interim: status < 200 && status !== 101 },
    length,
  })
  if (status < 200 || status === 204 || status === 304 || method === 'HEAD') return whole('', start)
  if (fieldIn(fields, 'transfer-encoding') === 'chunked') return readChunks(text, start, whole)
  const length = fieldIn(fields, 'content-length')
  if (length === undefined) return ended ? whole(text.slice(start), text.length) : undefined
  const stop = start + Number(length)
  return text.length < stop ? undefined : whole(text.slice(start, stop), stop)
}

function readChunks(
  text: string,
  start: number,
  whole: (body: string, length: number, trailers: readonly string[]) => Parsed,
): Parsed | undefined {
  let body = ''
  let at = start
  const trailers: string[] = []
  for (let last = false; ;) {
    const lineEnd = text.indexOf('\r\n', at)
    if (lineEnd < 0) return undefined
    const line = text.slice(at, lineEnd)
    at = lineEnd + 2
    if (last) {
      if (line === '') return whole(body, at, trailers)
      trailers.push(line)
      continue
    }
    const size = Number.parseInt(line, 16)
    last = size === 0
    if (last) continue
    if (text.length < at + size + 2) return undefined
    body += text.slice(at, at + size)
    at += size + 2
  }
}

/** Value of the first field of that name (lower case). */
export function fieldIn(fields: readonly string[], name: string): string | undefined {
  return fields
    .find((line) => line.toLowerCase().startsWith(`${name}:`))
    ?.slice(name.length + 1)
    .trim()
}

export function namesIn(fields: readonly string[]): readonly string[] {
  return fields.map((line) => line.slice(0, line.indexOf(':')).toLowerCase())
}
