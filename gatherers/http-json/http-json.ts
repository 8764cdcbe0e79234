// `http-json`: the gatherer that needs no code. Selectors and templates over request and response say what was used, generated
// and by whom. It never evaluates code and never fails an exchange: what it cannot read is a gap.
import type { BodyNeeds } from '../../core/exchange.js'
import type { Fact, GathererGap } from '../../lineage/model/fact.js'
import { confirmationOf, unanswered } from '../confirmation.js'
import {
  GathererOptionError,
  type CompileContext,
  type CompiledGatherer,
  type Gathered,
  type Gatherer,
  type ObservedExchange,
  type OptionFault,
} from '../contract.js'
import { createExchangeValue } from '../exchange-value.js'
import { parsePathPattern, type PathPattern } from '../path-pattern.js'
import type { Reads } from '../selectors.js'
import { bytesOf } from '../sizes.js'
import { compileActivity, type ActivityReader } from './activity.js'
import { compileAgent } from './agent.js'
import { compileDerived, compileDescribed, compileInformed, compileLink, compileUse, type Part } from './items.js'
import { eachAt, emptyGap, siteAt, type EachReader, type Reading, type Sink, type Site } from './reading.js'
import { httpJsonOptions, type HttpJsonOptions } from './schema.js'

const defaultBodyLimit = 1024 * 1024

/** Facts that one exchange may give; past it the rest is a gap. */
export const factLimit = 20_000

export const httpJson: Gatherer<HttpJsonOptions> = {
  name: 'http-json',
  version: '4',
  doc: 'Reads provenance off any HTTP service with JSON, NDJSON, form or multipart bodies, by selectors and templates.',
  options: httpJsonOptions,
  compile,
}

interface Compiled {
  readonly each: EachReader
  readonly activity: ActivityReader
  readonly parts: readonly Part[]
  readonly patterns: readonly PathPattern[]
}

function compile(options: HttpJsonOptions, context: CompileContext): CompiledGatherer {
  const patterns = (context.paths ?? []).map(parsePathPattern).filter((pattern) => pattern !== undefined)
  const reads: Reads = { request: false, response: false }
  const params = context.paths === undefined ? undefined : new Set(patterns.flatMap((pattern) => pattern.names))
  const digests = { request: false, response: false }
  const faults: OptionFault[] = []
  const site: Site = { path: [], place: { element: false, fromRequest: false, params, reads }, digests, faults }
  const { each, inner } = eachAt(options.each, site)
  const activity = compileActivity(options.activity, siteAt(inner, 'activity'))
  const parts = [...activity.parts, ...compileParts(options, inner)]
  if (faults.length > 0) throw new GathererOptionError(faults)
  const limit = options.bodyLimit === undefined ? defaultBodyLimit : bytesOf(options.bodyLimit)
  const needs = (side: 'request' | 'response'): BodyNeeds => ({
    bytes: reads[side] ? limit : 0,
    digests: digests[side] ? ['sha256'] : [],
  })
  const compiled: Compiled = { each, activity, parts, patterns }
  return {
    needs: { request: needs('request'), response: needs('response') },
    applies: () => ({ yes: true, reason: 'no condition of its own' }),
    gather: (exchange) => gather(exchange, compiled),
  }
}

function compileParts(options: HttpJsonOptions, site: Site): readonly Part[] {
  const list = <Item>(
    key: keyof HttpJsonOptions,
    items: readonly Item[] | undefined,
    one: (item: Item, at: Site) => Part,
  ) => (items ?? []).map((item, at) => one(item, siteAt(site, key, at)))
  return [
    ...(options.agent === undefined ? [] : [compileAgent(options.agent, siteAt(site, 'agent'))]),
    ...list('used', options.used, (item, at) => compileUse('used', item, at)),
    ...list('generated', options.generated, (item, at) => compileUse('generated', item, at)),
    ...list('invalidated', options.invalidated, (item, at) => compileUse('invalidated', item, at)),
    ...list('derived', options.derived, compileDerived),
    ...list('links', options.links, compileLink),
    ...list('informedBy', options.informedBy, compileInformed),
    ...list('described', options.described, compileDescribed),
  ]
}

/** Nobody saw the service's answer: no facts, and a gap, since it may have acted. */
const unknown: Gathered = {
  facts: [],
  gaps: [{ reason: 'version-unknown', about: 'the service may have acted; nobody saw its answer' }],
}

const refused: Gathered = { facts: [], gaps: [], silent: unanswered('refused') }

/** Empty places that are named where there is nothing else to tell. */
const namedPlaces = 3

function gather(exchange: ObservedExchange, { each, activity, parts, patterns }: Compiled): Gathered {
  const confirmation = confirmationOf(exchange.record)
  if (confirmation !== 'confirmed') return confirmation === 'unknown' ? unknown : refused
  const facts: Fact[] = []
  const gaps: GathererGap[] = []
  let seen: Set<string> | undefined
  const empty: string[] = []
  const sink: Sink = {
    add: (fact) => {
      if (facts.length < factLimit) facts.push(fact)
      else sink.gap({ reason: 'facts-limited', about: `more than ${factLimit} facts` })
    },
    gap: (gap) => {
      seen ??= new Set()
      const key = `${gap.reason} ${gap.about}`
      if (!seen.has(key)) gaps.push(gap)
      seen.add(key)
    },
    empty: (label, required) => {
      if (required) sink.gap(emptyGap(label))
      else if (empty.length < namedPlaces && !empty.includes(label)) empty.push(label)
    },
  }
  const value = createExchangeValue(exchange, patterns, (gap) => sink.gap(gap))
  const { record } = exchange
  const scope = { exchange: value, element: undefined }
  const whole: Reading = { exchange, record, scope, group: undefined, sink, activities: [] }
  each(whole, (reading) => {
    const known = { ...reading, activities: activity.refs(reading) }
    for (const part of parts) part(known)
  })
  if (facts.length > 0 || gaps.length > 0 || empty.length === 0) return { facts, gaps }
  return { facts, gaps, silent: `found nothing for ${empty.join('; ')}` }
}
