// Facts of experiments: what runs are associated with. MLflow deletes them so that they can be restored, so nothing is
// invalidated.
import { z } from 'zod'
import type { EntityRef } from '../../lineage/model/fact.js'
import * as messages from './messages.js'
import { add, describe, messageOf, ofEntity, type Reading } from './reading.js'

export function gatherExperimentCreated(reading: Reading): void {
  const made = messageOf(reading, 'response', messages.aboutExperiment)
  const asked = messageOf(reading, 'request', messages.experimentFacets)
  if (made === undefined) return
  const entity = reading.names.experiment(made.experiment_id)
  add(reading, { kind: 'generated', activity: reading.call, entity })
  if (asked !== undefined) describeExperiment(reading, entity, asked)
}

export function gatherExperiment(reading: Reading): void {
  const seen = messageOf(reading, 'response', messages.experiment, 'experiment')
  if (seen !== undefined) describeExperiment(reading, reading.names.experiment(seen.experiment_id), seen)
}

export function gatherExperimentRenamed(reading: Reading): void {
  const about = messageOf(reading, 'request', messages.aboutExperiment.extend({ new_name: z.string().optional() }))
  if (about === undefined) return
  describeExperiment(reading, reading.names.experiment(about.experiment_id), { name: about.new_name })
}

export function gatherExperimentLifecycle(reading: Reading, stage: 'deleted' | 'active'): void {
  const about = messageOf(reading, 'request', messages.aboutExperiment)
  if (about === undefined) return
  describeExperiment(reading, reading.names.experiment(about.experiment_id), { lifecycle_stage: stage })
}

function describeExperiment(reading: Reading, entity: EntityRef, facets: messages.ExperimentFacets): void {
  const { name, artifact_location, lifecycle_stage } = facets
  const told = { name, 'mlflow.artifacts': artifact_location, 'mlflow.lifecycle': lifecycle_stage }
  for (const [facet, value] of Object.entries(told)) {
    if (value !== undefined && value !== '') describe(reading, ofEntity(entity), facet, value)
  }
}
