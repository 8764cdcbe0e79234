// Facts of files that pass through the tracking server (its proxied artifact API). They have no version of their own,
// so the SHA-256 of what passed is their version.
import type { EntityRef } from '../../lineage/model/fact.js'
import { versionOf } from '../../lineage/model/node-id.js'
import { add, describe, ofEntity, type Reading } from './reading.js'

/** a run's files: its id, and the path below its root */
export const runFolder = /(?:^|\/)([0-9a-f]{32})\/artifacts\/(.+)/
export const modelFolder = /(?:^|\/)models\/(m-[0-9a-f]{32})\/artifacts\//

export function gatherArtifact(reading: Reading): void {
  const { operation } = reading.address
  const { method } = reading.exchange.record.request
  if (operation.startsWith('artifacts/')) {
    const path = operation.slice('artifacts/'.length)
    if (method === 'PUT') {
      uploaded(reading, path)
      return
    }
    if (method === 'GET') {
      downloaded(reading, path)
      return
    }
    if (method === 'DELETE') removed(reading, path)
    return
  }
  if (operation.startsWith('mpu/complete/')) completed(reading, operation.slice('mpu/complete/'.length))
}

function uploaded(reading: Reading, path: string): void {
  const { request, record } = reading.exchange
  const digest = request.digest('sha256')
  if (digest === undefined) reading.gaps.push({ reason: 'digest-skipped', about: `artifact ${path}` })
  const entity = reading.names.artifact(path, digest)
  const ref = digest === undefined ? { ...entity, producer: { activity: reading.call, output: path } } : entity
  add(reading, { kind: 'generated', activity: reading.call, entity: ref, role: 'artifact' })
  describe(reading, ofEntity(ref), 'artifact', { size: record.request.bytes })
  placed(reading, path, ref)
}

/** The parts went straight to the store; only the name is known here. */
function completed(reading: Reading, path: string): void {
  const producer = { activity: reading.call, output: path }
  const entity = { ...reading.names.artifact(path, undefined), producer }
  add(reading, { kind: 'generated', activity: reading.call, entity, role: 'artifact' })
  placed(reading, path, entity)
}

/** A logged model's file is a member of the model, and who writes or reads it uses that; else it is about the run. */
function placed(reading: Reading, path: string, entity: EntityRef): void {
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

function downloaded(reading: Reading, path: string): void {
  const { record, response } = reading.exchange
  const digest = record.response?.status === 200 ? response.digest('sha256') : undefined
  const entity = reading.names.artifact(path, digest)
  const by = digest === undefined ? 'name-at-time' : 'observed'
  add(reading, { kind: 'used', activity: reading.call, entity, role: 'artifact', by })
  placed(reading, path, entity)
}

function removed(reading: Reading, path: string): void {
  const entity = reading.names.artifact(path, undefined)
  const time = reading.exchange.record.startedAt
  add(reading, { kind: 'invalidated', entity, activity: reading.call, by: 'name-at-time', time })
}
