// Facts of logged models (MLflow 3: what a run makes) and of the registry: versions, aliases, stages.
import { z } from 'zod'
import type { EntityRef } from '../../lineage/model/fact.js'
import { agentOf } from '../caller.js'
import { aliasNames, gatherAliasUsed } from './aliases.js'
import * as messages from './messages.js'
import { add, describe, known, messageOf, ofEntity, pairs, since, type Reading } from './reading.js'

export function gatherLoggedModel(reading: Reading): void {
  const model = messageOf(reading, 'response', messages.loggedModel, 'model')
  if (model === undefined) return
  const { info, data } = model
  const entity = reading.names.loggedModel(info.model_id)
  if (info.source_run_id !== undefined && info.source_run_id !== '') {
    const time = since(reading, info.creation_timestamp_ms)
    add(reading, { kind: 'generated', activity: reading.names.run(info.source_run_id), entity, role: 'model', time })
  } else if (reading.exchange.record.request.method === 'POST') {
    add(reading, { kind: 'generated', activity: reading.call, entity, role: 'model' })
  }
  describe(
    reading,
    ofEntity(entity),
    'mlflow',
    known({
      name: info.name,
      type: info.model_type,
      status: info.status,
      artifacts: info.artifact_uri,
      params: pairs(data.params),
      tags: pairs(info.tags),
    }),
  )
}

export function gatherLoggedModelTags(reading: Reading, id: string): void {
  const body = messageOf(reading, 'request', z.object({ tags: z.array(messages.keyValue) }))
  const subject = ofEntity(reading.names.loggedModel(id))
  for (const { key, value } of body?.tags ?? []) describe(reading, subject, `tag.${key}`, value)
}

export function gatherLoggedModelDeleted(reading: Reading, id: string): void {
  add(reading, { kind: 'invalidated', entity: reading.names.loggedModel(id), activity: reading.call })
}

/** Clients before MLflow 3 log a model as a directory of a run's artifacts and say so with its `MLmodel` as JSON. */
export function gatherLegacyModel(reading: Reading): void {
  const id = messageOf(reading, 'request', messages.aboutRun)
  const body = messageOf(reading, 'request', z.object({ model_json: z.string() }))
  if (id === undefined || body === undefined) return
  const shape = z.object({ model_id: z.string().optional(), model_uuid: z.string().optional() })
  const model = shape.safeParse(parsed(body.model_json))
  const name = model.data?.model_id ?? model.data?.model_uuid
  if (name === undefined) {
    reading.gaps.push({ reason: 'body-unparsed', about: 'model_json of runs/log-model' })
    return
  }
  const entity = reading.names.loggedModel(name)
  add(reading, { kind: 'generated', activity: reading.names.run(id), entity, role: 'model' })
}

export function gatherModelVersion(reading: Reading): void {
  const version = messageOf(reading, 'response', messages.modelVersion, 'model_version')
  if (version === undefined) return
  const { operation } = reading.address
  const entity = reading.names.modelVersion(version.name, version.version)
  const created = operation === 'model-versions/create'
  const time = since(reading, version.creation_timestamp)
  const run = version.run_id ?? ''
  if (run !== '') {
    add(reading, { kind: 'generated', activity: reading.names.run(run), entity, role: 'model-version', time })
  } else if (created) {
    add(reading, { kind: 'generated', activity: reading.call, entity, role: 'model-version' })
  }
  const general = reading.names.registeredModel(version.name)
  add(reading, { kind: 'specialization-of', entity, general, time })
  const asked = created ? messageOf(reading, 'request', z.object({ model_id: z.string().optional() })) : undefined
  const source = modelSource(reading, version.model_id ?? asked?.model_id ?? '', version.source ?? '')
  if (source !== undefined) add(reading, { kind: 'derived', entity, source, transformation: 'register', time })
  describeVersion(reading, entity, version)
  if (operation === 'registered-models/alias') gatherAliasUsed(reading, version)
  const caller = created ? agentOf(reading.exchange.record) : undefined
  if (caller === undefined) return
  const subject = ofEntity(entity)
  add(reading, { kind: 'attributed-to', subject, agent: caller.agent, role: 'registered', by: caller.by })
}

/** `models:/<id>` is a logged model, `models:/<name>/<version>` a version that was copied. */
function modelSource(reading: Reading, id: string, source: string): EntityRef | undefined {
  if (id !== '') return reading.names.loggedModel(id)
  const [, name, version] = /^models:\/+([^/]+)(?:\/([^/]+))?$/.exec(source) ?? []
  if (name === undefined) return undefined
  return version === undefined ? reading.names.loggedModel(name) : reading.names.modelVersion(name, version)
}

function describeVersion(reading: Reading, entity: EntityRef, version: messages.ModelVersion): void {
  const stage = version.current_stage === 'None' ? undefined : version.current_stage
  const { source, description, status, tags } = version
  const facet = { source, description, status, stage, tags: tags.length === 0 ? undefined : pairs(tags) }
  describe(reading, ofEntity(entity), 'mlflow', known(facet))
}

export function gatherVersionTag(reading: Reading): void {
  const about = messageOf(reading, 'request', messages.aboutModel)
  const pair = messageOf(reading, 'request', messages.keyValue)
  if (about?.version === undefined || pair === undefined) return
  const entity = reading.names.modelVersion(about.name, about.version)
  describe(reading, ofEntity(entity), `tag.${pair.key}`, pair.value)
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

export function gatherRegisteredModel(reading: Reading): void {
  const model = messageOf(reading, 'response', messages.registeredModel, 'registered_model')
  if (model === undefined) return
  const entity = reading.names.registeredModel(model.name)
  if (reading.address.operation === 'registered-models/create') {
    add(reading, { kind: 'generated', activity: reading.call, entity })
  }
  const tags = model.tags.length === 0 ? undefined : pairs(model.tags)
  describe(reading, ofEntity(entity), 'mlflow', known({ name: model.name, description: model.description, tags }))
  for (const { alias, version } of model.aliases) aliasNames(reading, model.name, alias, version)
}

export function gatherRegisteredModelDeleted(reading: Reading): void {
  const about = messageOf(reading, 'request', messages.aboutModel)
  if (about === undefined) return
  const entity = reading.names.registeredModel(about.name)
  add(reading, { kind: 'invalidated', entity, activity: reading.call })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
