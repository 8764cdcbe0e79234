// Facts of model versions: which run and model they came from, their stages, their use and their end. The server numbers
// them under a registered model's name and never gives a number twice while that name lives.
import { z } from 'zod'
import type { EntityRef } from '../../lineage/model/fact.js'
import { agentOf } from '../caller.js'
import { gatherAliasUsed } from './aliases.js'
import { modelFolder, runFolder } from './artifacts.js'
import { placeOf } from './inputs.js'
import * as messages from './messages.js'
import { add, describe, known, messageOf, ofEntity, pairs, since, type Reading } from './reading.js'

export function gatherVersionCreated(reading: Reading): void {
  const version = messageOf(reading, 'response', messages.modelVersion, 'model_version')
  const asked = messageOf(reading, 'request', z.object({ model_id: z.string().optional() }))
  if (version === undefined) return
  const entity = reading.names.modelVersion(version.name, version.version)
  if ((version.run_id ?? '') === '') {
    add(reading, { kind: 'generated', activity: reading.call, entity, role: 'model-version' })
  }
  versionFacts(reading, { ...version, model_id: version.model_id ?? asked?.model_id }, reading.at)
  const caller = agentOf(reading.exchange.record)
  if (caller === undefined) return
  const subject = ofEntity(entity)
  add(reading, { kind: 'attributed-to', subject, agent: caller.agent, role: 'registered', by: caller.by })
}

export function gatherModelVersion(reading: Reading): void {
  const version = messageOf(reading, 'response', messages.modelVersion, 'model_version')
  if (version === undefined) return
  versionFacts(reading, version)
  if (reading.address.operation === 'registered-models/alias') gatherAliasUsed(reading, version)
}

/** What an answer says of a version; what holds since the server made it, as of then. */
export function versionFacts(
  reading: Reading,
  version: messages.ModelVersion,
  time = since(reading, version.creation_timestamp),
): void {
  const { names } = reading
  const entity = names.modelVersion(version.name, version.version)
  const run = version.run_id ?? ''
  if (run !== '') add(reading, { kind: 'generated', activity: names.run(run), entity, role: 'model-version', time })
  add(reading, { kind: 'specialization-of', entity, general: names.registeredModel(version.name), time })
  const source = modelSource(reading, version)
  const by = source?.version === undefined ? 'name-at-time' : 'observed'
  if (source !== undefined) add(reading, { kind: 'derived', entity, source, transformation: 'register', time, by })
  const stage = version.current_stage === 'None' ? undefined : version.current_stage
  const { source: from, description, status, tags } = version
  const facet = { source: from, description, status, stage, tags: tags.length === 0 ? undefined : pairs(tags) }
  describe(reading, ofEntity(entity), 'mlflow', known(facet))
}

/**
 * `models:/<id>` is a logged model (so is its folder), `models:/<name>/<version>` a version that was copied; a folder of a
 * run's artifacts is what was logged there as a model at that time. Anything else is a place that MLflow does not know,
 * but for prompts: their text is a tag, and their client writes `prompt-template` because the field is required.
 */
function modelSource(
  { names }: Reading,
  { model_id: id = '', source = '', tags }: messages.ModelVersion,
): EntityRef | undefined {
  if (source === 'prompt-template' || tags.some(isPrompt)) return undefined
  if (id !== '') return names.loggedModel(id)
  const [, name, version] = /^models:\/+([^/@]+)(?:\/([^/]+))?$/.exec(source) ?? []
  if (name !== undefined) return version === undefined ? names.loggedModel(name) : names.modelVersion(name, version)
  const logged = modelFolder.exec(`${source}/`)?.[1]
  if (logged !== undefined) return names.loggedModel(logged)
  const [, run, path] = /^runs:\/+([^/]+)\/(.+)$/.exec(source) ?? runFolder.exec(source) ?? []
  if (run !== undefined && path !== undefined) return names.legacyModel(run, path)
  return source === '' ? undefined : placeOf(source.replace(/\/+$/, ''), undefined)
}

function isPrompt({ key, value }: z.infer<typeof messages.keyValue>): boolean {
  return key === 'mlflow.prompt.is_prompt' && value.toLowerCase() === 'true'
}

/** A stage is what a version is in, so nothing ends. Where others have to leave it, only their common name is known. */
export function gatherStage(reading: Reading): void {
  gatherModelVersion(reading)
  const asked = messageOf(reading, 'request', messages.stageAsked)
  if (asked?.archive_existing_versions !== true) return
  const subject = ofEntity(reading.names.registeredModel(asked.name))
  describe(reading, subject, `stage.${asked.stage}`, { version: asked.version, others: 'Archived' })
}

export function gatherVersionDeleted(reading: Reading): void {
  const about = messageOf(reading, 'request', messages.aboutModel)
  if (about?.version === undefined) return
  const entity = reading.names.modelVersion(about.name, about.version)
  add(reading, { kind: 'invalidated', entity, activity: reading.call })
}

/** Who asks where a version's files are is about to load them. */
export function gatherVersionLoaded(reading: Reading): void {
  const { query } = reading.address
  const [name, version] = [query.get('name'), query.get('version')]
  if (name === null || version === null) return
  const entity = reading.names.modelVersion(name, version)
  add(reading, { kind: 'used', activity: reading.call, entity, role: 'load' })
}
