// Facts of logged models: what a run makes before anybody registers it. MLflow 3 gives each an id; clients before that log
// files of a run and say what they are. Never reads the model's files.
import { z } from 'zod'
import type { EntityRef } from '../../lineage/model/fact.js'
import { decoded } from './address.js'
import * as messages from './messages.js'
import { add, describe, known, messageOf, ofEntity, pairs, since, type Reading } from './reading.js'

export function gatherLoggedModel(reading: Reading): void {
  const model = messageOf(reading, 'response', messages.loggedModel, 'model')
  if (model === undefined) return
  const { info, data } = model
  const entity = reading.names.loggedModel(info.model_id)
  const created = reading.exchange.record.request.method === 'POST'
  if (info.source_run_id !== undefined && info.source_run_id !== '') {
    const time = created ? reading.at : since(reading, info.creation_timestamp_ms)
    add(reading, { kind: 'generated', activity: reading.names.run(info.source_run_id), entity, role: 'model', time })
  } else if (created) {
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
      metrics: pairs(data.metrics),
      tags: pairs(info.tags),
    }),
  )
}

export function gatherLoggedModelTags(reading: Reading, id: string): void {
  const body = messageOf(reading, 'request', z.object({ tags: z.array(messages.keyValue) }))
  const subject = ofEntity(reading.names.loggedModel(id))
  for (const { key, value } of body?.tags ?? []) describe(reading, subject, `tag.${key}`, value)
}

export function gatherLoggedModelParameters(reading: Reading, id: string): void {
  const body = messageOf(reading, 'request', z.object({ params: z.array(messages.keyValue) }))
  const subject = ofEntity(reading.names.loggedModel(id))
  for (const { key, value } of body?.params ?? []) describe(reading, subject, `param.${key}`, value)
}

/** `key` as it is in the path. */
export function gatherLoggedModelTagDeleted(reading: Reading, id: string, key: string): void {
  describe(reading, ofEntity(reading.names.loggedModel(id)), `tag.${decoded(key)}`, null)
}

export function gatherLoggedModelDeleted(reading: Reading, id: string): void {
  add(reading, { kind: 'invalidated', entity: reading.names.loggedModel(id), activity: reading.call })
}

/**
 * Clients before MLflow 3 log a model as a directory of a run's artifacts and say so with its `MLmodel` as JSON. The
 * directory is its name, since versions are registered from it; logged there once more it is another version of that name.
 */
export function gatherLegacyModel(reading: Reading): void {
  const run = messageOf(reading, 'request', messages.aboutRun)
  const body = messageOf(reading, 'request', z.object({ model_json: z.string() }))
  if (run === undefined || body === undefined) return
  const model = messages.legacyModel.safeParse(parsed(body.model_json)).data
  const entity = model && legacyEntity(reading, run, model)
  if (model === undefined || entity === undefined) {
    reading.gaps.push({ reason: 'body-unparsed', about: 'model_json of runs/log-model' })
    return
  }
  add(reading, { kind: 'generated', activity: reading.names.run(run), entity, role: 'model' })
  const { artifact_path: artifacts, utc_time_created: created, mlflow_version: mlflow } = model
  const facet = { artifacts: artifacts ?? undefined, created: created ?? undefined, mlflow: mlflow ?? undefined }
  describe(reading, ofEntity(entity), 'mlflow', known({ ...facet, flavors: Object.keys(model.flavors) }))
}

function legacyEntity(
  reading: Reading,
  run: string,
  model: z.infer<typeof messages.legacyModel>,
): EntityRef | undefined {
  if (typeof model.model_id === 'string') return reading.names.loggedModel(model.model_id)
  if (typeof model.artifact_path !== 'string') return undefined
  return reading.names.legacyModel(run, model.artifact_path, model.model_uuid ?? undefined)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
