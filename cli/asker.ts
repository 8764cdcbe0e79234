// Asks the control API's operations: over HTTP at a running Waybill, or in process on a data folder. Commands know no
// difference.
import { once } from 'node:events'
import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { text } from 'node:stream/consumers'
import { faultOfToken, tokenRule } from '../core/bearer-token.js'
import type { AnyEndpoint } from '../core/endpoint.js'
import { errorTable, WaybillError } from '../core/errors.js'
import { faultsText } from '../core/issue-text.js'
import { everyTenant } from '../core/tenant.js'
import { CliFailure, exitCodeOf } from './failure.js'
import { exitCodes } from './terminal.js'

export interface Question {
  readonly method: 'GET' | 'POST'
  /** template with its parameters: `/v1/custody/{node}` */
  readonly path: string
  readonly params?: Readonly<Record<string, string>>
  /** undefined values are left out */
  readonly query?: Readonly<Record<string, string | undefined>>
  readonly body?: unknown
}

export interface Asker {
  ask(question: Question): Promise<unknown>
  close(): Promise<void>
}

export function createHttpAsker(url: string, token: string | undefined): Asker {
  if (token !== undefined && faultOfToken(token) !== undefined) {
    const hint = `A bearer token is ${tokenRule}; a file’s last line end is not part of it.`
    throw new CliFailure('WAYBILL_TOKEN can’t be a token', hint, exitCodes.badInput)
  }
  return {
    ask: async (question) => {
      const { status, server, body } = await request(url, question, token)
      // another service may answer anything, also what looks like an answer
      if (server?.startsWith('Waybill/') !== true) throw strangerFailure(url, status)
      if (status >= 200 && status < 300) return JSON.parse(body) as unknown
      throw problemFailure(body, status, url)
    },
    close: () => Promise.resolve(),
  }
}

interface Answer {
  readonly status: number
  /** of the field */
  readonly server: string | undefined
  readonly body: string
}

async function request(url: string, question: Question, token: string | undefined): Promise<Answer> {
  const headers: Record<string, string> = { accept: 'application/json' }
  if (token !== undefined) headers['authorization'] = `Bearer ${token}`
  if (question.body !== undefined) headers['content-type'] = 'application/json'
  const target = new URL(url.replace(/\/+$/, '') + pathOf(question))
  // not `fetch`, which refuses a number of ports whoever listens there
  const { request: send } = target.protocol === 'https:' ? https : http
  try {
    const sent = send(target, { method: question.method, headers })
    sent.end(question.body === undefined ? undefined : JSON.stringify(question.body))
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    return {
      status: response.statusCode ?? 0,
      server: response.headersDistinct['server']?.[0],
      body: await text(response),
    }
  } catch (cause) {
    throw new WaybillError('WB_CONTROL_UNREACHABLE', { url }, cause)
  }
}

function pathOf({ path, params = {}, query = {} }: Question): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => segmentOf(name, params[name] ?? ''))
  const search = new URLSearchParams(
    Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined),
  )
  return search.size === 0 ? filled : `${filled}?${search.toString()}`
}

/** An empty segment, `.` and `..` would make another path of it. */
function segmentOf(name: string, value: string): string {
  if (value !== '' && !/^\.\.?$/.test(value)) return encodeURIComponent(value)
  throw new CliFailure(`<${name}> is ${value === '' ? 'empty' : `no ${name}`}`, badQueryHint, exitCodes.badInput)
}

function problemFailure(answered: string, status: number, url: string): CliFailure {
  const problem = parsedProblem(answered)
  if (problem !== undefined) {
    const { code, detail, hint } = problem
    const text = withFlags(detail)
    const ours = text === detail && hint !== errorTable.WB_BAD_QUERY.hint
    return new CliFailure(`${text} (${code})`, ours ? hint : badQueryHint, exitCodeOf(code))
  }
  return strangerFailure(url, status)
}

function strangerFailure(url: string, status: number): CliFailure {
  const hint = 'Is this the control port (8081), not the data plane’s?'
  return new CliFailure(`${url} answered ${status}, not as Waybill does`, hint, exitCodes.unreachable)
}

const badQueryHint = 'Run the command with --help.'

/** The API names its parameters, the reader knows the command's options: `query.asOf` is `--as-of`. */
function withFlags(text: string): string {
  return text.replace(/\b(?:query|body)\.([A-Za-z]+)/g, (_, name: string) => {
    return `--${name.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`
  })
}

function parsedProblem(text: string): { code: string; detail: string; hint: string } | undefined {
  try {
    const { code, detail, hint } = JSON.parse(text) as Record<string, unknown>
    return typeof code === 'string' ? { code, detail: String(detail), hint: String(hint) } : undefined
  } catch {
    return undefined
  }
}

/** `close` ends what the endpoints read from. */
export function createLocalAsker(endpoints: readonly AnyEndpoint[], close: () => Promise<void>): Asker {
  return {
    ask: async ({ method, path, params = {}, query = {}, body }) => {
      const endpoint = endpoints.find((one) => one.method === method && one.path === path)
      if (endpoint === undefined) {
        throw new CliFailure('this can’t be done on a data folder alone', 'Start Waybill and leave --data out.', 2)
      }
      const given = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined))
      const input = {
        params: parsed(endpoint.params, params),
        query: parsed(endpoint.query, given),
        body: endpoint.body === undefined ? undefined : parsed(endpoint.body, body),
      }
      return endpoint.handle(input, { scope: everyTenant }) as Promise<unknown>
    },
    close,
  }
}

function parsed(schema: AnyEndpoint['query'], value: unknown): unknown {
  const result = schema.safeParse(value)
  if (result.success) return result.data as unknown
  const reasons = faultsText(result.error, value, 'query')
  throw new CliFailure(`${withFlags(reasons)} (WB_BAD_QUERY)`, badQueryHint, exitCodeOf('WB_BAD_QUERY'))
}
