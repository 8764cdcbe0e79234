// Made-up history of a realistic size and shape: training runs that each use two earlier outputs and make one, in groups
// whose first model has the whole group upstream. As leaves, in canonical JSON, the way the recorder hands them over.
import { canonicalJson } from '../../core/canonical-json.js'
import type { ExchangeRecord } from '../../core/exchange.js'
import { newExchangeId, type ExchangeId, type Micros, type NodeId } from '../../core/ids.js'
import type { EntityRef, Fact, FactsLeaf } from '../../lineage/model/fact.js'
import { leafId } from '../../lineage/model/leaf.js'
import { entityId } from '../../lineage/model/node-id.js'
import type { LeafBatch } from '../../lineage/ports.js'

/** runs of a group: 5,000 runs, 5,000 models and 7 people are a closure of about 10,000 nodes, 25 steps deep */
export const groupSize = 5_000
/** edges that one exchange makes: two used, one generated, one agent */
export const edgesPerExchange = 4

const tenant = { project: 'default', domain: 'development' }
const began = 1_760_000_000_000_000

/** The two leaves of exchange number `at`. */
function exchangeLeaves(at: number): readonly [ExchangeRecord, FactsLeaf] {
  const id = newExchangeId()
  const startedAt = (began + at * 1000) as Micros
  const endedAt = (startedAt + 900) as Micros
  return [recordOf(id, at, { startedAt, endedAt }), factsOf(id, at, endedAt)]
}

export function batchOf(from: number, count: number): LeafBatch {
  const leaves = Array.from({ length: count }, (_, index) => exchangeLeaves(from + index)).flat()
  return { ids: leaves.map(leafId), bodies: leaves.map((leaf) => canonicalJson(leaf)) }
}

/** The model whose custody is the whole of group number `group`. */
export function groupRoot(group: number): NodeId {
  return entityId(modelOf(group * groupSize))
}

function modelOf(at: number): EntityRef {
  return { type: 'model', name: `models/bench-${at % groupSize}`, version: String(Math.floor(at / groupSize) + 1) }
}

function recordOf(id: ExchangeId, at: number, times: { startedAt: Micros; endedAt: Micros }): ExchangeRecord {
  return {
    kind: 'exchange',
    id,
    phase: 'closing',
    route: 'train',
    service: 'trainer',
    serviceKind: 'http',
    mode: 'durable',
    tenant,
    peer: '127.0.0.1',
    claim: { agent: `basic:person-${at % 7}`, by: 'asserted' },
    traceId: id,
    references: [],
    request: {
      method: 'POST',
      target: `/train/jobs?attempt=${at}`,
      authority: '127.0.0.1:8080',
      fields: ['Host', '127.0.0.1:8080', 'Content-Type', 'application/json', 'Content-Length', '124', 'Accept', '*/*'],
      bytes: 124,
    },
    response: {
      status: 201,
      fields: ['Content-Type', 'application/json', 'Content-Length', '1024', 'Date', 'Thu, 09 Oct 2025 08:53:20 GMT'],
      bytes: 1024,
    },
    headAt: times.endedAt,
    outcome: 'complete',
    error: null,
    gatherers: ['http-json'],
    ...times,
  }
}

function factsOf(exchange: ExchangeId, at: number, time: Micros): FactsLeaf {
  const place = at % groupSize
  const activity = { type: 'training-run', id: `bench/${at}` }
  const inputs = [2 * place + 1, 2 * place + 2].filter((input) => input < groupSize)
  const seen = { time, by: 'observed' } as const
  const facts: Fact[] = [
    { kind: 'state', activity, phase: 'COMPLETE', startedAt: (time - 900) as Micros, endedAt: time, ...seen },
    {
      kind: 'attributed-to',
      subject: { kind: 'activity', ref: activity },
      agent: { type: 'person', id: `p${at % 7}` },
      ...seen,
    },
    ...inputs.map((input): Fact => ({ kind: 'used', activity, entity: modelOf(at - place + input), ...seen })),
    { kind: 'generated', activity, entity: modelOf(at), ...seen },
  ]
  return {
    kind: 'facts',
    exchange,
    route: 'train',
    generation: 0,
    tenant,
    capture: `sha256:${exchange}${exchange}`,
    gathered: [{ use: 0, gatherer: 'http-json', version: '1', facts, gaps: [] }],
  }
}
