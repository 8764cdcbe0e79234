// An exchange as the JSON value that selectors read: `$.request.…`, `$.response.…`, `$.exchange.…`. Each part is made when it is
// first asked for. What was redacted is absent, so that two secrets never look like one name.
import { redacted } from '../core/redaction.js'
import { toIso } from '../core/clock.js'
import type { ExchangeRecord, RawFields } from '../core/exchange.js'
import type { GathererGap, JsonValue } from '../lineage/model/fact.js'
import { fieldsOf } from './bodies/decoded.js'
import type { BodyView, ObservedExchange } from './contract.js'
import type { PathPattern } from './path-pattern.js'

export const exchangeParts = {
  request: ['method', 'path', 'params', 'query', 'headers', 'agent', 'body'],
  response: ['status', 'headers', 'body'],
  exchange: ['id', 'route', 'service', 'startedAt', 'endedAt'],
} as const

export type RootPart = keyof typeof exchangeParts

export interface ExchangeValue {
  /** value of e.g. `request`, `headers`; undefined where there is none */
  part(root: RootPart, name: string): JsonValue | undefined
  /** all of it; bodies are still parsed only when something looks at them */
  whole(): JsonValue
}

/** A body that does not parse is absent, and `onGap` is told once a side. */
export function createExchangeValue(
  exchange: ObservedExchange,
  patterns: readonly PathPattern[],
  onGap: (gap: GathererGap) => void,
): ExchangeValue {
  const source: Source = { exchange, patterns, onGap }
  const made: Partial<Record<RootPart, Map<string, JsonValue | undefined>>> = {}
  const part = (root: RootPart, name: string): JsonValue | undefined => {
    const parts = (made[root] ??= new Map<string, JsonValue | undefined>())
    const known = parts.get(name)
    if (known !== undefined || parts.has(name)) return known
    const value = root === 'request' ? requestPart(name, source) : otherPart(root, name, source)
    parts.set(name, value)
    return value
  }
  return { part, whole: () => wholeOf(part) }
}

interface Source {
  readonly exchange: ObservedExchange
  readonly patterns: readonly PathPattern[]
  readonly onGap: (gap: GathererGap) => void
}

function requestPart(name: string, { exchange, patterns, onGap }: Source): JsonValue | undefined {
  const { record } = exchange
  switch (name) {
    case 'method':
      return record.request.method
    case 'path':
      return pathOf(record)
    case 'params':
      return paramsOf(pathOf(record), patterns)
    case 'query':
      return queryOf(record.request.target)
    case 'headers':
      return headersOf(record.request.fields)
    case 'agent':
      return record.claim?.agent
    case 'body':
      return bodyOf(exchange.request, 'request', onGap)
    default:
      return undefined
  }
}

function otherPart(root: 'response' | 'exchange', name: string, { exchange, onGap }: Source): JsonValue | undefined {
  const { record } = exchange
  switch (`${root}.${name}`) {
    case 'response.status':
      return record.response?.status
    case 'response.headers':
      return record.response === null ? undefined : headersOf(record.response.fields)
    case 'response.body':
      return bodyOf(exchange.response, 'response', onGap)
    case 'exchange.id':
      return record.id
    case 'exchange.route':
      return record.route
    case 'exchange.service':
      return record.service
    case 'exchange.startedAt':
      return toIso(record.startedAt)
    case 'exchange.endedAt':
      return toIso(record.endedAt)
    default:
      return undefined
  }
}

export function pathOf(record: ExchangeRecord): string {
  const { target } = record.request
  const query = target.indexOf('?')
  return query < 0 ? target : target.slice(0, query)
}

function paramsOf(path: string, patterns: readonly PathPattern[]): JsonValue {
  const params = Object.create(null) as Record<string, JsonValue>
  for (const pattern of patterns) {
    for (const [name, value] of pattern.match(path) ?? []) params[name] = value
  }
  return params
}

function queryOf(target: string): JsonValue {
  const start = target.indexOf('?')
  if (start < 0) return {}
  const pairs = [...new URLSearchParams(target.slice(start + 1))]
  return fieldsOf(pairs.filter(([, value]) => !value.includes(redacted)))
}

/** Names in lower case; a repeated field's values joined by `, ` (RFC 9110 section 5.3). */
function headersOf(fields: RawFields): JsonValue {
  const headers = Object.create(null) as Record<string, string>
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const name = (fields[at] ?? '').toLowerCase()
    const value = fields[at + 1] ?? ''
    if (value === redacted) continue
    const before = headers[name]
    headers[name] = before === undefined ? value : `${before}, ${value}`
  }
  return headers
}

function bodyOf(view: BodyView, side: string, onGap: (gap: GathererGap) => void): JsonValue | undefined {
  const parsed = view.parsed()
  if (parsed.ok) return parsed.value ?? undefined
  onGap({ reason: parsed.gap.reason, about: `${side} body: ${parsed.gap.about}` })
  return undefined
}

function wholeOf(part: ExchangeValue['part']): JsonValue {
  const whole: Record<string, JsonValue> = {}
  for (const root of Object.keys(exchangeParts) as RootPart[]) {
    const members: Record<string, JsonValue> = {}
    for (const name of exchangeParts[root]) {
      if (name === 'body') {
        Object.defineProperty(members, name, { enumerable: true, get: () => part(root, name) ?? null })
        continue
      }
      const value = part(root, name)
      if (value !== undefined) members[name] = value
    }
    whole[root] = members
  }
  return whole
}
