// Facts of aliases: movable names of model versions. Each setting makes a version of the alias's own name, called after the
// model version that it names and derived from it, so that whoever refers to the bare alias reaches what it named at that
// time. Never says `alias-of`, which would be identity for good.
import * as messages from './messages.js'
import { add, messageOf, type Reading } from './reading.js'

export function gatherAliasSet(reading: Reading): void {
  const about = messageOf(reading, 'request', messages.aboutModel)
  if (about?.version === undefined || about.alias === undefined) return
  const entity = reading.names.alias(about.name, about.alias, about.version)
  add(reading, { kind: 'generated', activity: reading.call, entity, role: 'alias' })
  aliasNames(reading, about.name, about.alias, about.version)
}

/** Who asks what an alias names is about to use that version. */
export function gatherAliasUsed(reading: Reading, { name, version }: messages.ModelVersion): void {
  const alias = reading.address.query.get('alias')
  if (alias === null) return
  const entity = reading.names.alias(name, alias, version)
  add(reading, { kind: 'used', activity: reading.call, entity, role: 'alias', by: 'name-at-time' })
  aliasNames(reading, name, alias, version)
}

export function gatherAliasDeleted(reading: Reading): void {
  const about = messageOf(reading, 'request', messages.aboutModel)
  if (about?.alias === undefined) return
  const entity = reading.names.alias(about.name, about.alias)
  add(reading, { kind: 'invalidated', entity, activity: reading.call, by: 'name-at-time' })
}

/** `alias` of the registered model `name` stands for `version` now. */
export function aliasNames(reading: Reading, name: string, alias: string, version: string): void {
  const entity = reading.names.alias(name, alias, version)
  const source = reading.names.modelVersion(name, version)
  add(reading, { kind: 'derived', entity, source, transformation: 'alias' })
}
