// Facts of files that pass through the tracking server: its proxied artifact API, and what MLflow's pages show and upload. They
// have no version of their own, so the SHA-256 of what passed is their version.
import type { ActivityRef, EntityRef } from '../../lineage/model/fact.js'
import { versionOf } from '../../lineage/model/node-id.js'
import type { Names } from './names.js'
import { add, describe, ofEntity, type Reading } from './reading.js'

/** a run's files: its id, and the path below its root */
export const runFolder = /(?:^|\/)([0-9a-f]{32})\/artifacts\/(.+)/
export const modelFolder = /(?:^|\/)models\/(m-[0-9a-f]{32})\/artifacts\//

/** A file as a request names it. */
export interface ArtifactFile {
  readonly path: string
  readonly name: string
  /** the run that it is of, or the model */
  readonly owner: { readonly run: ActivityRef } | { readonly model: EntityRef } | undefined
  /** what it is called by who names that instead of the place below the artifact root */
  readonly ownName: string | undefined
}

export function fileAt(names: Names, path: string): ArtifactFile {
  const file = { path, name: names.rootFile(path) }
  const model = modelFolder.exec(path)
  if (model !== null) return { ...file, ...ofModel(names, model[1] ?? '', path.slice(model.index + model[0].length)) }
  const [, run, below] = runFolder.exec(path) ?? []
  if (run === undefined || below === undefined) return { ...file, owner: undefined, ownName: undefined }
  return { ...file, owner: { run: names.run(run) }, ownName: names.runFile(run, below) }
}

function ofModel(names: Names, model: string, path: string) {
  return { owner: { model: names.loggedModel(model) }, ownName: names.modelFile(model, path) }
}

export function gatherUploaded(reading: Reading, file: ArtifactFile): void {
  const { request, record } = reading.exchange
  const digest = request.digest('sha256')
  if (digest === undefined) reading.gaps.push({ reason: 'digest-skipped', about: `artifact ${file.path}` })
  const entity = reading.names.artifact(file.name, digest)
  const ref = digest === undefined ? { ...entity, producer: { activity: reading.call, output: file.path } } : entity
  add(reading, { kind: 'generated', activity: reading.call, entity: ref, role: 'artifact' })
  describe(reading, ofEntity(ref), 'artifact', { size: record.request.bytes })
  placed(reading, file, ref)
}

/** A model's file is a member of the model, and who writes or reads it uses that; else it is about the run. */
export function placed(reading: Reading, { owner, ownName }: ArtifactFile, entity: EntityRef): void {
  const known = versionOf(entity) !== undefined
  if (owner !== undefined && 'model' in owner) {
    if (known) add(reading, { kind: 'member-of', entity, collection: owner.model })
    add(reading, { kind: 'used', activity: reading.call, entity: owner.model, role: 'model' })
  } else if (owner !== undefined) {
    add(reading, { kind: 'informed-by', activity: reading.call, informant: owner.run, role: 'run' })
  }
  if (known && ownName !== undefined) add(reading, { kind: 'alias-of', entity, other: { ...entity, name: ownName } })
}

export function gatherDownloaded(reading: Reading, file: ArtifactFile): void {
  const { record, response } = reading.exchange
  const digest = record.response?.status === 200 ? response.digest('sha256') : undefined
  if (digest === undefined) reading.gaps.push({ reason: 'digest-skipped', about: `artifact ${file.path}` })
  const entity = reading.names.artifact(file.name, digest)
  const by = digest === undefined ? 'name-at-time' : 'observed'
  add(reading, { kind: 'used', activity: reading.call, entity, role: 'artifact', by })
  placed(reading, file, entity)
}

/** A URL with which the file is read from the store itself: whatever is there under the name now. */
export function gatherHandedOut(reading: Reading, file: ArtifactFile): void {
  const entity = reading.names.artifact(file.name, undefined)
  add(reading, { kind: 'used', activity: reading.call, entity, role: 'artifact', by: 'name-at-time' })
  placed(reading, file, entity)
}

export function gatherRemoved(reading: Reading, file: ArtifactFile): void {
  const entity = reading.names.artifact(file.name, undefined)
  const time = reading.exchange.record.startedAt
  add(reading, { kind: 'invalidated', entity, activity: reading.call, by: 'name-at-time', time })
}
