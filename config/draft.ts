// What of a configuration could be read, part by part, so that one run finds what is wrong across a file whose schema has
// failed elsewhere. A part that failed is missing here, and so is one that a misspelt key may have meant. Reports nothing.
import { z } from 'zod'
import type { GathererCatalog, WrittenUse } from './catalog.js'
import { configSchema, type SchemaOutput } from './schema.js'

type RouteOutput = SchemaOutput['routes'][number]

export interface DraftRoute extends Partial<Pick<RouteOutput, 'name' | 'service' | 'record'>> {
  readonly match: Partial<RouteOutput['match']>
  /** undefined: something is wrong with it */
  readonly wholeMatch: RouteOutput['match'] | undefined
  readonly rewrite: Partial<NonNullable<RouteOutput['rewrite']>>
  /** right or wrong; undefined: not even a mapping with a name. Its place is kept, since it makes the paths of the others */
  readonly gather: readonly (DraftUse | undefined)[]
}

export interface DraftUse extends WrittenUse {
  /** a misspelt key may mean `when`, and with it a path */
  readonly pathUnknown: boolean
}

export interface Draft {
  /** undefined: nobody knows which there are */
  readonly services: readonly string[] | undefined
  /** of services, by name */
  readonly urls: ReadonlyMap<string, string>
  readonly routes: readonly DraftRoute[]
  readonly listeners: readonly Partial<SchemaOutput['listeners'][number]>[]
  readonly control: Partial<SchemaOutput['control']>
  readonly record?: SchemaOutput['record']
  /** JSONPaths that are texts; undefined: not even that */
  readonly redactedPaths: readonly (string | undefined)[]
}

export function draftOf(catalog: GathererCatalog, value: unknown): Draft {
  const { shape } = configSchema(catalog)
  const route = shape.routes.element.shape
  const { services, routes, listeners, control, redact } = mapping(value)
  const isMapping = typeof services === 'object' && services !== null && !Array.isArray(services)
  return {
    services: isMapping ? Object.keys(services) : undefined,
    urls: new Map(
      Object.entries(isMapping ? services : {}).flatMap(([name, one]) => {
        const { url } = readable({ url: shape.services.valueType.shape.url }, one)
        return url === undefined ? [] : [[name, url] as const]
      }),
    ),
    routes: list(routes).map((one) => ({
      ...readable({ name: route.name, service: route.service, record: route.record }, one, Object.keys(route)),
      match: readable(route.match.shape, mapping(one)['match']),
      wholeMatch: route.match.safeParse(mapping(one)['match']).data,
      rewrite: readable(route.rewrite.unwrap().shape, mapping(one)['rewrite'] ?? {}),
      gather: list(mapping(one)['gather']).map(writtenUse),
    })),
    listeners: list(listeners ?? [{ port: 8080 }]).map((one) => readable(shape.listeners.unwrap().element.shape, one)),
    control: readable(shape.control.unwrap().shape, control ?? {}),
    redactedPaths: list(mapping(redact)['body']).map((one) => (typeof one === 'string' ? one : undefined)),
    ...readable({ record: shape.record }, value, Object.keys(shape)),
  }
}

function writtenUse(entry: unknown): DraftUse | undefined {
  const { use, when, with: options, ...others } = mapping(entry)
  if (typeof use !== 'string') return undefined
  return { gatherer: use, when, options, pathUnknown: Object.keys(others).length > 0 }
}

/** The keys whose values are right. */
function readable<S extends z.ZodRawShape>(
  shape: S,
  value: unknown,
  known: readonly string[] = Object.keys(shape),
): Partial<z.output<z.ZodObject<S>>> {
  if (typeof value !== 'object' || value === null) return {}
  const misspelt = Object.keys(value).some((key) => !known.includes(key))
  const found = Object.entries(shape).flatMap(([key, schema]) => {
    if (misspelt && !Object.hasOwn(value, key)) return []
    const parsed = z.safeParse(schema, mapping(value)[key])
    return parsed.success ? [[key, parsed.data] as const] : []
  })
  return Object.fromEntries(found) as Partial<z.output<z.ZodObject<S>>>
}

function mapping(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
