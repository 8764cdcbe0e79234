// Exchanges for tests of gatherers: a record with defaults, and bodies as bytes, text or JSON.
import { createHash } from 'node:crypto'
import type { ExchangeRecord } from '../../core/exchange.js'
import { fieldOf } from '../../core/exchange.js'
import type { ExchangeId, Micros } from '../../core/ids.js'
import { createBodyView } from '../../gatherers/body-view.js'
import type { BodyView, ObservedExchange } from '../../gatherers/contract.js'

export interface Sent {
  readonly method?: string
  readonly target?: string
  readonly fields?: Readonly<Record<string, string>>
  /** bytes and text as they are; anything else as JSON, with its content type */
  readonly body?: unknown
  readonly status?: number
}

export const exchangeStart = 1_700_000_000_000_000 as Micros
export const exchangeEnd = 1_700_000_000_250_000 as Micros

export function exchangeOf(request: Sent, response: Sent = {}, over: Partial<ExchangeRecord> = {}): ObservedExchange {
  const asked = messageOf(request)
  const answered = messageOf(response)
  const record: ExchangeRecord = {
    kind: 'exchange',
    id: '0123456789abcdef0123456789abcdef' as ExchangeId,
    phase: 'closing',
    route: 'train',
    service: 'trainer',
    serviceKind: 'http',
    mode: 'durable',
    tenant: { project: 'default', domain: 'development' },
    peer: '127.0.0.1',
    claim: null,
    traceId: null,
    references: [],
    request: {
      method: request.method ?? 'POST',
      target: request.target ?? '/train/jobs',
      authority: 'localhost:8080',
      fields: asked.fields,
      bytes: asked.bytes.length,
    },
    response: { status: response.status ?? 200, fields: answered.fields, bytes: answered.bytes.length },
    startedAt: exchangeStart,
    headAt: exchangeEnd,
    endedAt: exchangeEnd,
    outcome: 'complete',
    error: null,
    gatherers: ['http-json'],
    ...over,
  }
  return { record, request: viewOf(asked), response: viewOf(answered) }
}

interface Message {
  readonly fields: readonly string[]
  readonly bytes: Uint8Array
}

function messageOf({ body, fields = {} }: Sent): Message {
  const raw = body === undefined || body instanceof Uint8Array || typeof body === 'string'
  const bytes = body instanceof Uint8Array ? body : Buffer.from(raw ? (body ?? '') : JSON.stringify(body))
  const all = raw ? fields : { 'Content-Type': 'application/json', ...fields }
  return { fields: Object.entries(all).flat(), bytes }
}

function viewOf({ fields, bytes }: Message): BodyView {
  return createBodyView({
    bytes,
    total: bytes.length,
    truncated: false,
    contentType: fieldOf(fields, 'content-type'),
    contentEncoding: fieldOf(fields, 'content-encoding'),
    digests: { sha256: `sha256:${createHash('sha256').update(bytes).digest('hex')}` },
  })
}
