// Facts of multipart uploads: one activity from creation to completion, and one entity when it completes. A part alone
// makes no entity; it adds who sent it, and what it was copied from.
import type { ActivityRef } from '../../lineage/model/fact.js'
import type { CopySource } from './address.js'
import { checksumDigest, etagDigest, etagOf, versionOf } from './content.js'
import { agentOf } from '../caller.js'
import {
  answerDocument,
  answerField,
  bucketAndKey,
  describeObject,
  generated,
  objectRef,
  type Reading,
  sourceOf,
} from './reading.js'
import { unknownVersion } from './transfers.js'

function uploadActivity({ address }: Reading, upload: string): ActivityRef {
  return { type: 'multipart-upload', id: `s3://${address.bucket}/${address.key}#${upload}` }
}

export function gatherUploadCreate(reading: Reading): void {
  const upload = answerDocument(reading)?.text('UploadId')
  if (upload === undefined) return
  const activity = uploadActivity(reading, upload)
  attribute(reading, activity)
  reading.facts.push({
    kind: 'state',
    activity,
    phase: 'START',
    startedAt: reading.at,
    by: 'observed',
    time: reading.at,
  })
}

export function gatherUploadPart(reading: Reading, upload: string): void {
  const activity = uploadActivity(reading, upload)
  attribute(reading, activity)
  reading.facts.push({ kind: 'state', activity, phase: 'RUNNING', by: 'observed', time: reading.at })
}

export function gatherUploadPartCopy(reading: Reading, upload: string, source: CopySource | undefined): void {
  if (answerDocument(reading)?.root === 'Error') return
  gatherUploadPart(reading, upload)
  const from = sourceOf(reading, source)
  if (from === undefined) {
    unknownVersion(reading, `source of a part of ${bucketAndKey(reading)}`)
    return
  }
  const activity = uploadActivity(reading, upload)
  reading.facts.push({ kind: 'used', activity, role: 'copy-source', ...from })
}

/** Like a copy, a completion may answer 200 and then fail: with an `Error` document. */
export function gatherUploadComplete(reading: Reading, upload: string): void {
  const document = answerDocument(reading)
  if (document === undefined) {
    unknownVersion(reading)
    return
  }
  if (document.root === 'Error') return
  const etag = etagOf(document.text('ETag'))
  const version = versionOf(answerField(reading, 'x-amz-version-id'), etag)
  if (version === undefined) {
    unknownVersion(reading)
    return
  }
  const composite = document.text('ChecksumType') !== 'FULL_OBJECT'
  const digest =
    checksumDigest(document.text('ChecksumSHA256'), composite) ??
    etagDigest(etag, reading.exchange.record.response?.fields ?? [])
  const entity = objectRef(reading.address.bucket, reading.address.key, version, digest)
  const activity = uploadActivity(reading, upload)
  generated(reading, entity)
  describeObject(reading, entity, { etag })
  reading.facts.push(
    { kind: 'informed-by', activity: reading.call, informant: activity, by: 'observed', time: reading.at },
    { kind: 'state', activity, phase: 'COMPLETE', endedAt: reading.at, by: 'observed', time: reading.at },
  )
}

export function gatherUploadAbort(reading: Reading, upload: string): void {
  const activity = uploadActivity(reading, upload)
  reading.facts.push({
    kind: 'state',
    activity,
    phase: 'ABORT',
    endedAt: reading.at,
    by: 'observed',
    time: reading.at,
  })
}

function attribute(reading: Reading, activity: ActivityRef): void {
  const caller = agentOf(reading.exchange.record)
  if (caller === undefined) return
  const subject = { kind: 'activity', ref: activity } as const
  reading.facts.push({ kind: 'attributed-to', subject, agent: caller.agent, by: caller.by, time: reading.at })
}
