// A route's `gather` list, compiled: when the configuration loads (for taps, explain and errors), and again in each worker.
// Never reads an exchange.
import { carrying, largerNeeds } from '../core/body-needs.js'
import { noTap, type BodyNeeds, type TapPlan } from '../core/exchange.js'
import {
  GathererOptionError,
  type AnyGatherer,
  type CompileContext,
  type CompiledGatherer,
  type GathererUse,
  type OptionFault,
} from './contract.js'
import { parsePathPattern, type PathPattern } from './path-pattern.js'
import { gathererNamed } from './registry.js'
import type { Place } from './selectors.js'
import { compileWhen, type CompiledWhen } from './when.js'

/** The configuration around a route's gatherers. */
export interface UsesContext extends Omit<CompileContext, 'paths'> {
  /** the path that the route matches, where it matches one */
  readonly path?: string
  /** the file is wrong about the path: any parameter may exist */
  readonly pathUnknown?: boolean
}

/** Finds a gatherer by its name; tests bring others beside the registry. */
export type NamedGatherer = (name: string) => AnyGatherer | undefined

export interface CompiledUse {
  /** its place in the route's `gather` list */
  readonly use: number
  readonly gatherer: string
  readonly version: string
  readonly needs: TapPlan
  readonly when: CompiledWhen
  readonly patterns: readonly PathPattern[]
  readonly compiled: CompiledGatherer
  /** whether it looks at such a request; `reason` says why not */
  applies(method: string, path: string): { readonly yes: boolean; readonly reason: string }
}

/** Bytes that `when.exists` reads where the gatherer itself reads none. */
const existsLimit = 1024 * 1024

/** Throws GathererOptionError; its paths start with the use's index, then `use`, `when` or `with`. */
export function compileUses(
  uses: readonly GathererUse[],
  context: UsesContext,
  named: NamedGatherer = gathererNamed,
): readonly CompiledUse[] {
  const faults: OptionFault[] = []
  const compiled = uses.flatMap((use, index) => {
    const one = collecting(faults, index, () => compileUse(use, index, { ...context, named }))
    return one === undefined ? [] : [one]
  })
  if (faults.length > 0) throw new GathererOptionError(faults)
  return compiled
}

function compileUse(
  use: GathererUse,
  index: number,
  context: UsesContext & { readonly named: NamedGatherer },
): CompiledUse {
  const gatherer = context.named(use.gatherer)
  if (gatherer === undefined)
    throw new GathererOptionError([{ path: ['use'], message: `no gatherer is called ${use.gatherer}` }])
  const paths = [context.path, use.when?.path].filter((path) => path !== undefined)
  const patterns = paths.map(parsePathPattern).filter((pattern) => pattern !== undefined)
  const known = context.pathUnknown !== true && patterns.length === paths.length
  const reads = { request: false, response: false }
  const place: Place = {
    element: false,
    fromRequest: false,
    params: known ? new Set(patterns.flatMap(({ names }) => names)) : undefined,
    reads,
  }
  const faults: OptionFault[] = []
  const when = compileWhen(use.when ?? {}, place, faults)
  const { route, service, stripPrefix } = context
  const compiled = collecting(faults, 'with', () => {
    const options: unknown = gatherer.options.parse(use.options ?? {})
    return gatherer.compile(options, { route, service, stripPrefix, ...(known ? { paths } : {}) })
  })
  if (compiled === undefined || faults.length > 0) throw new GathererOptionError(faults)
  const exists: TapPlan = { request: needOf(reads.request), response: needOf(reads.response) }
  return {
    use: index,
    gatherer: gatherer.name,
    version: gatherer.version,
    needs: larger(compiled.needs, exists),
    when,
    patterns,
    compiled,
    applies: (method, path) => {
      const missed = when.misses(method, path)
      return missed === undefined ? compiled.applies(method, path) : { yes: false, reason: missed }
    },
  }
}

/** What is wrong goes into `faults`, under `key`. */
function collecting<T>(faults: OptionFault[], key: string | number, compile: () => T): T | undefined {
  try {
    return compile()
  } catch (error) {
    if (!(error instanceof GathererOptionError)) throw error
    faults.push(...error.faults.map(({ path, message }) => ({ path: [key, ...path], message })))
    return undefined
  }
}

function needOf(read: boolean): BodyNeeds {
  return { bytes: read ? existsLimit : 0, digests: [] }
}

/** What a route needs of bodies: the most that any of its gatherers asks for. */
export function needsOfAll(uses: readonly Pick<CompiledUse, 'needs'>[]): TapPlan {
  return uses.reduce<TapPlan>((plan, use) => larger(plan, use.needs), noTap)
}

/** Bytes of a body that travel with others to be hashed; longer bodies are handed over piece by piece. */
const carriedBytes = 64 * 1024

/** What the taps of a route copy: what is needed, and small bodies of which only a digest is. */
export function tapPlanOf(compiled: readonly CompiledUse[]): TapPlan {
  const { request, response } = needsOfAll(compiled)
  return { request: carrying(request, carriedBytes), response: carrying(response, carriedBytes) }
}

function larger(one: TapPlan, other: TapPlan): TapPlan {
  return {
    request: largerNeeds(one.request, other.request),
    response: largerNeeds(one.response, other.response),
  }
}
