// Which operations say something about provenance, and what reads each of them. All others are silent: searches,
// histories, settings, traces.
import * as aliases from './aliases.js'
import * as artifacts from './artifacts.js'
import { gatherLoggedInputs, gatherLoggedOutputs } from './inputs.js'
import * as loggedModels from './logged-models.js'
import * as pages from './pages.js'
import type { Reading } from './reading.js'
import * as registry from './registry.js'
import * as runs from './runs.js'
import * as experiments from './experiments.js'
import * as tags from './tags.js'
import * as uploads from './uploads.js'
import * as versions from './versions.js'

export type Operation = (reading: Reading) => void

const operations: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['POST experiments/create', experiments.gatherExperimentCreated],
  ['GET experiments/get', experiments.gatherExperiment],
  ['GET experiments/get-by-name', experiments.gatherExperiment],
  ['POST experiments/update', experiments.gatherExperimentRenamed],
  ['POST experiments/delete', (reading) => experiments.gatherExperimentLifecycle(reading, 'deleted')],
  ['POST experiments/restore', (reading) => experiments.gatherExperimentLifecycle(reading, 'active')],
  ['POST experiments/set-experiment-tag', (reading) => tags.gatherTagSet(reading, tags.experimentOf)],
  ['POST experiments/delete-experiment-tag', (reading) => tags.gatherTagDeleted(reading, tags.experimentOf)],
  ['POST runs/create', runs.gatherRunCreated],
  ['GET runs/get', runs.gatherRunSeen],
  ['POST runs/update', runs.gatherRunUpdated],
  ['POST runs/delete', (reading) => runs.gatherRunLifecycle(reading, 'deleted')],
  ['POST runs/restore', (reading) => runs.gatherRunLifecycle(reading, 'active')],
  ['POST runs/log-batch', runs.gatherBatch],
  ['POST runs/log-metric', runs.gatherMetric],
  ['POST runs/log-parameter', (reading) => runs.gatherParameterOrTag(reading, 'params')],
  ['POST runs/set-tag', (reading) => runs.gatherParameterOrTag(reading, 'tags')],
  ['POST runs/delete-tag', (reading) => tags.gatherTagDeleted(reading, tags.runOf)],
  ['POST runs/log-inputs', gatherLoggedInputs],
  ['POST runs/outputs', gatherLoggedOutputs],
  ['POST runs/log-model', loggedModels.gatherLegacyModel],
  ['POST logged-models', loggedModels.gatherLoggedModel],
  ['POST registered-models/create', registry.gatherRegisteredModel],
  ['GET registered-models/get', registry.gatherRegisteredModel],
  ['PATCH registered-models/update', registry.gatherRegisteredModel],
  ['POST registered-models/rename', registry.gatherModelRenamed],
  ['DELETE registered-models/delete', registry.gatherRegisteredModelDeleted],
  ['POST registered-models/set-tag', (reading) => tags.gatherTagSet(reading, tags.registeredModelOf)],
  ['DELETE registered-models/delete-tag', (reading) => tags.gatherTagDeleted(reading, tags.registeredModelOf)],
  ['POST registered-models/alias', aliases.gatherAliasSet],
  ['GET registered-models/alias', versions.gatherModelVersion],
  ['DELETE registered-models/alias', aliases.gatherAliasDeleted],
  ['POST model-versions/create', versions.gatherVersionCreated],
  ['GET model-versions/get', versions.gatherModelVersion],
  ['PATCH model-versions/update', versions.gatherModelVersion],
  ['POST model-versions/transition-stage', versions.gatherStage],
  ['POST model-versions/set-tag', (reading) => tags.gatherTagSet(reading, tags.modelVersionOf)],
  ['DELETE model-versions/delete-tag', (reading) => tags.gatherTagDeleted(reading, tags.modelVersionOf)],
  ['DELETE model-versions/delete', versions.gatherVersionDeleted],
  ['GET model-versions/get-download-uri', versions.gatherVersionLoaded],
  ['GET model-versions/get-artifact', pages.gatherVersionFileShown],
  ['GET get-artifact', pages.gatherRunFileShown],
  ['POST upload-artifact', pages.gatherRunFileUploaded],
])

export function operationOf(method: string, operation: string): Operation | undefined {
  const found = operations.get(`${method} ${operation}`)
  if (found !== undefined) return found
  const [, id, part, tag] = /^logged-models\/([^/]+)(?:\/(tags|params|artifacts)(?:\/(.+))?)?$/.exec(operation) ?? []
  return id === undefined || id === 'search' ? undefined : ofLoggedModel(method, id, { part, tag })
}

interface Place {
  readonly part: string | undefined
  /** what stands behind it */
  readonly tag: string | undefined
}

function ofLoggedModel(method: string, id: string, { part, tag }: Place): Operation | undefined {
  switch (`${method} ${part ?? ''}`) {
    case 'GET ':
    case 'PATCH ':
      return loggedModels.gatherLoggedModel
    case 'DELETE ':
      return (reading) => loggedModels.gatherLoggedModelDeleted(reading, id)
    case 'GET artifacts':
      return tag === 'files' ? (reading) => pages.gatherModelFileShown(reading, id) : undefined
    case 'POST params':
      return (reading) => loggedModels.gatherLoggedModelParameters(reading, id)
    case 'PATCH tags':
      return (reading) => loggedModels.gatherLoggedModelTags(reading, id)
    case 'DELETE tags':
      return tag === undefined ? undefined : (reading) => loggedModels.gatherLoggedModelTagDeleted(reading, id, tag)
    default:
      return undefined
  }
}

type ArtifactOperation = (reading: Reading, path: string) => void

const ofFile =
  (gather: (reading: Reading, file: artifacts.ArtifactFile) => void): ArtifactOperation =>
  (reading, path) =>
    gather(reading, artifacts.fileAt(reading.names, path))

const artifactOperations: ReadonlyMap<string, ArtifactOperation> = new Map([
  ['PUT artifacts', ofFile(artifacts.gatherUploaded)],
  ['GET artifacts', ofFile(artifacts.gatherDownloaded)],
  ['DELETE artifacts', ofFile(artifacts.gatherRemoved)],
  ['GET presigned', ofFile(artifacts.gatherHandedOut)],
  ['POST mpu/create', uploads.gatherUploadCreated],
  ['POST mpu/complete', uploads.gatherUploadCompleted],
])

/** The files of traces are as silent as the traces. */
const traceFolder = /(?:^|\/)traces\/[^/]+\/artifacts(?:\/|$)/

export function artifactOperationOf(method: string, operation: string): Operation | undefined {
  const [, what, path] = /^(artifacts|presigned|mpu\/(?:create|complete))\/(.+)$/s.exec(operation) ?? []
  if (what === undefined || path === undefined || traceFolder.test(path)) return undefined
  const found = artifactOperations.get(`${method} ${what}`)
  return found && ((reading) => found(reading, path))
}
