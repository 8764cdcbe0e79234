// Facts of files that go to the store in parts, past the tracking server: it only makes the presigned URLs and completes. One
// entity, when it is complete. The upload itself has the name that the s3 gatherer gives it, so that what is seen of it
// at the store belongs to it. An upload that is aborted makes nothing. Never keeps a presigned URL.
import { createHash } from 'node:crypto'
import type { ActivityRef, EntityRef } from '../../lineage/model/fact.js'
import { addressOf } from '../s3/address.js'
import { fileAt, placed } from './artifacts.js'
import * as messages from './messages.js'
import { add, describe, messageOf, ofEntity, type Reading } from './reading.js'

/** `folder`: of the artifact root, as the request's path has it. */
export function gatherUploadCreated(reading: Reading, folder: string): void {
  const asked = messageOf(reading, 'request', messages.uploadAsked)
  const created = messageOf(reading, 'response', messages.uploadCreated)
  if (asked === undefined || created === undefined) return
  const file = fileAt(reading.names, pathOf(folder, asked.path))
  placed(reading, file, reading.names.artifact(file.name, undefined))
  const stored = created.credentials.flatMap(({ url }) => storedAt(url) ?? [])[0]
  if (stored !== undefined) add(reading, { kind: 'informed-by', activity: stored.upload, informant: reading.call })
}

export function gatherUploadCompleted(reading: Reading, folder: string): void {
  const asked = messageOf(reading, 'request', messages.uploadCompleted)
  if (asked === undefined) return
  const file = fileAt(reading.names, pathOf(folder, asked.path))
  const version = versionOf(asked.parts)
  const artifact = reading.names.artifact(file.name, undefined)
  const producer = { activity: reading.call, output: file.path }
  const entity: EntityRef = version === undefined ? { ...artifact, producer } : { ...artifact, version }
  add(reading, { kind: 'generated', activity: reading.call, entity, role: 'artifact' })
  describe(reading, ofEntity(entity), 'artifact', { parts: asked.parts.length })
  placed(reading, file, entity)
  const stored = asked.parts.flatMap(({ url }) => storedAt(url ?? '') ?? [])[0]
  if (stored === undefined) return
  add(reading, { kind: 'informed-by', activity: reading.call, informant: stored.upload })
  add(reading, { kind: 'derived', entity, source: stored.object, transformation: 'store', by: 'name-at-time' })
}

/** `sent` is the file's path on the client's own disk; the server keeps its last part. */
function pathOf(folder: string, sent: string): string {
  const name = sent.split('/').at(-1) ?? ''
  return `${folder}/${name}`
}

/** What S3 calls the whole, by the ETags of its parts; undefined where these are not what they are of plain parts. */
function versionOf(parts: readonly messages.UploadPart[]): string | undefined {
  const digests = [...parts]
    .sort((a, b) => a.part_number - b.part_number)
    .map(({ etag }) => /^"?([0-9a-f]{32})"?$/i.exec(etag)?.[1])
  if (digests.length === 0 || digests.includes(undefined)) return undefined
  const whole = createHash('md5')
    .update(Buffer.from(digests.join(''), 'hex'))
    .digest('hex')
  return `${whole}-${digests.length}`
}

interface Stored {
  readonly object: EntityRef
  readonly upload: ActivityRef
}

/** Object and upload of a part's presigned URL; undefined where it is not S3's. */
function storedAt(url: string): Stored | undefined {
  if (!URL.canParse(url)) return undefined
  const { host, pathname, search } = new URL(url)
  const address = addressOf(`${pathname}${search}`, host, { hosts: [], stripPrefix: '' })
  const upload = address?.query.get('uploadId')
  if (address === undefined || upload === undefined || host.endsWith('.googleapis.com')) return undefined
  const name = `s3://${address.bucket}/${address.key}`
  return { object: { type: 'object', name }, upload: { type: 'multipart-upload', id: `${name}#${upload}` } }
}
