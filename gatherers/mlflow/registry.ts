// Facts of registered models: the names that versions are registered under. A name that goes takes its versions with it;
// a renamed model goes on under the new name.
import * as messages from './messages.js'
import { aliasNames } from './aliases.js'
import { add, describe, known, messageOf, ofEntity, pairs, type Reading } from './reading.js'
import { versionFacts } from './versions.js'

export function gatherRegisteredModel(reading: Reading): void {
  const model = messageOf(reading, 'response', messages.registeredModel, 'registered_model')
  if (model === undefined) return
  if (reading.address.operation === 'registered-models/create') {
    const entity = reading.names.registeredModel(model.name)
    add(reading, { kind: 'generated', activity: reading.call, entity })
  }
  describeModel(reading, model)
}

function describeModel(reading: Reading, model: messages.RegisteredModel): void {
  const entity = reading.names.registeredModel(model.name)
  const tags = model.tags.length === 0 ? undefined : pairs(model.tags)
  describe(reading, ofEntity(entity), 'mlflow', known({ name: model.name, description: model.description, tags }))
  for (const { alias, version } of model.aliases) aliasNames(reading, model.name, alias, version)
}

/** The answer tells the latest version of each stage; the others are known by their runs when they are read. */
export function gatherModelRenamed(reading: Reading): void {
  const old = messageOf(reading, 'request', messages.aboutModel)
  const model = messageOf(reading, 'response', messages.registeredModel, 'registered_model')
  if (old === undefined || model === undefined || old.name === model.name) return
  const { names, call } = reading
  const entity = names.registeredModel(model.name)
  add(reading, { kind: 'generated', activity: call, entity })
  add(reading, { kind: 'derived', entity, source: names.registeredModel(old.name), transformation: 'rename' })
  for (const version of model.latest_versions) {
    const renamed = names.modelVersion(model.name, version.version)
    versionFacts(reading, version)
    const source = names.modelVersion(old.name, version.version)
    add(reading, { kind: 'derived', entity: renamed, source, transformation: 'rename' })
  }
  describeModel(reading, model)
  gone(reading, old.name)
  for (const { alias } of model.aliases) {
    const entity = names.alias(old.name, alias)
    add(reading, { kind: 'invalidated', entity, activity: call, by: 'name-at-time' })
  }
}

export function gatherRegisteredModelDeleted(reading: Reading): void {
  const about = messageOf(reading, 'request', messages.aboutModel)
  if (about !== undefined) gone(reading, about.name)
}

/** The request names no versions: none of them is current any more. */
function gone(reading: Reading, name: string): void {
  const { names, call: activity } = reading
  add(reading, { kind: 'invalidated', entity: names.registeredModel(name), activity })
  add(reading, { kind: 'invalidated', entity: names.modelVersion(name), activity, by: 'name-at-time' })
}
