// What was referred to and never seen to come about, by the authority in the name. Goes over all links once.
import type { NodeId } from '../../core/ids.js'
import type { ServiceCoverage } from '../ports.js'
import type { Database } from '../sqlite/driver.js'
import { isKind } from './codes.js'
import { unresolved, type Reading, type Resolve } from './fact-edges.js'
import type { IsExternal } from './external.js'
import { readable, standing, tenants, times } from './view.js'

export type Coverage = (reading: Reading, resolve: Resolve) => ServiceCoverage[]

/** Unseen things named in each group; the counts are of all. */
const namedAtMost = 100

interface Reference {
  references: number
  /** why it is a bare name still */
  readonly unresolved: string | undefined
}

const tellsOrigin = isKind('generated', 'reused', 'derived', 'member-of')
const refers = `${isKind('used', 'derived', 'member-of')} AND ${standing('edge')} AND ${readable}`

export function createCoverage(db: Database, isExternal: IsExternal): Coverage {
  const versions = db.prepare<{ id: number; links: number }>(
    `SELECT edge.dst AS id, count(*) AS links FROM edge CROSS JOIN leaf ON leaf.id = edge.leaf
     WHERE edge.flags & 2 = 0 AND ${refers} GROUP BY edge.dst`,
  )
  const names = db.prepare<{ id: number; time: number }>(
    `SELECT edge.dst AS id, edge.time FROM edge CROSS JOIN leaf ON leaf.id = edge.leaf WHERE edge.flags & 2 AND ${refers}`,
  )
  const made = db.prepare<{ id: number }>(
    `SELECT one.value AS id FROM json_each(?) one WHERE EXISTS (
       SELECT 1 FROM edge CROSS JOIN leaf ON leaf.id = edge.leaf
       WHERE edge.src = one.value AND edge.flags & 1 = 0 AND ${tellsOrigin}
         AND ${standing('edge')} AND ${readable})`,
  )
  const madeByName = db.prepare<{ id: number; time: number }>(
    `SELECT edge.src AS id, edge.time FROM edge CROSS JOIN leaf ON leaf.id = edge.leaf
     WHERE edge.flags & 1 AND ${tellsOrigin} AND ${standing('edge')} AND ${readable}`,
  )

  const referencesOf = (reading: Reading, resolve: Resolve): Map<number, Reference> => {
    const { view, classes, timelines } = reading
    const values = [...times(view), ...tenants(view)]
    const references = new Map<number, Reference>()
    const add = (id: number, links: number, why: string | undefined): void => {
      const known = references.get(id)
      if (known === undefined) references.set(id, { references: links, unresolved: why })
      else known.references += links
    }
    const rows = versions.all(...values)
    classes.load(rows.map(({ id }) => id))
    for (const { id, links } of rows) add(classes.of(id).id, links, undefined)
    for (const { id, time } of names.all(...values)) {
      const found = resolve(id, time)
      add(found, 1, found === id ? unresolved(timelines, id, time) : undefined)
    }
    return references
  }

  return (reading, resolve) => {
    const { view, nodes, classes } = reading
    const references = referencesOf(reading, resolve)
    nodes.load(references.keys())
    const members = [...references.keys()].flatMap((id) => classes.of(id).members)
    const values = [...times(view), ...tenants(view)]
    const seen = new Set(made.all(JSON.stringify(members), ...values).map(({ id }) => classes.of(id).id))
    for (const { id, time } of madeByName.all(...values)) seen.add(resolve(id, time))
    const groups = new Map<
      string,
      { referenced: number; observed: number; unseen: ServiceCoverage['unseen'][number][] }
    >()
    for (const [id, one] of references) {
      const { key } = nodes.get(id)
      const authority = authorityOf(key)
      const group = groups.get(authority) ?? { referenced: 0, observed: 0, unseen: [] }
      groups.set(authority, group)
      group.referenced += 1
      if (seen.has(id)) group.observed += 1
      else {
        const reason = isExternal(id, reading) ? 'external' : (one.unresolved ?? 'origin-not-observed')
        group.unseen.push({ id: key as NodeId, reason, references: one.references })
      }
    }
    return [...groups]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([service, { referenced, observed, unseen }]) => {
        const sorted = unseen.sort((a, b) => b.references - a.references || (a.id < b.id ? -1 : 1))
        return { service, referenced, observed, unseen: sorted.slice(0, namedAtMost) }
      })
  }
}

/** `object:s3://lake/a.csv@1` → `object:s3://lake`; without an authority the type and first segment, where there is but one the type. */
function authorityOf(key: string): string {
  const found =
    /^[^:]+:[a-z][a-z0-9+.-]*:\/\/[^/@]*/i.exec(key) ?? /^[^:]+:[^/@]*(?=\/)/.exec(key) ?? /^[^:]+/.exec(key)
  return found?.[0] ?? key
}
