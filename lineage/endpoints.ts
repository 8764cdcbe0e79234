// The lineage operations of the control API as values: custody, lineage, path, entities, exchanges, coverage. Parses what
// is asked and asks the ports; knows nothing of how they store.
import { z } from 'zod'
import { fromIso } from '../core/clock.js'
import { defineEndpoint, timeText, type AnyEndpoint } from '../core/endpoint.js'
import type { Micros, NodeId } from '../core/ids.js'
import {
  coverageSchema,
  exchangePageSchema,
  nodePageSchema,
  nodeSchema,
  storedExchangeSchema,
  subgraphSchema,
} from './answers.js'
import { custodyOf, type CustodyParts } from './custody.js'
import { exchangeNamed, notFound } from './not-found.js'
import type { AsOf, EntityFilter, ExchangeFilter, Subgraph, WalkOptions } from './ports.js'

/** Text in a query, and a number to those who read the API's description. */
const count = (most: number): z.ZodType<string, string> =>
  z
    .string()
    .refine(
      (text) => /^\d{1,9}$/.test(text) && Number(text) >= 1 && Number(text) <= most,
      `expected a whole number from 1 to ${most}`,
    )
    .meta({ type: 'integer', minimum: 1, maximum: most })

const whenQuery = {
  asOf: timeText.optional().describe('What had happened by then. Default: all.'),
  knownAt: timeText.optional().describe('What was recorded by then. Default: all.'),
}
const walkQuery = {
  ...whenQuery,
  depth: count(1_000).optional().describe('Edges from the root at most. Default 50.'),
  limit: count(100_000).optional().describe('Nodes at most. Default 10,000.'),
}
const cursorText = '`cursor` of the page before.'
const pageQuery = {
  limit: count(1_000).optional().describe('Items at most. Default 100.'),
  cursor: z.string().optional().describe(cursorText),
}
const node = z
  .string()
  .min(1)
  .describe('`<type>:<name>[@<version>]` (without version: the one current at `asOf`), or an exchange id.')
const nodeParams = z.strictObject({ node })

type Given<T> = { readonly [Key in keyof T]?: string | undefined }

function whenOf({ asOf, knownAt }: Given<AsOf>): AsOf {
  return { ...micros('asOf', asOf), ...micros('knownAt', knownAt) }
}

function walkOf(query: Given<WalkOptions>): WalkOptions {
  return { ...whenOf(query), depth: Number(query.depth ?? 50), limit: Number(query.limit ?? 10_000) }
}

function micros<Key extends string>(key: Key, text: string | undefined): { readonly [K in Key]?: Micros } {
  const value = text === undefined ? undefined : fromIso(text)
  return (value === undefined ? {} : { [key]: value }) as { readonly [K in Key]?: Micros }
}

/** Members that are undefined are left out, as exactOptionalPropertyTypes wants them. */
function given<T extends object>(query: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  const entries = Object.entries(query).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [Key in keyof T]: Exclude<T[Key], undefined> }
}

export function lineageEndpoints(parts: CustodyParts): AnyEndpoint[] {
  return [...walkEndpoints(parts), ...entityEndpoints(parts), ...exchangeEndpoints(parts)]
}

function walkEndpoints(parts: CustodyParts): AnyEndpoint[] {
  const { graph } = parts
  return [
    defineEndpoint({
      method: 'GET',
      path: '/v1/custody/{node}',
      operationId: 'custody',
      summary: 'How an entity version, or the answer of an exchange, came to be: everything upstream, with gaps.',
      tag: 'lineage',
      params: nodeParams,
      query: z.strictObject(walkQuery),
      response: subgraphSchema,
      handle: ({ params, query }, { scope }) => custodyOf(params.node, walkOf(query), scope, parts) as Promise<Answer>,
    }),
    defineEndpoint({
      method: 'GET',
      path: '/v1/lineage/{node}',
      operationId: 'lineage',
      summary: 'What a node came from, or what came from it.',
      tag: 'lineage',
      params: nodeParams,
      query: z.strictObject({ direction: z.enum(['up', 'down']).optional().describe('Default up.'), ...walkQuery }),
      response: subgraphSchema,
      handle: async ({ params, query }, { scope }) => {
        const found = await graph.closure(params.node as NodeId, query.direction ?? 'up', walkOf(query), scope)
        if (found === undefined) throw await notFound(params.node, whenOf(query), scope, graph)
        return found as Answer
      },
    }),
    defineEndpoint({
      method: 'GET',
      path: '/v1/path',
      operationId: 'path',
      summary: 'The shortest path between two nodes, whichever of them is upstream.',
      tag: 'lineage',
      params: z.strictObject({}),
      query: z.strictObject({ from: node, to: node, ...walkQuery }),
      response: subgraphSchema,
      handle: async ({ query: { from, to, ...query } }, { scope }) => {
        const found = await graph.path(from as NodeId, to as NodeId, walkOf(query), scope)
        if (found !== undefined) return found as Answer
        const known = await graph.node(from as NodeId, scope, whenOf(query))
        throw await notFound(known === undefined ? from : to, whenOf(query), scope, graph)
      },
    }),
  ]
}

type Answer = z.output<typeof subgraphSchema> & Subgraph

function entityEndpoints({ graph }: CustodyParts): AnyEndpoint[] {
  return [
    defineEndpoint({
      method: 'GET',
      path: '/v1/entities',
      operationId: 'entities',
      summary: 'Entity versions by type and name, in the order of their ids.',
      tag: 'lineage',
      params: z.strictObject({}),
      query: z.strictObject({
        type: z.string().optional(),
        q: z.string().optional().describe('Part of the name; case does not matter.'),
        project: z.string().optional(),
        domain: z.string().optional(),
        ...whenQuery,
        ...pageQuery,
      }),
      response: nodePageSchema,
      handle: async ({ query }, { scope }) => {
        const { asOf, knownAt, limit, ...rest } = query
        const filter: EntityFilter = { ...given(rest), ...whenOf({ asOf, knownAt }), limit: Number(limit ?? 100) }
        return (await graph.list(filter, scope)) as unknown as z.output<typeof nodePageSchema>
      },
    }),
    defineEndpoint({
      method: 'GET',
      path: '/v1/entities/{node}',
      operationId: 'entity',
      summary: 'One node: its times, tenant and facets.',
      tag: 'lineage',
      params: nodeParams,
      query: z.strictObject(whenQuery),
      response: nodeSchema,
      handle: async ({ params, query }, { scope }) => {
        const found = await graph.node(params.node as NodeId, scope, whenOf(query))
        if (found === undefined) throw await notFound(params.node, whenOf(query), scope, graph)
        return found as z.output<typeof nodeSchema>
      },
    }),
    defineEndpoint({
      method: 'GET',
      path: '/v1/coverage',
      operationId: 'coverage',
      summary: 'What was referred to and never seen to come about.',
      tag: 'lineage',
      params: z.strictObject({}),
      query: z.strictObject({}),
      response: coverageSchema,
      handle: async (_input, { scope }) => (await graph.coverage(scope)) as unknown as z.output<typeof coverageSchema>,
    }),
  ]
}

function exchangeEndpoints({ ledger }: CustodyParts): AnyEndpoint[] {
  return [
    defineEndpoint({
      method: 'GET',
      path: '/v1/exchanges',
      operationId: 'exchanges',
      summary: 'Recorded exchanges, newest first.',
      tag: 'exchanges',
      params: z.strictObject({}),
      query: z.strictObject({
        route: z.string().optional(),
        service: z.string().optional(),
        method: z.string().optional(),
        status: z
          .string()
          .regex(/^[1-5](\d\d|xx)$/, 'expected a status such as 404, or a class such as 4xx')
          .optional()
          .describe('Exact (`404`) or a class (`4xx`).'),
        since: timeText.optional(),
        until: timeText.optional(),
        ...pageQuery,
        cursor: z
          .string()
          .regex(/^\d{1,15}$/, 'expected the cursor of an answer')
          .optional()
          .describe(cursorText),
      }),
      response: exchangePageSchema,
      handle: async ({ query }, { scope }) => {
        const { since, until, limit, ...rest } = query
        const span = { ...micros('since', since), ...micros('until', until) }
        const filter: ExchangeFilter = { ...given(rest), ...span, limit: Number(limit ?? 100) }
        return (await ledger.exchanges(filter, scope)) as unknown as z.output<typeof exchangePageSchema>
      },
    }),
    defineEndpoint({
      method: 'GET',
      path: '/v1/exchanges/{id}',
      operationId: 'exchange',
      summary: 'One exchange: its record, its facts and its gaps.',
      tag: 'exchanges',
      params: z.strictObject({ id: z.string() }),
      query: z.strictObject({}),
      response: storedExchangeSchema,
      handle: async ({ params }, { scope }) => {
        const found = await exchangeNamed(params.id, scope, ledger)
        return found as unknown as z.output<typeof storedExchangeSchema>
      },
    }),
  ]
}
