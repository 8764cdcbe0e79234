// Leaves for tests: plain, complete, different where the test says so.
import { canonicalJson } from '../../core/canonical-json.js'
import type { ExchangeRecord } from '../../core/exchange.js'
import { newExchangeId, type Micros } from '../../core/ids.js'
import type { Frame } from '../../lineage/ledger/commit-frames.js'
import { appendMessage } from '../../lineage/ledger/protocol.js'
import type { FactsLeaf, GapLeaf } from '../../lineage/model/fact.js'
import { leafId, type Leaf } from '../../lineage/model/leaf.js'
import type { LeafBatch } from '../../lineage/ports.js'

export const tenant = { project: 'default', domain: 'development' }

export function exchangeRecord(over: Partial<ExchangeRecord> = {}): ExchangeRecord {
  return {
    kind: 'exchange',
    id: newExchangeId(),
    phase: 'closing',
    route: 'train',
    service: 'trainer',
    serviceKind: 'http',
    mode: 'durable',
    tenant,
    peer: '127.0.0.1',
    claim: null,
    traceId: null,
    references: [],
    request: { method: 'POST', target: '/train/1', authority: 'localhost', fields: ['Host', 'localhost'], bytes: 12 },
    response: { status: 200, fields: ['Content-Type', 'application/json'], bytes: 15 },
    startedAt: 1_700_000_000_000_000 as Micros,
    headAt: 1_700_000_000_001_000 as Micros,
    endedAt: 1_700_000_000_002_000 as Micros,
    outcome: 'complete',
    error: null,
    gatherers: [],
    ...over,
  }
}

export function factsLeaf(record: ExchangeRecord, over: Partial<FactsLeaf> = {}): FactsLeaf {
  return {
    kind: 'facts',
    exchange: record.id,
    route: record.route,
    generation: 0,
    tenant: record.tenant,
    capture: null,
    gathered: [],
    ...over,
  }
}

export function gapLeaf(id: string, over: Partial<GapLeaf> = {}): GapLeaf {
  const time = 1_700_000_000_000_000 as Micros
  return {
    kind: 'gap',
    id,
    reason: 'queue-full',
    at: 'train',
    exchange: null,
    tenant: null,
    from: time,
    to: time,
    count: 1,
    exact: true,
    ...over,
  }
}

export function batchOf(...leaves: readonly Leaf[]): LeafBatch {
  return { ids: leaves.map(leafId), bodies: leaves.map((leaf) => canonicalJson(leaf)) }
}

/** As the commit log gives them back. */
export function frameOf(batch: LeafBatch, recorded = 1_800_000_000_000_000 as Micros): Frame {
  return { ...appendMessage(1, batch), recorded }
}
