// Custody: everything upstream of one entity version or of one exchange, with the gaps named. Never silent: an exchange of
// which nothing was gathered says so, and what is not there is refused with what resembles it.
import { toIso } from '../core/clock.js'
import type { ExchangeRecord } from '../core/exchange.js'
import { parseExchangeId, type NodeId } from '../core/ids.js'
import type { TenantScope } from '../core/tenant.js'
import type { JsonValue } from './model/fact.js'
import { notFound } from './not-found.js'
import type { GraphReader, LedgerReader, Subgraph, WalkOptions } from './ports.js'

export interface CustodyParts {
  readonly graph: GraphReader
  readonly ledger: LedgerReader
}

/** `node`: a node id (a name without version is the one current at `asOf`), or an exchange id. Throws WB_NODE_NOT_FOUND. */
export async function custodyOf(
  node: string,
  options: WalkOptions,
  scope: TenantScope,
  { graph, ledger }: CustodyParts,
): Promise<Subgraph> {
  const upstream = await graph.closure(node as NodeId, 'up', options, scope)
  if (upstream === undefined) throw await notFound(node, options, scope, graph)
  const exchange = parseExchangeId(node)
  const stored = exchange === undefined ? undefined : await ledger.exchange(exchange, scope)
  if (stored === undefined) return upstream
  const facets = { exchange: summaryOf(stored.record) }
  const nodes = upstream.nodes.map((one) =>
    one.id === upstream.root ? { ...one, facets: { ...one.facets, ...facets } } : one,
  )
  return { ...upstream, nodes }
}

function summaryOf(record: ExchangeRecord): JsonValue {
  return {
    method: record.request.method,
    target: record.request.target,
    status: record.response?.status ?? null,
    service: record.service,
    route: record.route,
    outcome: record.outcome,
    agent: record.claim?.agent ?? null,
    startedAt: toIso(record.startedAt),
    endedAt: toIso(record.endedAt),
  }
}
