// A graph in memory for tests, and short ways to write the leaves that go into it.
import type { ExchangeRecord } from '../../core/exchange.js'
import type { ExchangeId, Micros, NodeId } from '../../core/ids.js'
import { everyTenant, type Tenant } from '../../core/tenant.js'
import { graphMigrations } from '../../lineage/graph/schema.js'
import { createProjection } from '../../lineage/graph/projection.js'
import { createGraphStore, type GraphStore } from '../../lineage/graph/store.js'
import type { ActivityRef, EntityRef, Fact, FactsLeaf, GathererGap } from '../../lineage/model/fact.js'
import type { Leaf, RecordedLeaf } from '../../lineage/model/leaf.js'
import type { Direction, Subgraph, WalkOptions } from '../../lineage/ports.js'
import { openDatabase } from '../../lineage/sqlite/driver.js'
import { migrate } from '../../lineage/sqlite/migrations.js'
import { exchangeRecord, tenant } from './leaves.js'

/** One second, in microseconds; tests count their time in these. */
export const second = 1_000_000

export interface TestGraph {
  readonly store: GraphStore
  project(leaves: readonly RecordedLeaf[]): void
  add(...leaves: readonly Leaf[]): void
  up(root: string, options?: Partial<WalkOptions>): Subgraph
  down(root: string, options?: Partial<WalkOptions>): Subgraph
  /** takes everything out again */
  empty(): void
  close(): void
}

/** `recorded` of the leaves that `add` takes is one second more each. */
export function createTestGraph(external: readonly string[] = []): TestGraph {
  const db = openDatabase(':memory:', { readonly: false, synchronous: 'NORMAL' })
  migrate(db, graphMigrations)
  let projection = createProjection(db)
  const store = createGraphStore(db, { external })
  let seq = 0
  const walk = (root: string, direction: Direction, options: Partial<WalkOptions> = {}): Subgraph => {
    const found = store.closure(root as NodeId, direction, { depth: 50, limit: 10_000, ...options }, everyTenant)
    if (found === undefined) throw new Error(`no node ${root}`)
    return found
  }
  return {
    store,
    project: (leaves) => projection.project(leaves),
    add: (...leaves) =>
      projection.project(
        leaves.map((leaf): RecordedLeaf => ({ seq: (seq += 1), recorded: (seq * second) as Micros, leaf })),
      ),
    up: (root, options) => walk(root, 'up', options),
    down: (root, options) => walk(root, 'down', options),
    empty: () => {
      const tables = db.prepare<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'").all()
      for (const { name } of tables) if (name !== 'position') db.exec(`DELETE FROM ${name}`)
      projection = createProjection(db)
    },
    close: () => db.close(),
  }
}

/** 32 hexadecimal digits that end in `number`. */
export function exchangeId(number: number): ExchangeId {
  return number.toString(16).padStart(32, '0') as ExchangeId
}

export function at(seconds: number): Micros {
  return (seconds * second) as Micros
}

export function entity(text: string): EntityRef {
  const [type, rest = ''] = splitOnce(text, ':')
  const [name, version] = splitOnce(rest, '@')
  return version === undefined ? { type, name } : { type, name, version }
}

export function activity(text: string): ActivityRef {
  const [type, id = ''] = splitOnce(text, ':')
  return { type, id }
}

function splitOnce(text: string, sign: string): [string, string?] {
  const place = text.indexOf(sign)
  return place < 0 ? [text] : [text.slice(0, place), text.slice(place + 1)]
}

export function used(seconds: number, by: string, what: string): Fact {
  return { kind: 'used', activity: activity(by), entity: entity(what), time: at(seconds), by: 'observed' }
}

export function generated(seconds: number, by: string, what: string): Fact {
  return { kind: 'generated', activity: activity(by), entity: entity(what), time: at(seconds), by: 'observed' }
}

export interface LeafOptions {
  readonly generation?: number
  readonly tenant?: Tenant
  readonly route?: string
  readonly gaps?: readonly GathererGap[]
}

export function factsOf(exchange: number, facts: readonly Fact[], options: LeafOptions = {}): FactsLeaf {
  return {
    kind: 'facts',
    exchange: exchangeId(exchange),
    route: options.route ?? 'main',
    generation: options.generation ?? 0,
    tenant: options.tenant ?? tenant,
    capture: null,
    gathered: [{ use: 0, gatherer: 'test', version: '1', facts, gaps: options.gaps ?? [] }],
  }
}

/** Facts of an exchange that are `characters` long: what its activity `run:<number>` notes. */
export function longFactsOf(exchange: number, characters: number): FactsLeaf {
  const subject = { kind: 'activity', ref: activity(`run:${exchange}`) } as const
  const value = `${exchange}`.repeat(characters)
  return factsOf(exchange, [{ kind: 'described', subject, facet: 'notes', value, time: at(1), by: 'observed' }])
}

export function recordOf(exchange: number, options: Partial<ExchangeRecord> = {}): ExchangeRecord {
  const times = { startedAt: at(1), headAt: at(1), endedAt: at(2) }
  return exchangeRecord({ id: exchangeId(exchange), route: 'main', gatherers: ['http-json'], ...times, ...options })
}

/** Edges as `from kind to`, with ` (by)` where it is not observed. */
export function edgesOf({ edges }: Subgraph): string[] {
  return edges.map(({ from, kind, to, by }) => `${from} ${kind} ${to}${by === 'observed' ? '' : ` (${by})`}`).sort()
}

export function gapsOf({ gaps }: Subgraph): string[] {
  return gaps.map(({ reason, at: place, count }) => `${reason} ${place}${count === 1 ? '' : ` ×${count}`}`).sort()
}
