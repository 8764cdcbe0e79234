// Facts of tags: facets `tag.<key>`. A tag that is deleted is null from then on; what it was before stays, as of then.
import type { Subject } from '../../lineage/model/fact.js'
import * as messages from './messages.js'
import { describe, messageOf, ofActivity, ofEntity, type Reading } from './reading.js'

type SubjectOf = (reading: Reading) => Subject | undefined

export function gatherTagSet(reading: Reading, subjectOf: SubjectOf): void {
  const subject = subjectOf(reading)
  const tag = messageOf(reading, 'request', messages.keyValue)
  if (subject !== undefined && tag !== undefined) describe(reading, subject, `tag.${tag.key}`, tag.value)
}

export function gatherTagDeleted(reading: Reading, subjectOf: SubjectOf): void {
  const subject = subjectOf(reading)
  const tag = messageOf(reading, 'request', messages.keyValue)
  if (subject !== undefined && tag !== undefined) describe(reading, subject, `tag.${tag.key}`, null)
}

export function runOf(reading: Reading): Subject | undefined {
  const run = messageOf(reading, 'request', messages.aboutRun)
  return run === undefined ? undefined : ofActivity(reading.names.run(run))
}

export function registeredModelOf(reading: Reading): Subject | undefined {
  const about = messageOf(reading, 'request', messages.aboutModel)
  return about && ofEntity(reading.names.registeredModel(about.name))
}

export function modelVersionOf(reading: Reading): Subject | undefined {
  const about = messageOf(reading, 'request', messages.aboutModel)
  return about?.version === undefined ? undefined : ofEntity(reading.names.modelVersion(about.name, about.version))
}

export function experimentOf(reading: Reading): Subject | undefined {
  const about = messageOf(reading, 'request', messages.aboutExperiment)
  return about && ofEntity(reading.names.experiment(about.experiment_id))
}
