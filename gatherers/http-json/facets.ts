// Facets: values of an exchange as they are, under a name. Bounded, since every answer that shows the node carries them.
import type { Micros } from '../../core/ids.js'
import type { JsonValue, Subject } from '../../lineage/model/fact.js'
import { columnAt, selectorAt, siteAt, textsAt, labelOf, type Reading, type Site } from './reading.js'
import type { Facets, FacetValue } from './schema.js'

/** Characters of JSON that one facet may have. */
const facetLimit = 64 * 1024

type ValueReader = (reading: Reading) => JsonValue | undefined

/** Adds one `described` fact for each facet that finds a value; says how many did. */
export type FacetsReader = (reading: Reading, subject: Subject, time: Micros) => number

export function compileFacets(facets: Facets | undefined, site: Site): FacetsReader {
  const readers = Object.entries(facets ?? {}).map(([facet, value]) => {
    const inner = siteAt(site, facet)
    return { facet, label: labelOf(inner), read: compileValue(value, inner) }
  })
  return (reading, subject, time) => {
    let found = 0
    for (const { facet, label, read } of readers) {
      const value = read(reading)
      if (value === undefined) continue
      found += 1
      if (JSON.stringify(value).length > facetLimit) {
        reading.sink.gap({ reason: 'body-truncated', about: `${label}: a facet past ${facetLimit} characters` })
      } else reading.sink.add({ kind: 'described', subject, facet, value, time, by: 'observed' })
    }
    return found
  }
}

function compileValue(value: FacetValue, site: Site): ValueReader {
  if (typeof value === 'number' || typeof value === 'boolean') return () => value
  if (typeof value === 'object') {
    const members = Object.entries(value).map(
      ([name, member]) => [name, compileValue(member, siteAt(site, name))] as const,
    )
    return (reading) => {
      const found = members.map(([name, read]) => [name, read(reading)] as const)
      const kept = found.filter((pair): pair is readonly [string, JsonValue] => pair[1] !== undefined)
      return kept.length === 0 ? undefined : Object.fromEntries(kept)
    }
  }
  if (value.startsWith('$')) {
    const selector = selectorAt(value, site)
    return (reading) => oneOrAll(selector(reading.scope).filter((found) => found !== null))
  }
  const column = columnAt(value, site)
  return (reading) => oneOrAll(textsAt(column, reading))
}

function oneOrAll(values: readonly JsonValue[]): JsonValue | undefined {
  return values.length > 1 ? values : values[0]
}
