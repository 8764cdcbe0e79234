// The control API described in OpenAPI 3.1, made from the endpoints' own schemas so that the two cannot differ. Pure.
import { z } from 'zod'
import type { AnyEndpoint } from '../core/endpoint.js'

type Json = Record<string, unknown>

export interface ApiInfo {
  readonly version: string
}

export function openapiOf(endpoints: readonly AnyEndpoint[], info: ApiInfo): Json {
  const schemas: Json = {
    Problem: schemaOf(problemSchema, 'output', {}),
  }
  const paths: Record<string, Json> = {}
  for (const endpoint of endpoints) {
    const operations = (paths[endpoint.path] ??= {})
    operations[endpoint.method.toLowerCase()] = operationOf(endpoint, schemas)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Waybill control API',
      version: info.version,
      description:
        'Lineage, custody and exchanges that this gateway recorded. A node is `<type>:<name>[@<version>]`, in which `%` and `@` of a name are written `%25` and `%40`; the whole is percent-encoded in paths. Times are RFC 3339, in records of exchanges microseconds since the epoch.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: [...new Set(endpoints.map((one) => one.tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas,
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'Only where `control.token` is set.' } },
    },
    security: [{}, { token: [] }],
  }
}

const problemSchema = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string().optional(),
    code: z.string().describe('Code of the error table, see docs/errors.md.'),
    hint: z.string().describe('What to do about it.'),
  })
  .describe('RFC 9457 problem details.')

function operationOf(endpoint: AnyEndpoint, schemas: Json): Json {
  const body: z.ZodType | undefined = endpoint.body
  return {
    operationId: endpoint.operationId,
    summary: endpoint.summary,
    tags: [endpoint.tag],
    parameters: [
      ...parametersOf(endpoint.params as z.ZodType, 'path', schemas),
      ...parametersOf(endpoint.query as z.ZodType, 'query', schemas),
    ],
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemaOf(body, 'input', schemas) } },
          },
        }),
    responses: {
      200: {
        description: 'The answer.',
        content: { 'application/json': { schema: schemaOf(endpoint.response as z.ZodType, 'output', schemas) } },
      },
      default: {
        description: 'What went wrong.',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  }
}

function parametersOf(schema: z.ZodType, place: 'path' | 'query', schemas: Json): Json[] {
  const { properties = {}, required = [] } = schemaOf(schema, 'input', schemas) as {
    properties?: Record<string, Json>
    required?: string[]
  }
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }))
}

/** JSON Schema of `schema`; its named parts move to `schemas`. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output', schemas: Json): Json {
  const { $schema: _dialect, $defs, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' })
  for (const [name, part] of Object.entries($defs ?? {})) schemas[name] ??= withRefs(part)
  return withRefs(rest) as Json
}

function withRefs(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(withRefs)
  if (typeof part !== 'object' || part === null) return part
  return Object.fromEntries(
    Object.entries(part).map(([key, value]: [string, unknown]) => [
      key,
      key === '$ref' && typeof value === 'string'
        ? value.replace('#/$defs/', '#/components/schemas/')
        : withRefs(value),
    ]),
  )
}
