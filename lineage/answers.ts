// The shapes of the control API's answers about lineage as schemas: what DESIGN calls nodes, edges and gaps. Pure.
import { z } from 'zod'

const time = z.string().meta({ format: 'date-time' }).describe('RFC 3339 in UTC, microseconds.')

export const nodeSchema = z
  .object({
    id: z.string().describe('`<type>:<name>[@<version>]`, or the id of an exchange.'),
    kind: z.enum(['entity', 'activity', 'agent']),
    type: z.string(),
    name: z.string(),
    version: z.string().nullable(),
    project: z.string().nullable(),
    domain: z.string().nullable(),
    time: time.nullable().describe('First time it was seen to exist or happen.'),
    facets: z
      .record(z.string(), z.json())
      .describe('Merged facets; of an activity `state` is { phase, startedAt, endedAt }.'),
  })
  .meta({ id: 'Node' })

export const edgeSchema = z
  .object({
    from: z.string().describe('The effect.'),
    to: z.string().describe('The cause.'),
    kind: z.string(),
    role: z.string().nullable(),
    by: z.string().describe('How the link was established; `asserted` when only a client says so.'),
    time,
    exchange: z.string().nullable().describe('The exchange that it was read from.'),
  })
  .meta({ id: 'Edge' })

export const gapSchema = z
  .object({
    reason: z.string(),
    at: z.string().describe('Node, route, exchange (with what is missing), or `ledger`.'),
    time,
    count: z.int(),
    exact: z.boolean().describe('Whether `count` is exact, or a bound.'),
  })
  .meta({ id: 'Gap' })

export const subgraphSchema = z
  .object({
    root: z.string(),
    nodes: z.array(nodeSchema),
    edges: z.array(edgeSchema),
    gaps: z.array(gapSchema),
    truncated: z.boolean().describe('Whether a limit cut the answer short.'),
  })
  .meta({ id: 'Subgraph' })

export const nodePageSchema = z
  .object({ items: z.array(nodeSchema), cursor: z.string().nullable() })
  .meta({ id: 'NodePage' })

export const coverageSchema = z
  .array(
    z.object({
      service: z.string().describe('Type and authority of the names.'),
      referenced: z.int(),
      observed: z.int(),
      unseen: z.array(z.object({ id: z.string(), reason: z.string(), references: z.int() })),
    }),
  )
  .meta({ id: 'Coverage' })

const exchangeSchema = z
  .looseObject({
    id: z.string(),
    phase: z.enum(['opening', 'progress', 'closing']),
    route: z.string(),
    service: z.string(),
    startedAt: z.int().describe('Microseconds since the epoch.'),
    endedAt: z.int(),
    outcome: z.string(),
  })
  .meta({ id: 'ExchangeRecord' })

export const exchangePageSchema = z
  .object({ items: z.array(exchangeSchema), cursor: z.string().nullable() })
  .meta({ id: 'ExchangePage' })

export const storedExchangeSchema = z
  .object({
    record: exchangeSchema,
    recorded: z.int().describe('When the ledger committed it, microseconds since the epoch.'),
    facts: z.array(z.looseObject({ exchange: z.string(), generation: z.int() })),
    gaps: z.array(z.looseObject({ reason: z.string(), at: z.string(), count: z.int(), exact: z.boolean() })),
  })
  .meta({ id: 'StoredExchange' })
