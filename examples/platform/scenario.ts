// Plays the people of the platform: dana uploads scans, alice and bob label them, carol exports the labels, has a model
// trained and registers it, erin asks it. Speaks to whatever base URLs it is given, with nothing but the services' own
// calls; where a gateway answers, its `Waybill-Exchange` fields are kept beside the answers.
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import type { Digit, Digits } from './digits.js'

/** Base URLs, no trailing slash. */
export interface Addresses {
  readonly store: string
  readonly annotations: string
  readonly trainer: string
  readonly inference: string
}

export interface Answered {
  /** digit that the model sees, and the one that it is */
  readonly digit: number
  readonly truth: number
  readonly model: { readonly name: string; readonly version: number }
  /** id of the exchange, where a gateway gave one */
  readonly exchange: string | null
}

export interface Trained {
  readonly job: string
  readonly model: { readonly name: string; readonly version: number }
  readonly rows: number
  readonly heldOut: number
  readonly accuracy: number
  readonly majority: number
}

export interface Played {
  readonly trained: Trained
  readonly answers: readonly Answered[]
}

const exported = z.object({ export: z.object({ name: z.string(), version: z.int() }) })
const jobAnswer = z.object({
  job: z.object({
    id: z.string(),
    state: z.string(),
    error: z.string().optional(),
    metrics: z.object({ rows: z.int(), heldOut: z.int(), accuracy: z.number(), majority: z.number() }).optional(),
  }),
})
const modelAnswer = z.object({ model: z.object({ name: z.string(), version: z.int() }) })
const predicted = z.object({
  prediction: z.object({ digit: z.int(), model: z.object({ name: z.string(), version: z.int() }) }),
})

/** Everything from the first upload to `questions` answers. */
export async function playScenario(at: Addresses, digits: Digits, questions = 3): Promise<Played> {
  await uploadAndLabel(at, digits)
  return trainAndAsk(at, digits.unseen.slice(0, questions))
}

/** dana uploads a batch of scans, makes a task of it, and alice (first half) or bob labels it; for each batch. */
async function uploadAndLabel(at: Addresses, digits: Digits): Promise<void> {
  await call('PUT', `${at.store}/lake`)
  await call('PUT', `${at.store}/models`)
  for (const [index, batch] of digits.batches.entries()) {
    const name = `digits-0${index + 1}`
    const scans = batch.map(({ pixels }) => pixels.join(',')).join('\n')
    const { headers } = await call('PUT', `${at.store}/lake/scans/${name}.csv`, `${scans}\n`, dana)
    const object = { uri: `s3://lake/scans/${name}.csv`, versionId: headers.get('x-amz-version-id') }
    await call('POST', `${at.annotations}/tasks`, { name, object })
    const annotator = index < digits.batches.length / 2 ? 'alice' : 'bob'
    const labels = batch.map(({ digit }) => digit)
    await call('POST', `${at.annotations}/tasks/${name}/annotations`, { annotator, labels })
  }
}

/** `annotator` changes the label of one row of a task (`digits-01`, …). */
export async function correctLabel(
  at: Addresses,
  task: string,
  correction: { readonly annotator: string; readonly row: number; readonly label: number },
): Promise<void> {
  await call('POST', `${at.annotations}/tasks/${task}/corrections`, correction)
}

/** carol exports the labels as they are now, trains on them and registers the model; erin asks about `unseen`. */
export async function trainAndAsk(at: Addresses, unseen: readonly Digit[]): Promise<Played> {
  const request = { name: 'digits', by: 'carol' }
  const made = exported.parse((await call('POST', `${at.annotations}/exports`, request)).value).export
  const order = { labels: { name: made.name, version: made.version }, by: 'carol' }
  const submitted = jobAnswer.parse((await call('POST', `${at.trainer}/jobs`, order)).value)
  const job = await finished(at, submitted.job)
  if (job.metrics === undefined) throw new Error(`training failed: ${job.error ?? 'no reason given'}`)
  const registration = { name: 'digits', job: job.id, by: 'carol' }
  const { model } = modelAnswer.parse((await call('POST', `${at.trainer}/models`, registration)).value)
  const answers: Answered[] = []
  for (const digit of unseen) answers.push(await ask(at, model.name, digit))
  return { trained: { job: job.id, model, ...job.metrics }, answers }
}

type Job = z.infer<typeof jobAnswer>['job']

async function finished(at: Addresses, submitted: Job): Promise<Job> {
  let job = submitted
  while (job.state === 'queued' || job.state === 'running') {
    await wait(50)
    job = jobAnswer.parse((await call('GET', `${at.trainer}/jobs/${job.id}`)).value).job
  }
  return job
}

async function ask(at: Addresses, model: string, { pixels, digit }: Digit): Promise<Answered> {
  const { value, headers } = await call('POST', `${at.inference}/predict`, { model, pixels })
  const { prediction } = predicted.parse(value)
  return { digit: prediction.digit, truth: digit, model: prediction.model, exchange: headers.get('waybill-exchange') }
}

/** Credentials as a person's S3 tool or browser sends them; the example's store lets everybody in. */
const dana = { authorization: `Basic ${Buffer.from('dana:correct horse').toString('base64')}` }

interface CallAnswer {
  readonly value: unknown
  readonly headers: Headers
}

async function call(method: string, url: string, body?: unknown, credentials = {}): Promise<CallAnswer> {
  const sent = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
  const type = typeof body === 'string' ? 'text/csv' : 'application/json'
  const response = await fetch(url, {
    method,
    ...(sent === undefined ? {} : { body: sent, headers: { ...credentials, 'content-type': type } }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${url} was answered ${response.status}: ${text}`)
  return { value: text === '' ? null : JSON.parse(text), headers: response.headers }
}
