// Facts of files that pass through the tracking server (its proxied artifact API). They have no version of their own,
// so the SHA-256 of what passed is their version.
import type { EntityRef } from '../../lineage/model/fact.js'
import { versionOf } from '../../lineage/model/node-id.js'
import { add, describe, ofEntity, type Reading } from './reading.js'

/** a run's files: its id, and the path below its root */
export const runFolder = /(?:^|\/)([0-9a-f]{32})\/artifacts\/(.+)/
export const modelFolder = /(?:^|\/)models\/(m-[0-9a-f]{32})\/artifacts\//

export function gatherUploaded(reading: Reading, path: string): void {
  const { request, record } = reading.exchange
  const digest = request.digest('sha256')
  if (digest === undefined) reading.gaps.push({ reason: 'digest-skipped', about: `artifact ${path}` })
  const entity = reading.names.artifact(path, digest)
  const ref = digest === undefined ? { ...entity, producer: { activity: reading.call, output: path } } : entity
  add(reading, { kind: 'generated', activity: reading.call, entity: ref, role: 'artifact' })
  describe(reading, ofEntity(ref), 'artifact', { size: record.request.bytes })
  placed(reading, path, ref)
}

/** A logged model's file is a member of the model, and who writes or reads it uses that; else it is about the run. */
export function placed(reading: Reading, path: string, entity: EntityRef): void {
  const model = modelFolder.exec(path)?.[1]
  if (model !== undefined) {
    const collection = reading.names.loggedModel(model)
    if (versionOf(entity) !== undefined) add(reading, { kind: 'member-of', entity, collection })
    add(reading, { kind: 'used', activity: reading.call, entity: collection, role: 'model' })
    return
  }
  const run = runFolder.exec(path)?.[1]
  if (run === undefined) return
  add(reading, { kind: 'informed-by', activity: reading.call, informant: reading.names.run(run), role: 'run' })
}

export function gatherDownloaded(reading: Reading, path: string): void {
  const { record, response } = reading.exchange
  const digest = record.response?.status === 200 ? response.digest('sha256') : undefined
  if (digest === undefined) reading.gaps.push({ reason: 'digest-skipped', about: `artifact ${path}` })
  const entity = reading.names.artifact(path, digest)
  const by = digest === undefined ? 'name-at-time' : 'observed'
  add(reading, { kind: 'used', activity: reading.call, entity, role: 'artifact', by })
  placed(reading, path, entity)
}

/** A URL with which the file is read from the store itself: whatever is there under the name now. */
export function gatherHandedOut(reading: Reading, path: string): void {
  const entity = reading.names.artifact(path, undefined)
  add(reading, { kind: 'used', activity: reading.call, entity, role: 'artifact', by: 'name-at-time' })
  placed(reading, path, entity)
}

export function gatherRemoved(reading: Reading, path: string): void {
  const entity = reading.names.artifact(path, undefined)
  const time = reading.exchange.record.startedAt
  add(reading, { kind: 'invalidated', entity, activity: reading.call, by: 'name-at-time', time })
}
