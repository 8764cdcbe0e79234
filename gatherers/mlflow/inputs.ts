// Facts of what a run used and made: data sets with the objects they came from, and logged models.
import type { EntityRef, JsonValue } from '../../lineage/model/fact.js'
import * as messages from './messages.js'
import { add, describe, known, messageOf, ofEntity, type Reading } from './reading.js'

export function gatherLoggedInputs(reading: Reading): void {
  const id = messageOf(reading, 'request', messages.aboutRun)
  const inputs = messageOf(reading, 'request', messages.inputs)
  if (id !== undefined && inputs !== undefined) gatherInputs(reading, id, inputs)
}

export function gatherLoggedOutputs(reading: Reading): void {
  const id = messageOf(reading, 'request', messages.aboutRun)
  const outputs = messageOf(reading, 'request', messages.outputs)
  if (id !== undefined && outputs !== undefined) gatherOutputs(reading, id, outputs.models)
}

interface Inputs {
  readonly datasets: readonly messages.DatasetInput[]
  readonly models: readonly { readonly model_id: string }[]
}

export function gatherInputs(reading: Reading, run: string, { datasets, models }: Inputs): void {
  const activity = reading.names.run(run)
  for (const input of datasets) gatherDataset(reading, run, input)
  for (const { model_id } of models) {
    add(reading, { kind: 'used', activity, entity: reading.names.loggedModel(model_id), role: 'model' })
  }
}

export function gatherOutputs(reading: Reading, run: string, models: Inputs['models']): void {
  for (const { model_id } of models) {
    const entity = reading.names.loggedModel(model_id)
    add(reading, { kind: 'generated', activity: reading.names.run(run), entity, role: 'model' })
  }
}

function gatherDataset(reading: Reading, run: string, { dataset, tags }: messages.DatasetInput): void {
  const entity: EntityRef = { type: 'dataset', name: dataset.name, version: dataset.digest }
  const role = tags.find(({ key }) => key === 'mlflow.data.context')?.value
  add(reading, {
    kind: 'used',
    activity: reading.names.run(run),
    entity,
    ...(role === undefined || role === '' ? {} : { role }),
  })
  describe(
    reading,
    ofEntity(entity),
    'mlflow',
    known({
      sourceType: dataset.source_type,
      source: dataset.source,
      schema: jsonOf(dataset.schema),
      profile: jsonOf(dataset.profile),
    }),
  )
  const source = sourceOf(dataset.source)
  if (source === undefined) return
  // MLflow names no version of the source: the one that was current while the client logged it is meant.
  const current = source.version === undefined
  add(reading, {
    kind: 'derived',
    entity,
    source,
    transformation: 'load',
    by: current ? 'name-at-time' : 'observed',
    time: current ? reading.exchange.record.startedAt : reading.at,
  })
}

/** The thing that a data set's `source` (JSON, one shape per `source_type`) points at; undefined where it points at none. */
export function sourceOf(source: string | undefined): EntityRef | undefined {
  const value = jsonOf(source)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const member = (name: string): string | undefined => {
    const found = (value as Readonly<Record<string, JsonValue>>)[name]
    return typeof found === 'string' && found !== '' ? found : typeof found === 'number' ? String(found) : undefined
  }
  const table = member('delta_table_name') ?? member('table_name')
  if (table !== undefined) return versioned({ type: 'table', name: table }, member('delta_table_version'))
  const place = member('uri') ?? member('url') ?? member('path')
  return place === undefined ? undefined : placeOf(place, member('revision') ?? member('delta_table_version'))
}

/** `s3a://` and `s3n://` are Hadoop's words for `s3://`; a key keeps every character it has. */
export function placeOf(place: string, version: string | undefined): EntityRef {
  const [, scheme, rest] = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(place) ?? []
  if (scheme === undefined || rest === undefined) return versioned({ type: 'object', name: place }, version)
  const same = /^s3[an]$/i.test(scheme) ? 's3' : scheme.toLowerCase()
  const asked = same === 's3' ? /^(.*)\?versionId=([^&]+)$/s.exec(rest) : null
  return versioned({ type: 'object', name: `${same}:${asked?.[1] ?? rest}` }, asked?.[2] ?? version)
}

function versioned(ref: EntityRef, version: string | undefined): EntityRef {
  return version === undefined ? ref : { ...ref, version }
}

function jsonOf(text: string | undefined): JsonValue | undefined {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    return text
  }
}
