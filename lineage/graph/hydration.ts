// Nodes as answers show them: first time seen, tenant, merged state and facets, other ids of the same thing. Reads in
// lists, for all nodes of an answer at once. Never decides which nodes belong to an answer.
import { toIso } from '../../core/clock.js'
import type { Micros, NodeId } from '../../core/ids.js'
import type { JsonValue } from '../model/fact.js'
import { laterFacet, mergeStates, type FacetFact } from '../model/merge.js'
import { parseNodeId } from '../model/node-id.js'
import type { GraphNode } from '../ports.js'
import type { Database } from '../sqlite/driver.js'
import type { ExchangeRow, ExchangeRows } from './exchange-rows.js'
import type { Reading, Resolve } from './fact-edges.js'
import { createFirstSeen, earliest, type FirstSeen } from './first-seen.js'
import { createNodeFacts } from './node-facts.js'

export interface Hydrated {
  /** one for each id, in the same order */
  readonly nodes: readonly GraphNode[]
  /** leaves that states and facets came from */
  readonly leaves: ReadonlySet<number>
}

export type Hydration = (ids: readonly number[], reading: Reading, resolve: Resolve) => Hydrated

export function createHydration(db: Database, exchanges: ExchangeRows): Hydration {
  const firstSeen = createFirstSeen(db)
  const nodeFacts = createNodeFacts(db)
  return (ids, reading, resolve) => {
    const { view, nodes, classes } = reading
    const stored = ids.filter((id) => id > 0)
    const members = stored.flatMap((id) => classes.of(id).members)
    const first = firstSeen(members, view, nodes)
    const facts = nodeFacts(stored, reading, resolve)
    const rows = exchanges.byIds(ids.filter((id) => id < 0).map((id) => -id))
    const nodeOf = (id: number): GraphNode => {
      if (id < 0) return exchangeNode(rows.get(-id))
      const all = classes.of(id).members
      const seen = earliest(all.flatMap((member) => first.get(member) ?? []))
      const facets: Record<string, JsonValue> = mergeFacets(facts.facets.get(id) ?? [])
      const states = facts.states.get(id)
      if (states !== undefined) facets['state'] = mergeStates(states)
      if (all.length > 1)
        facets['aliases'] = all
          .filter((member) => member !== id)
          .map((member) => nodes.get(member).key)
          .sort()
      const digests = facts.digests.get(id)
      if (digests !== undefined) facets['digests'] = [...new Set(digests)].sort()
      const invalidated = facts.invalidated.get(id)
      if (invalidated !== undefined) facets['invalidated'] = { time: toIso(invalidated as Micros) }
      return graphNode(id, reading, seen, facets)
    }
    return { nodes: ids.map(nodeOf), leaves: facts.leaves }
  }
}

function graphNode(
  id: number,
  { nodes }: Reading,
  seen: FirstSeen | undefined,
  facets: Readonly<Record<string, JsonValue>>,
): GraphNode {
  const { key, kind } = nodes.get(id)
  const { type, name, version } = parseNodeId(key) ?? { type: '', name: key, version: undefined }
  const whole = kind === 'entity' ? { name, version: version ?? null } : { name, version: null }
  const time = seen === undefined ? null : toIso(seen.time as Micros)
  const tenant = { project: seen?.project ?? null, domain: seen?.domain ?? null }
  return { id: key as NodeId, kind, type, ...whole, ...tenant, time, facets }
}

function exchangeNode(row: ExchangeRow | undefined): GraphNode {
  const [project, domain] = JSON.parse(row?.tenant ?? '[null,null]') as [string | null, string | null]
  const id = (row?.exchange ?? '') as string as NodeId
  const time = row?.started === null || row === undefined ? null : toIso(row.started as Micros)
  const facets = row?.route === null || row === undefined ? {} : { route: row.route }
  return { id, kind: 'activity', type: 'exchange', name: id, version: null, project, domain, time, facets }
}

function mergeFacets(facts: readonly (FacetFact & { readonly name: string })[]): Record<string, JsonValue> {
  const merged = new Map<string, FacetFact>()
  for (const fact of facts) {
    const known = merged.get(fact.name)
    merged.set(fact.name, known === undefined ? fact : laterFacet(known, fact))
  }
  return Object.fromEntries([...merged].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, { value }]) => [name, value]))
}
