// A gateway between a raw client and a raw upstream. After every attack it is asked to serve a plain request on a
// connection of its own: that shows that it lives, and that whatever the attack sent upstream has arrived.
import { expect } from 'chai'
import type { RecordingMode } from '../../../core/exchange.js'
import type { Route } from '../../../gateway/route.js'
import type { GatewaySettings } from '../../../gateway/settings.js'
import { routeTo, startGateway, type RouteInput, type TestGateway } from '../../support/gateway.js'
import { RawClient, type RawAnswer } from './raw-client.js'
import { startRawUpstream, type Answering, type RawUpstream, type SeenRequest } from './raw-upstream.js'

export interface Verdict {
  readonly answers: readonly RawAnswer[]
  readonly statuses: readonly number[]
  readonly closed: boolean
  /** reset, or ended in the middle of an answer */
  readonly broken: boolean
  /** what reached the upstream because of the attack */
  readonly upstream: readonly SeenRequest[]
}

export interface Arena {
  readonly gateway: TestGateway
  readonly upstream: RawUpstream
  readonly port: number
  /** Sends the bytes, waits for `answers` final answers (or the end of the connection), then shows that the gateway serves. */
  attack(bytes: string, answers?: number): Promise<Verdict>
  /** the same for a client that has done its worst already */
  judge(client: RawClient): Promise<Verdict>
  close(): Promise<void>
}

export interface ArenaOptions {
  readonly answer?: Answering
  readonly mode?: RecordingMode
  readonly route?: RouteInput
  readonly routes?: (port: number) => readonly Route[]
  readonly settings?: Partial<GatewaySettings>
}

const proof = '/still-serving'

export async function openArena(options: ArenaOptions = {}): Promise<Arena> {
  const upstream = await startRawUpstream((request, socket) =>
    request.line.includes(proof)
      ? 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
      : (options.answer ?? defaultAnswer)(request, socket),
  )
  const routes = options.routes?.(upstream.port) ?? [
    routeTo(upstream.port, { mode: options.mode ?? 'durable', ...options.route }),
  ]
  const gateway = await startGateway(routes, options.settings)
  let judged = 0
  const judge = async (client: RawClient): Promise<Verdict> => {
    await serves(gateway.port)
    const attack = upstream.seen.slice(judged).filter((request) => !request.line.includes(proof))
    judged = upstream.seen.length
    const { answers, statuses, closed, broken } = client
    client.leave()
    return { answers, statuses, closed, broken, upstream: attack }
  }
  return {
    gateway,
    upstream,
    port: gateway.port,
    judge,
    attack: async (bytes, answers = 1) => judge(await new RawClient(gateway.port).send(bytes).answered(answers)),
    close: async () => {
      await gateway.close()
      await upstream.close()
    },
  }
}

const defaultAnswer: Answering = (request) =>
  request.line.startsWith('HEAD ')
    ? 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n'
    : 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

async function serves(port: number): Promise<void> {
  const client = await new RawClient(port).send(`GET ${proof} HTTP/1.1\r\nHost: h\r\n\r\n`).answered()
  client.leave()
  expect(client.statuses, 'the gateway still serves').to.deep.equal([200])
}

/** Refused with that status, the connection closed, nothing upstream. */
export function expectRefused(verdict: Verdict, status: number | readonly number[]): void {
  const allowed = typeof status === 'number' ? [status] : status
  expect(verdict.answers.map((answer) => answer.status)).to.have.length(1)
  expect(allowed).to.include(verdict.answers[0]?.status)
  expect(verdict.upstream.map((request) => request.line)).to.deep.equal([])
}

/** Answered by the upstream, which saw exactly one request. */
export function expectPassed(verdict: Verdict): SeenRequest {
  expect(verdict.statuses).to.deep.equal([200])
  expect(verdict.upstream).to.have.length(1)
  const [request] = verdict.upstream
  if (request === undefined) throw new Error('nothing arrived')
  return request
}

/** A request with its lines joined; `Host: h` unless the lines bring a Host. */
export function requestOf(line: string, fields: readonly string[] = [], body = ''): string {
  const host = fields.some((field) => /^host/i.test(field)) ? [] : ['Host: h']
  return `${[line, ...host, ...fields].join('\r\n')}\r\n\r\n${body}`
}
