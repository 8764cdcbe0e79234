// Entity references out of templates.
import type { EntityRef } from '../../lineage/model/fact.js'
import { compileFacets, type FacetsReader } from './facets.js'
import { columnAt, compileRows, emptyGap, findersOf, siteAt, typeAt, type Reading, type Site } from './reading.js'
import type { EntityOptions } from './schema.js'
import type { Finder } from '../selectors.js'

export interface EntityReader {
  /** refs found; where `required`, a gap for each template that found nothing */
  read(reading: Reading, required: boolean): readonly FoundEntity[]
  readonly facets: FacetsReader
  readonly finders: readonly Finder[]
  /** whether a version or a digest is configured, so that finding neither means it is not known yet */
  readonly versioned: boolean
}

/** One spelling each: versions of the same content are found by their digests’ text. */
const digestShape = /^[a-z0-9][a-z0-9+._/-]*:(?:[0-9a-f]{2})+$/
const digestFault = 'a digest is `<algorithm>:<hex>`'

interface FoundEntity {
  readonly ref: EntityRef
  readonly role: string | undefined
}

export function compileEntity(
  options: EntityOptions & { readonly role?: string | undefined },
  site: Site,
): EntityReader {
  const side = typeof options.digest === 'object' ? options.digest.body : undefined
  if (side !== undefined) site.digests[side] = true
  const columns = {
    type: typeAt(options.type, siteAt(site, 'type')),
    name: columnAt(options.name, siteAt(site, 'name')),
    version: columnAt(options.version, siteAt(site, 'version')),
    digest: columnAt(typeof options.digest === 'string' ? options.digest : undefined, siteAt(site, 'digest')),
    role: columnAt(options.role, siteAt(site, 'role')),
  }
  const rowsOf = compileRows(columns)
  const bodyDigest = (reading: Reading): string | undefined => {
    if (side === undefined) return undefined
    const digest = reading.exchange[side].digest('sha256')
    if (digest === undefined) reading.sink.gap({ reason: 'digest-skipped', about: `${side} body` })
    return digest
  }
  const statedDigest = (found: string, reading: Reading): string | undefined => {
    const digest = found.toLowerCase()
    if (digestShape.test(digest)) return digest
    reading.sink.gap(emptyGap(`${columns.digest?.label ?? 'digest'}: ${digestFault}`))
    return undefined
  }
  return {
    finders: findersOf(columns),
    facets: compileFacets(options.facets, siteAt(site, 'facets')),
    versioned: options.version !== undefined || options.digest !== undefined,
    read: (reading, required) => {
      const { rows, empty } = rowsOf(reading)
      for (const label of empty) reading.sink.empty(label, required)
      const found: FoundEntity[] = []
      for (const { type, name, version, digest: stated, role } of rows) {
        const digest = stated === undefined ? bodyDigest(reading) : statedDigest(stated, reading)
        if (type === undefined || name === undefined) continue
        found.push({ ref: refOf({ type, name }, version, digest), role })
      }
      return found
    },
  }
}

/** Members in canonical order, those that are not known left out. */
function refOf({ type, name }: EntityRef, version: string | undefined, digest: string | undefined): EntityRef {
  if (digest === undefined) return version === undefined ? { name, type } : { name, type, version }
  return version === undefined ? { digest, name, type } : { digest, name, type, version }
}

export function isVersioned(ref: EntityRef): boolean {
  return ref.version !== undefined || ref.digest !== undefined
}
