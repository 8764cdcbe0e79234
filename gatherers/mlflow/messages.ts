// The parts of MLflow's messages that carry provenance (mlflow/protos/service.proto, model_registry.proto). Unknown
// members are dropped; 64-bit integers come as numbers or, from other JSON encoders, as strings.
import { z } from 'zod'

const integer = z.union([
  z.number(),
  z
    .string()
    .regex(/^-?\d{1,15}$/)
    .transform(Number),
])
const text = z.string()
const version = z.union([text, z.number().transform(String)])

export const keyValue = z.object({ key: text, value: text.default('') })
/** A metric of a run; MLflow 3 also says of which model, measured on which data set. */
export const metric = z.object({
  key: text,
  value: z.union([z.number(), text]),
  step: integer.default(0),
  /** milliseconds of the epoch; 0 where the client says nothing of use */
  timestamp: integer.catch(0),
  model_id: text.optional(),
  dataset_name: text.optional(),
  dataset_digest: text.optional(),
})
export type Metric = z.infer<typeof metric>

const status = z.enum(['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'])

export const runInfo = z.object({
  run_id: text,
  experiment_id: text.optional(),
  run_name: text.optional(),
  user_id: text.optional(),
  status: status.optional(),
  start_time: integer.optional(),
  end_time: integer.optional(),
  artifact_uri: text.optional(),
})
export type RunInfo = z.infer<typeof runInfo>

export const datasetInput = z.object({
  tags: z.array(keyValue).default([]),
  dataset: z.object({
    name: text,
    digest: text,
    source_type: text.optional(),
    source: text.optional(),
    schema: text.optional(),
    profile: text.optional(),
  }),
})
export type DatasetInput = z.infer<typeof datasetInput>

/** What clients before MLflow 3 write to a model's `MLmodel`. */
export const legacyModel = z.object({
  model_id: text.nullish(),
  model_uuid: text.nullish(),
  artifact_path: text.nullish(),
  utc_time_created: text.nullish(),
  mlflow_version: text.nullish(),
  flavors: z.record(text, z.unknown()).default({}),
})

const modelReference = z.object({ model_id: text })

export const run = z.object({
  info: runInfo,
  data: z
    .object({
      metrics: z.array(metric).default([]),
      params: z.array(keyValue).default([]),
      tags: z.array(keyValue).default([]),
    })
    .prefault({}),
  inputs: z
    .object({ dataset_inputs: z.array(datasetInput).default([]), model_inputs: z.array(modelReference).default([]) })
    .prefault({}),
  outputs: z.object({ model_outputs: z.array(modelReference).default([]) }).prefault({}),
})
export type Run = z.infer<typeof run>

/** Requests about one run name it by `run_id`, old clients by `run_uuid`. */
export const aboutRun = z
  .object({ run_id: text.optional(), run_uuid: text.optional() })
  .transform(({ run_id, run_uuid }) => run_id ?? run_uuid ?? '')
  .pipe(text.min(1))

export const batch = z.object({
  metrics: z.array(metric).default([]),
  params: z.array(keyValue).default([]),
  tags: z.array(keyValue).default([]),
})

export const inputs = z.object({
  datasets: z.array(datasetInput).default([]),
  models: z.array(modelReference).default([]),
})

export const outputs = z.object({ models: z.array(modelReference).default([]) })

export const loggedModel = z.object({
  info: z.object({
    model_id: text,
    experiment_id: text.optional(),
    name: text.optional(),
    artifact_uri: text.optional(),
    status: text.optional(),
    model_type: text.optional(),
    source_run_id: text.optional(),
    creation_timestamp_ms: integer.optional(),
    tags: z.array(keyValue).default([]),
  }),
  data: z.object({ params: z.array(keyValue).default([]), metrics: z.array(metric).default([]) }).prefault({}),
})
export type LoggedModel = z.infer<typeof loggedModel>

export const modelVersion = z.object({
  name: text,
  version,
  run_id: text.optional(),
  source: text.optional(),
  model_id: text.optional(),
  current_stage: text.optional(),
  description: text.optional(),
  status: text.optional(),
  user_id: text.optional(),
  creation_timestamp: integer.optional(),
  tags: z.array(keyValue).default([]),
})
export type ModelVersion = z.infer<typeof modelVersion>

/** A registered model or one of its versions, as requests name them. */
export const aboutModel = z.object({ name: text, version: version.optional(), alias: text.optional() })

export const stageAsked = z.object({
  name: text,
  version,
  stage: text,
  archive_existing_versions: z.boolean().default(false),
})

export const registeredModel = z.object({
  name: text,
  description: text.optional(),
  tags: z.array(keyValue).default([]),
  aliases: z.array(z.object({ alias: text, version })).default([]),
  latest_versions: z.array(modelVersion).default([]),
})
export type RegisteredModel = z.infer<typeof registeredModel>

export const aboutExperiment = z.object({ experiment_id: text })

export const experimentFacets = z.object({
  name: text.optional(),
  artifact_location: text.optional(),
  lifecycle_stage: text.optional(),
})
export type ExperimentFacets = z.infer<typeof experimentFacets>

export const experiment = aboutExperiment.extend(experimentFacets.shape)

export const uploadAsked = z.object({ path: text })

export const uploadCreated = z.object({ credentials: z.array(z.object({ url: text })).default([]) })

const uploadPart = z.object({ part_number: integer, etag: text.default(''), url: text.optional() })
export type UploadPart = z.infer<typeof uploadPart>

export const uploadCompleted = uploadAsked.extend({ parts: z.array(uploadPart).default([]) })
