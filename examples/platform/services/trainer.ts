// The training service: a job reads an export of labels and the objects these are about, fits a model, measures it on rows
// that it held out, and puts the model into the store. Jobs run beside the answers; callers poll. Registering a finished
// job's model gives it a name and a version.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import { inputOf, json, pathHandler, Refusal, type Handler } from './http-service.js'
import { keptState } from './kept-state.js'
import { getObject, putObject, type ObjectVersion } from './object-client.js'
import { accuracyOf, fitSoftmax, seededRandom, type Example } from './softmax.js'

const newJob = z.object({
  labels: z.object({ name: z.string(), version: z.int().min(1) }),
  by: z.string().min(1),
  seed: z.int().default(1),
  epochs: z.int().min(1).max(1000).default(40),
})
const newModel = z.object({ name: z.string().regex(/^[a-z0-9-]+$/), job: z.string(), by: z.string().min(1) })
const exported = z.object({
  export: z.object({
    annotations: z.array(
      z.object({ object: z.object({ uri: z.string(), versionId: z.string() }), labels: z.array(z.int()) }),
    ),
  }),
})

type JobRequest = z.infer<typeof newJob>

interface Metrics {
  readonly rows: number
  readonly heldOut: number
  /** share of held-out rows answered right, and what always answering the most frequent label would have got */
  readonly accuracy: number
  readonly majority: number
}

interface Job extends JobRequest {
  readonly id: string
  readonly state: 'queued' | 'running' | 'succeeded' | 'failed'
  readonly submittedAt: string
  readonly startedAt?: string
  readonly endedAt?: string
  readonly objects?: readonly ObjectVersion[]
  readonly artifact?: ObjectVersion
  readonly metrics?: Metrics
  readonly error?: string
}

interface Model {
  readonly name: string
  readonly version: number
  readonly job: string
  readonly by: string
  readonly artifact: ObjectVersion
}

interface State {
  readonly jobs: Record<string, Job>
  readonly models: Record<string, Model[]>
}

export interface TrainerOptions {
  readonly dir: string
  readonly storeUrl: () => string
  readonly annotationsUrl: () => string
}

export function createTrainer(options: TrainerOptions): Handler {
  const { value: state, save } = keptState<State>(join(options.dir, 'trainer.json'), { jobs: {}, models: {} })
  const keep = (job: Job): Job => {
    state.jobs[job.id] = job
    save()
    return job
  }

  return pathHandler({
    'POST /jobs': async ({ request }) => {
      const wanted = await inputOf(newJob, request)
      const job = keep({ ...wanted, id: randomBytes(4).toString('hex'), state: 'queued', submittedAt: now() })
      setImmediate(() => {
        void run(job, options, keep)
      })
      return json(202, { job })
    },
    'GET /jobs/{id}': (_call, params) => {
      const job = state.jobs[params['id'] ?? '']
      if (job === undefined) throw new Refusal(404, 'there is no such job')
      return json(200, { job })
    },
    'POST /models': async ({ request }) => {
      const { name, job: id, by } = await inputOf(newModel, request)
      const artifact = state.jobs[id]?.artifact
      if (artifact === undefined) throw new Refusal(409, `job ${id} has made no model`)
      const versions = (state.models[name] ??= [])
      const model: Model = { name, version: versions.length + 1, job: id, by, artifact }
      versions.push(model)
      save()
      return json(201, { model })
    },
    'GET /models/{name}': (_call, params) => {
      const model = state.models[params['name'] ?? '']?.at(-1)
      if (model === undefined) throw new Refusal(404, 'there is no such model')
      return json(200, { model })
    },
  })
}

async function run(queued: Job, options: TrainerOptions, keep: (job: Job) => Job): Promise<void> {
  const running = keep({ ...queued, state: 'running', startedAt: now() })
  try {
    const { objects, examples } = await examplesOf(running, options)
    const { kept, heldOut } = split(examples, running.seed)
    const model = await fitSoftmax(kept, { classes: 10, epochs: running.epochs, rate: 0.1, seed: running.seed })
    const metrics = {
      rows: kept.length,
      heldOut: heldOut.length,
      accuracy: accuracyOf(model, heldOut),
      majority: majorityOf(heldOut),
    }
    const text = JSON.stringify({ kind: 'softmax', ...model })
    const artifact = await putObject(options.storeUrl(), `s3://models/${running.id}.json`, text, 'application/json')
    keep({ ...running, state: 'succeeded', endedAt: now(), objects, artifact, metrics })
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown.message : String(thrown)
    keep({ ...running, state: 'failed', endedAt: now(), error })
  }
}

async function examplesOf(
  job: JobRequest,
  options: TrainerOptions,
): Promise<{ objects: ObjectVersion[]; examples: Example[] }> {
  const response = await fetch(`${options.annotationsUrl()}/exports/${job.labels.name}/${job.labels.version}`)
  if (!response.ok) throw new Error(`export ${job.labels.name} ${job.labels.version} was answered ${response.status}`)
  const { annotations } = exported.parse(await response.json()).export
  const examples: Example[] = []
  for (const { object, labels } of annotations) {
    const rows = (await getObject(options.storeUrl(), object)).trim().split('\n')
    for (const [at, row] of rows.entries())
      examples.push({ pixels: row.split(',').map(Number), label: labels[at] ?? 0 })
  }
  return { objects: annotations.map(({ object }) => object), examples }
}

/** Holds out a fifth, drawn by the job's seed. */
function split(examples: readonly Example[], seed: number): { kept: Example[]; heldOut: Example[] } {
  const random = seededRandom(seed)
  const kept: Example[] = []
  const heldOut: Example[] = []
  for (const example of examples) (random() < 0.2 ? heldOut : kept).push(example)
  return { kept, heldOut }
}

function majorityOf(examples: readonly Example[]): number {
  const counts = new Map<number, number>()
  for (const { label } of examples) counts.set(label, (counts.get(label) ?? 0) + 1)
  return Math.max(...counts.values()) / examples.length
}

function now(): string {
  return new Date().toISOString()
}
