// The lists of `http-json`: what the activity used, generated, invalidated; what was derived, linked, informed, described.
import type { Micros } from '../../core/ids.js'
import type { ActivityRef, EntityRef, Fact } from '../../lineage/model/fact.js'
import { compileEntity, isVersioned } from './entities.js'
import { compileFacets } from './facets.js'
import { columnAt, compileRows, eachAt, inPairs, labelOf, siteAt, textsAt, typeAt } from './reading.js'
import type { Reading, Site } from './reading.js'
import type { DerivedItem, DescribedItem, EntityItem, InformedItem, LinkItem } from './schema.js'

export type Part = (reading: Reading) => void

export type UseKind = 'used' | 'generated' | 'invalidated'

/**
 * Used: as of the request's start; a reference without version means the one current then. Generated and invalidated: as
 * of the response's end. A generated entity whose version is configured and not there yet is not generated yet; one that
 * has none by configuration is told by its producer.
 */
export function compileUse(kind: UseKind, item: EntityItem, site: Site): Part {
  const { each, inner } = eachAt(item.each, site)
  const entity = compileEntity(item, inner)
  const required = item.required === true
  const readOne = (reading: Reading): void => {
    const time = kind === 'used' ? reading.record.startedAt : reading.record.endedAt
    for (const { ref, role } of entity.read(reading, required)) {
      if (kind === 'generated' && entity.versioned && !isVersioned(ref)) continue
      for (const activity of reading.activities) {
        const known = kind === 'generated' && !isVersioned(ref) ? producedBy(ref, activity, role) : ref
        reading.sink.add(useFact({ kind, activity, entity: known, role, time }))
        entity.facets(reading, { kind: 'entity', ref: known }, time)
      }
    }
  }
  return withEach({ each, readOne, required, label: `${labelOf(site)}.each: ${item.each ?? ''}` })
}

function producedBy(ref: EntityRef, activity: ActivityRef, role: string | undefined): EntityRef {
  return { ...ref, producer: { activity, output: role ?? 'output' } }
}

interface Use {
  readonly kind: UseKind
  readonly activity: ActivityRef
  readonly entity: EntityRef
  readonly role: string | undefined
  readonly time: Micros
}

function useFact({ kind, activity, entity, role, time }: Use): Fact {
  // Members in canonical order: the leaf's text is made without sorting them.
  if (kind === 'invalidated' || role === undefined) return { activity, by: 'observed', entity, kind, time }
  return { activity, by: 'observed', entity, kind, role, time }
}

export function compileDerived(item: DerivedItem, site: Site): Part {
  const { each, inner } = eachAt(item.each, site)
  const entity = compileEntity(item.entity, siteAt(inner, 'entity'))
  const source = compileEntity(item.source, siteAt(inner, 'source'))
  const transformation = columnAt(item.transformation, siteAt(inner, 'transformation'))
  const required = item.required === true
  const readPair = (reading: Reading): void => {
    const how = transformation && textsAt(transformation, reading)[0]
    const time = reading.record.endedAt
    const made = entity.read(reading, required)
    const from = source.read(reading, required)
    for (const { ref } of made) {
      if (entity.versioned && !isVersioned(ref)) continue
      entity.facets(reading, { kind: 'entity', ref }, time)
      for (const origin of from) {
        reading.sink.add({
          kind: 'derived',
          entity: ref,
          source: origin.ref,
          ...(how === undefined ? {} : { transformation: how }),
          ...(item.fields === undefined ? {} : { fields: item.fields }),
          time,
          by: 'observed',
        })
      }
    }
    for (const { ref } of from) source.facets(reading, { kind: 'entity', ref }, time)
  }
  const ofTransformation = transformation?.template.finders ?? []
  const readOne = inPairs([...entity.finders, ...source.finders, ...ofTransformation], readPair)
  return withEach({ each, readOne, required, label: `${labelOf(site)}.each: ${item.each ?? ''}` })
}

interface EachPart {
  readonly each: ReturnType<typeof eachAt>['each']
  readonly readOne: Part
  readonly required: boolean
  readonly label: string
}

function withEach({ each, readOne, required, label }: EachPart): Part {
  return (reading) => {
    if (!each(reading, readOne)) reading.sink.empty(label, required)
  }
}

export function compileLink(item: LinkItem, site: Site): Part {
  const { each, inner } = eachAt(item.each, site)
  const entity = compileEntity(item.entity, siteAt(inner, 'entity'))
  const other = compileEntity(item.other, siteAt(inner, 'other'))
  const required = item.required === true
  const readPair = (reading: Reading): void => {
    const ends = other.read(reading, required)
    for (const { ref } of entity.read(reading, required)) {
      for (const end of ends)
        reading.sink.add(linkFact(item.kind, ref, { other: end.ref, time: reading.record.endedAt }))
    }
  }
  const readOne = inPairs([...entity.finders, ...other.finders], readPair)
  return withEach({ each, readOne, required, label: `${labelOf(site)}.each: ${item.each ?? ''}` })
}

function linkFact(kind: LinkItem['kind'], entity: EntityRef, end: { other: EntityRef; time: Micros }): Fact {
  const common = { entity, time: end.time, by: 'observed' } as const
  switch (kind) {
    case 'specialization-of':
      return { kind, ...common, general: end.other }
    case 'member-of':
      return { kind, ...common, collection: end.other }
    case 'same-content':
    case 'alias-of':
      return { kind, ...common, other: end.other }
    default:
      return kind satisfies never
  }
}

export function compileInformed(item: InformedItem, site: Site): Part {
  const { each, inner } = eachAt(item.each, site)
  const columns = {
    type: typeAt(item.type, siteAt(inner, 'type')),
    id: columnAt(item.id, siteAt(inner, 'id')),
    role: columnAt(item.role, siteAt(inner, 'role')),
  }
  const required = item.required === true
  const rowsOf = compileRows(columns)
  const readOne = (reading: Reading): void => {
    const { rows, empty } = rowsOf(reading)
    for (const label of empty) reading.sink.empty(label, required)
    for (const { type, id, role } of rows) {
      if (type === undefined || id === undefined) continue
      for (const activity of reading.activities) {
        const informant = { type, id }
        const named = role === undefined ? {} : { role }
        reading.sink.add({
          kind: 'informed-by',
          activity,
          informant,
          ...named,
          time: reading.record.startedAt,
          by: 'observed',
        })
      }
    }
  }
  return withEach({ each, readOne, required, label: `${labelOf(site)}.each: ${item.each ?? ''}` })
}

export function compileDescribed(item: DescribedItem, site: Site): Part {
  const { each, inner } = eachAt(item.each, site)
  const entity = item.entity === undefined ? undefined : compileEntity(item.entity, siteAt(inner, 'entity'))
  const facets = compileFacets(item.facets, siteAt(inner, 'facets'))
  const required = item.required === true
  const label = `${labelOf(site)}.facets`
  const readOne = (reading: Reading): void => {
    const time = reading.record.endedAt
    const subjects =
      entity === undefined
        ? reading.activities.map((ref) => ({ kind: 'activity', ref }) as const)
        : entity.read(reading, required).map(({ ref }) => ({ kind: 'entity', ref }) as const)
    for (const subject of subjects) {
      const found = facets(reading, subject, time)
      if (found === 0) reading.sink.empty(label, required)
    }
  }
  return withEach({ each, readOne, required, label: `${labelOf(site)}.each: ${item.each ?? ''}` })
}
