// Facts of what reads, writes, copies and deletes one object.
import { fieldOf } from '../../core/exchange.js'
import type { EntityRef } from '../../lineage/model/fact.js'
import { entityId } from '../../lineage/model/node-id.js'
import type { CopySource } from './address.js'
import { checksumDigest, etagDigest, etagOf, isComposite, putContent, versionOf } from './content.js'
import {
  answerDocument,
  answeredObject,
  answerField,
  bucketAndKey,
  describeCall,
  describeObject,
  generated,
  objectRef,
  type Reading,
  sourceOf,
  used,
} from './reading.js'

/** A 304 says that the copy the client has is this version, and that it goes on using it. */
export function gatherGet(reading: Reading): void {
  const { response } = reading.exchange.record
  const entity = withChecksum(reading, answeredObject(reading))
  used(reading, entity, response?.status === 304 ? 'not-modified' : undefined)
  const range = answerField(reading, 'content-range')
  if (range !== undefined) describeCall(reading, { range })
  describeAnswered(reading, entity)
}

/** A HEAD moves no content: it only describes the version. */
export function gatherHead(reading: Reading): void {
  describeAnswered(reading, withChecksum(reading, answeredObject(reading)))
}

/** A part's checksum (`partNumber`) is not the object's. */
function withChecksum(reading: Reading, entity: EntityRef): EntityRef {
  if (entity.version === undefined || reading.address.query.has('partNumber')) return entity
  const composite = isComposite(answerField(reading, 'x-amz-checksum-type'), etagOf(answerField(reading, 'etag')))
  const digest = checksumDigest(answerField(reading, 'x-amz-checksum-sha256'), composite)
  return digest === undefined ? entity : { ...entity, digest }
}

function describeAnswered(reading: Reading, entity: EntityRef): void {
  const { response } = reading.exchange.record
  if (response === null || response.status === 304) return
  const whole = /\/(\d+)$/.exec(answerField(reading, 'content-range') ?? '')?.[1]
  const stated = response.status === 206 ? whole : answerField(reading, 'content-length')
  describeObject(reading, entity, {
    etag: etagOf(answerField(reading, 'etag')),
    size: stated === undefined ? undefined : Number(stated),
    contentType: answerField(reading, 'content-type'),
  })
}

export function gatherPut(reading: Reading): void {
  const { record } = reading.exchange
  const etag = etagOf(answerField(reading, 'etag'))
  const content = putContent(reading.exchange, etag)
  const version = versionOf(answerField(reading, 'x-amz-version-id'), etag)
  const entity = objectRef(reading.address.bucket, reading.address.key, version, content.digest)
  if (content.skipped) reading.gaps.push({ reason: 'digest-skipped', about: bucketAndKey(reading) })
  if (version === undefined && content.digest === undefined) {
    unknownVersion(reading)
    return
  }
  generated(reading, entity)
  describeObject(reading, entity, {
    etag,
    size: content.size,
    contentType: fieldOf(record.request.fields, 'content-type'),
  })
}

/** An answer of 200 may still hold an `Error` document (CopyObject writes its head before it is done). */
export function gatherCopy(reading: Reading, source: CopySource | undefined): void {
  const document = answerDocument(reading)
  if (document === undefined) {
    unknownVersion(reading)
    return
  }
  if (document.root === 'Error') return
  const etag = etagOf(document.text('ETag') ?? answerField(reading, 'etag'))
  const version = versionOf(answerField(reading, 'x-amz-version-id'), etag)
  const fields = reading.exchange.record.response?.fields ?? []
  const composite = isComposite(document.text('ChecksumType'), etag)
  const digest = checksumDigest(document.text('ChecksumSHA256'), composite) ?? etagDigest(etag, fields)
  const entity = objectRef(reading.address.bucket, reading.address.key, version, digest)
  if (version === undefined) {
    unknownVersion(reading)
    return
  }
  generated(reading, entity)
  describeObject(reading, entity, { etag })
  const from = sourceOf(reading, source)
  if (from === undefined) {
    unknownVersion(reading, `source of the copy to ${bucketAndKey(reading)}`)
    return
  }
  const link = { by: from.by, time: from.time }
  reading.facts.push(
    { kind: 'used', activity: reading.call, entity: from.entity, role: 'copy-source', ...link },
    { kind: 'derived', entity, source: from.entity, transformation: 'copy', ...link },
  )
}

/**
 * A delete with a version id destroys that version; one without destroys the current version of an unversioned bucket, and
 * in a versioned one only puts a delete marker (a version of its own) on top: nothing is destroyed then.
 */
export function gatherDelete(reading: Reading): void {
  const { bucket, key, query } = reading.address
  const asked = query.get('versionId')
  const marker = answerField(reading, 'x-amz-delete-marker') === 'true'
  deleteFacts(reading, {
    bucket,
    key,
    asked,
    marker: marker && asked === undefined ? answerField(reading, 'x-amz-version-id') : undefined,
  })
}

export interface Deletion {
  readonly bucket: string
  readonly key: string
  /** version id that the request named */
  readonly asked: string | undefined
  /** version id of the delete marker that the request made */
  readonly marker: string | undefined
}

export function deleteFacts(reading: Reading, { bucket, key, asked, marker }: Deletion): void {
  // `null` was written while versioning was off or suspended; which content that was, and whether it was the current one,
  // nothing says.
  if (marker === 'null' || asked === 'null') {
    unknownDeletion(reading, bucket, key)
    return
  }
  if (marker !== undefined) {
    const entity = objectRef(bucket, key, marker)
    generated(reading, entity, 'delete-marker')
    describeObject(reading, entity, { deleteMarker: true })
    return
  }
  reading.facts.push({
    kind: 'invalidated',
    entity: objectRef(bucket, key, asked),
    activity: reading.call,
    by: asked === undefined ? 'name-at-time' : 'observed',
    time: asked === undefined ? reading.exchange.record.startedAt : reading.at,
  })
}

/** The call deleted, nobody knows what. A fact about the call keeps the gap with it: of other objects nothing is missing. */
export function unknownDeletion(reading: Reading, bucket: string, key: string): void {
  unknownVersion(reading, entityId(objectRef(bucket, key)))
  describeCall(reading, { operation: 'delete' })
}

export function unknownVersion(reading: Reading, about = bucketAndKey(reading)): void {
  reading.gaps.push({ reason: 'version-unknown', about })
}
