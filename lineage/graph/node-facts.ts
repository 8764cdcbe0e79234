// Facts that make no edge, for a list of classes: states, facets, digests, invalidations. Those about a bare name go to the
// version that was current at their time.
import type { JsonValue } from '../model/fact.js'
import type { FacetFact, StateFact } from '../model/merge.js'
import type { Database } from '../sqlite/driver.js'
import { phases } from './codes.js'
import { stretchesOf, type Reading, type Resolve } from './fact-edges.js'
import { createInvalidations } from './invalidations.js'
import { readable, standing, tenants, times } from './view.js'

export interface NodeFacts {
  readonly states: ReadonlyMap<number, readonly StateFact[]>
  readonly facets: ReadonlyMap<number, readonly (FacetFact & { readonly name: string })[]>
  readonly digests: ReadonlyMap<number, readonly string[]>
  /** time of the last invalidation, where nothing made the version again after it */
  readonly invalidated: ReadonlyMap<number, number>
  readonly leaves: ReadonlySet<number>
}

interface StateRow {
  readonly activity: number
  readonly leaf: number
  readonly time: number
  readonly phase: number
  readonly started: number | null
  readonly ended: number | null
}

interface FacetRow {
  readonly node: number
  readonly leaf: number
  readonly time: number
  readonly bare: number
  readonly name: string
  readonly value: string
}

const listed = 'json_each(?) one'

export function createNodeFacts(
  db: Database,
): (ids: readonly number[], reading: Reading, resolve: Resolve) => NodeFacts {
  const stateRows = db.prepare<StateRow>(
    `SELECT state.* FROM ${listed} CROSS JOIN state ON state.activity = one.value CROSS JOIN leaf ON leaf.id = state.leaf
     WHERE ${standing('state')} AND ${readable}`,
  )
  const facet = `SELECT facet.node, facet.leaf, facet.time, facet.bare, word.text AS name, facet.value`
  const facetJoins = 'CROSS JOIN leaf ON leaf.id = facet.leaf CROSS JOIN word ON word.id = facet.name'
  const facetRows = db.prepare<FacetRow>(
    `${facet} FROM ${listed} CROSS JOIN facet ON facet.node = one.value ${facetJoins} WHERE ${standing('facet')} AND ${readable}`,
  )
  const bareFacetRows = db.prepare<FacetRow>(
    `${facet} FROM facet ${facetJoins} WHERE facet.node = ? AND facet.bare = 1 AND facet.time >= ? AND facet.time < ?
       AND ${standing('facet')} AND ${readable}`,
  )
  const digestRows = db.prepare<{ node: number; text: string }>(
    `SELECT digest.node, word.text FROM ${listed} CROSS JOIN digest ON digest.node = one.value
     CROSS JOIN word ON word.id = digest.digest
     WHERE EXISTS (SELECT 1 FROM digest_seen CROSS JOIN leaf ON leaf.id = digest_seen.leaf
       WHERE digest_seen.node = digest.node AND digest_seen.digest = digest.digest AND ${standing('digest_seen')} AND ${readable})`,
  )
  const invalidations = createInvalidations(db)

  return (ids, reading, resolve) => {
    const { view, classes } = reading
    const values = [...times(view), ...tenants(view)]
    const members = ids.flatMap((id) => classes.of(id).members)
    const list = JSON.stringify(members)
    reading.timelines.load(members.flatMap((member) => reading.nodes.get(member).name ?? []))
    const leaves = new Set<number>()
    const states = new Map<number, StateFact[]>()
    for (const { activity, leaf, time, phase, started, ended } of stateRows.all(list, ...values)) {
      leaves.add(leaf)
      push(states, activity, { phase: phases[phase] ?? 'START', time, startedAt: started, endedAt: ended })
    }

    const facets = new Map<number, (FacetFact & { name: string })[]>()
    const addFacet = (id: number, row: FacetRow): void => {
      leaves.add(row.leaf)
      push(facets, id, { name: row.name, time: row.time, value: JSON.parse(row.value) as JsonValue })
    }
    for (const row of facetRows.all(list, ...values)) {
      if (row.bare === 0 || resolve(row.node, row.time) === row.node) addFacet(classes.of(row.node).id, row)
    }
    for (const id of ids) {
      for (const { name, from, until } of stretchesOf(id, reading)) {
        for (const row of bareFacetRows.all(name, from, until, ...values)) addFacet(id, row)
      }
    }

    const digests = new Map<number, string[]>()
    for (const { node, text } of digestRows.all(list, ...values)) push(digests, classes.of(node).id, text)

    return { states, facets, digests, invalidated: invalidations(ids, reading, resolve), leaves }
  }
}

function push<V>(map: Map<number, V[]>, key: number, value: V): void {
  const known = map.get(key)
  if (known === undefined) map.set(key, [value])
  else known.push(value)
}
