// One exchange as the s3 gatherer reads it, and the small facts that several operations share. Pure.
import { fieldOf } from '../../core/exchange.js'
import type { Micros } from '../../core/ids.js'
import type { ActivityRef, EntityRef, Fact, GathererGap, JsonValue } from '../../lineage/model/fact.js'
import { entityId } from '../../lineage/model/node-id.js'
import type { ObservedExchange } from '../contract.js'
import type { CopySource, S3Address } from './address.js'
import { etagOf, versionOf } from './content.js'
import { type XmlDocument, xmlOf } from './document.js'

export interface Reading {
  readonly exchange: ObservedExchange
  readonly address: S3Address
  /** the exchange itself */
  readonly call: ActivityRef
  /** when the service had done it: its response head */
  readonly at: Micros
  readonly facts: Fact[]
  readonly gaps: GathererGap[]
}

export function readingOf(exchange: ObservedExchange, address: S3Address): Reading {
  const { record } = exchange
  const call = { type: 'service-call', id: record.id }
  return { exchange, address, call, at: record.headAt ?? record.endedAt, facts: [], gaps: [] }
}

/** OpenLineage: namespace `s3://<bucket>`, name `<key>`. */
export function objectRef(bucket: string, key: string, version?: string, digest?: string): EntityRef {
  return {
    type: 'object',
    name: `s3://${bucket}/${key}`,
    ...(version === undefined ? {} : { version }),
    ...(digest === undefined ? {} : { digest }),
  }
}

/** The object that the request names, at the version that the response names. */
export function answeredObject(reading: Reading): EntityRef {
  const { bucket, key, query } = reading.address
  const versionId = answerField(reading, 'x-amz-version-id') ?? query.get('versionId')
  return objectRef(bucket, key, versionOf(versionId, etagOf(answerField(reading, 'etag'))))
}

export function answerField({ exchange }: Reading, name: string): string | undefined {
  return fieldOf(exchange.record.response?.fields ?? [], name)
}

/** The response body as a document; a gap where it was cut or is not kept. An answer that is none of ours (HTML, empty) is undefined. */
export function answerDocument(reading: Reading): XmlDocument | undefined {
  return documentOf(reading, 'response')
}

export function documentOf(reading: Reading, side: 'request' | 'response'): XmlDocument | undefined {
  const body = reading.exchange[side]
  if (body.truncated) {
    const parsed = body.parsed()
    const reason = parsed.ok ? 'body-truncated' : parsed.gap.reason
    reading.gaps.push({ reason, about: `${side} of ${bucketAndKey(reading)}` })
    return undefined
  }
  return xmlOf(body.bytes)
}

export function bucketAndKey({ address }: Reading): string {
  return entityId(objectRef(address.bucket, address.key))
}

/**
 * A copy's source, at the version that was named where one was. Undefined where nothing tells which object or version it is:
 * a request for `null` is for what was written without versions, current or not.
 */
export function sourceOf(
  reading: Reading,
  source: CopySource | undefined,
): (Seen & { readonly entity: EntityRef }) | undefined {
  if (source === undefined || source.versionId === 'null') return undefined
  const named = answerField(reading, 'x-amz-copy-source-version-id') ?? source.versionId
  const entity = objectRef(source.bucket, source.key, versionOf(named, undefined))
  return { entity, ...seenOf(reading, entity) }
}

export function used(reading: Reading, entity: EntityRef, role?: string): void {
  reading.facts.push({
    kind: 'used',
    activity: reading.call,
    entity,
    ...seenOf(reading, entity),
    ...(role === undefined ? {} : { role }),
  })
}

type Seen = Pick<Fact, 'by' | 'time'>

/**
 * What was read without a version is the one that was current when the request came. A store picks the version as it
 * begins, and answers of copies and queries may come minutes later: what was written in between was not read.
 */
function seenOf(reading: Reading, entity: EntityRef): Seen {
  const bare = entity.version === undefined && entity.digest === undefined
  return bare ? { by: 'name-at-time', time: reading.exchange.record.startedAt } : { by: 'observed', time: reading.at }
}

export function generated(reading: Reading, entity: EntityRef, role?: string): void {
  reading.facts.push({
    kind: 'generated',
    activity: reading.call,
    entity,
    by: 'observed',
    time: reading.at,
    ...(role === undefined ? {} : { role }),
  })
}

/** The `s3` facet of the call itself; said once of a call. */
export function describeCall({ facts, call, at }: Reading, value: Readonly<Record<string, JsonValue>>): void {
  if (facts.some((fact) => fact.kind === 'described' && fact.facet === 's3')) return
  const subject = { kind: 'activity', ref: call } as const
  facts.push({ kind: 'described', subject, facet: 's3', value, by: 'observed', time: at })
}

/** The `object` facet: what is known of this version; undefined members are left out. */
export function describeObject(
  reading: Reading,
  entity: EntityRef,
  known: Readonly<Record<string, JsonValue | undefined>>,
): void {
  const members = Object.entries(known).filter((pair): pair is [string, JsonValue] => pair[1] !== undefined)
  if (members.length === 0 || (entity.version === undefined && entity.digest === undefined)) return
  reading.facts.push({
    kind: 'described',
    subject: { kind: 'entity', ref: entity },
    facet: 'object',
    value: Object.fromEntries(members),
    by: 'observed',
    time: reading.at,
  })
}
