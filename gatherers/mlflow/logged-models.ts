// Facts of logged models: what a run makes before anybody registers it. MLflow 3 gives each an id; clients before that log
// files of a run and say what they are. Never reads the model's files.
import { z } from 'zod'
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
      tags: pairs(info.tags),
    }),
  )
}

export function gatherLoggedModelTags(reading: Reading, id: string): void {
  const body = messageOf(reading, 'request', z.object({ tags: z.array(messages.keyValue) }))
  const subject = ofEntity(reading.names.loggedModel(id))
  for (const { key, value } of body?.tags ?? []) describe(reading, subject, `tag.${key}`, value)
}

/** `key` as it is in the path. */
export function gatherLoggedModelTagDeleted(reading: Reading, id: string, key: string): void {
  describe(reading, ofEntity(reading.names.loggedModel(id)), `tag.${decoded(key)}`, null)
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

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
