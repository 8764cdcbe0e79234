// Recorded traffic of real clients and services (test/golden/), as gatherers see it after the tap.
import { readFileSync } from 'node:fs'
import type { ExchangeRecord, RawFields } from '../../../core/exchange.js'
import { fieldOf } from '../../../core/exchange.js'
import type { ExchangeId, Micros } from '../../../core/ids.js'
import { bodyDigests } from '../../../gatherers/bodies/body-hash.js'
import { createBodyView } from '../../../gatherers/body-view.js'
import type { BodyView, CompiledGatherer, Gathered, ObservedExchange } from '../../../gatherers/contract.js'

/** Bodies are latin1 text; `body` is left out where it was large (`bytes` then says how long it was). */
export interface RecordedTraffic {
  readonly name: string
  readonly method: string
  readonly target: string
  readonly fields: readonly string[]
  readonly bytes: number
  readonly body?: string
  readonly status: number
  readonly answerFields: readonly string[]
  readonly answer: string
}

/** Seconds after which the n-th exchange began; all of them share one day. */
export const start = 1_795_457_860_000_000 as Micros

export function recordedTraffic(file: string): readonly RecordedTraffic[] {
  const text = readFileSync(new URL(`../../golden/${file}`, import.meta.url), 'utf8')
  return JSON.parse(text) as readonly RecordedTraffic[]
}

export function observed(
  traffic: RecordedTraffic,
  at: number,
  changes: Partial<ExchangeRecord> = {},
): ObservedExchange {
  const startedAt = (start + at * 1_000_000) as Micros
  const record: ExchangeRecord = {
    kind: 'exchange',
    id: at.toString(16).padStart(32, '0') as ExchangeId,
    phase: 'closing',
    route: 'store',
    service: 'store',
    serviceKind: 's3',
    mode: 'durable',
    tenant: { project: 'default', domain: 'development' },
    peer: '127.0.0.1',
    claim: { agent: 'sigv4:AKIAEXAMPLE', by: 'asserted' },
    traceId: null,
    references: [],
    request: {
      method: traffic.method,
      target: traffic.target,
      authority: fieldOf(traffic.fields, 'host') ?? '',
      fields: traffic.fields,
      bytes: traffic.bytes,
    },
    response: { status: traffic.status, fields: traffic.answerFields, bytes: traffic.answer.length },
    startedAt,
    headAt: (startedAt + 1000) as Micros,
    endedAt: (startedAt + 2000) as Micros,
    outcome: 'complete',
    error: null,
    gatherers: [],
    ...changes,
  }
  return {
    record,
    request: bodyOf(traffic.body ?? '', traffic.bytes, traffic.fields),
    response: bodyOf(traffic.answer, traffic.answer.length, traffic.answerFields),
  }
}

function bodyOf(text: string, total: number, fields: RawFields): BodyView {
  const bytes = Buffer.from(text, 'latin1')
  const truncated = bytes.length < total
  return createBodyView({
    bytes,
    total,
    truncated,
    contentType: fieldOf(fields, 'content-type'),
    contentEncoding: fieldOf(fields, 'content-encoding'),
    digests: truncated ? {} : bodyDigests(['sha256', 'aws-chunked-sha256'], bytes),
  })
}

/** What `gatherer` makes of the exchange named `name`. */
export function gatherNamed(gatherer: CompiledGatherer, traffic: readonly RecordedTraffic[], name: string): Gathered {
  const at = traffic.findIndex((one) => one.name === name)
  const found = traffic[at]
  if (found === undefined) throw new Error(`no recorded exchange ${name}`)
  return gatherer.gather(observed(found, at))
}
