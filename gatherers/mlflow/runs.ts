// Facts of runs: who ran what, with which parameters, from when to when, in which experiment. MLflow deletes a run so that it
// can be restored, and what happened has happened: a facet says so, and nothing is invalidated.
import { fromMillis } from '../../core/clock.js'
import type { Micros } from '../../core/ids.js'
import type { Phase } from '../../lineage/model/fact.js'
import { runningBefore } from '../running-before.js'
import { gatherInputs, gatherOutputs } from './inputs.js'
import * as messages from './messages.js'
import { describeMetrics, describeModels } from './metrics.js'
import { add, describe, known, messageOf, ofActivity, pairs, type Reading } from './reading.js'

type KeyValue = { readonly key: string; readonly value: string }

type Status = NonNullable<messages.RunInfo['status']>

const phases: Readonly<Record<Status, Phase>> = {
  SCHEDULED: 'START',
  RUNNING: 'RUNNING',
  FINISHED: 'COMPLETE',
  FAILED: 'FAIL',
  KILLED: 'ABORT',
}

export function gatherRunCreated(reading: Reading): void {
  const run = messageOf(reading, 'response', messages.run, 'run')
  if (run === undefined) return
  runState(reading, run.info)
  runOrigin(reading, run)
  runFacets(reading, run.info.run_id, run.data)
  add(reading, { kind: 'informed-by', activity: reading.names.run(run.info.run_id), informant: reading.call })
}

/** What a run is by now: one snapshot, since clients ask again and again. */
export function gatherRunSeen(reading: Reading): void {
  const run = messageOf(reading, 'response', messages.run, 'run')
  if (run === undefined) return
  const { info, data } = run
  const activity = reading.names.run(info.run_id)
  runState(reading, info)
  runOrigin(reading, run)
  describe(reading, ofActivity(activity), 'mlflow.run', {
    params: pairs(data.params),
    metrics: pairs(data.metrics),
    tags: pairs(data.tags),
  })
  // Only what was used and made: which object version a data set came from is a matter of when it was logged.
  const time = spanOf(info).startedAt ?? reading.at
  for (const { dataset } of run.inputs.dataset_inputs) {
    const entity = { type: 'dataset', name: dataset.name, version: dataset.digest }
    add(reading, { kind: 'used', activity, entity, time })
  }
  gatherInputs(reading, info.run_id, { datasets: [], models: run.inputs.model_inputs })
  gatherOutputs(reading, info.run_id, run.outputs.model_outputs)
}

export function gatherRunUpdated(reading: Reading): void {
  const info = messageOf(reading, 'response', messages.runInfo, 'run_info')
  if (info === undefined) return
  runState(reading, info)
  // A run may be said to have ended otherwise than was said before, with the end that it had: the later word stands.
  const told = info.status !== undefined && spanOf(info).endedAt !== undefined ? info.status : undefined
  if (told !== undefined) add(reading, stateOf(reading, info, told))
  describeRun(reading, info)
}

export function gatherRunLifecycle(reading: Reading, stage: 'deleted' | 'active'): void {
  const id = messageOf(reading, 'request', messages.aboutRun)
  if (id !== undefined) describe(reading, ofActivity(reading.names.run(id)), 'mlflow.lifecycle', stage)
}

export function gatherBatch(reading: Reading): void {
  const id = messageOf(reading, 'request', messages.aboutRun)
  const batch = messageOf(reading, 'request', messages.batch)
  if (id === undefined || batch === undefined) return
  runFacets(reading, id, batch)
  describeModels(reading, batch.metrics)
  tagFacts(reading, id, batch.tags)
}

export function gatherMetric(reading: Reading): void {
  const id = messageOf(reading, 'request', messages.aboutRun)
  const metric = messageOf(reading, 'request', messages.metric)
  if (id === undefined || metric === undefined) return
  runFacets(reading, id, { metrics: [metric], params: [], tags: [] })
  describeModels(reading, [metric])
}

export function gatherParameterOrTag(reading: Reading, which: 'params' | 'tags'): void {
  const id = messageOf(reading, 'request', messages.aboutRun)
  const pair = messageOf(reading, 'request', messages.keyValue)
  if (id === undefined || pair === undefined) return
  runFacets(reading, id, { metrics: [], params: [], tags: [], [which]: [pair] })
  if (which === 'tags') tagFacts(reading, id, [pair])
}

/** As of when the run began or ended, by what the server says. */
function runState(reading: Reading, info: messages.RunInfo): void {
  for (const key of ['start_time', 'end_time'] as const) {
    if (info[key] === undefined || fromMillis(info[key]) !== undefined) continue
    reading.gaps.push({ reason: 'body-unparsed', about: `${key} of run ${info.run_id}: not a time that can be kept` })
  }
  if (info.status === undefined) return
  const state = { ...stateOf(reading, info, info.status), time: spanOf(info).endedAt ?? startOf(reading, info) }
  const before = runningBefore(state)
  if (before !== undefined) add(reading, { kind: 'state', activity: state.activity, ...before })
  add(reading, state)
}

function startOf(reading: Reading, info: messages.RunInfo): Micros {
  return (info.status === 'RUNNING' ? spanOf(info).startedAt : undefined) ?? reading.at
}

function stateOf({ names }: Reading, info: messages.RunInfo, status: Status) {
  return { kind: 'state', activity: names.run(info.run_id), phase: phases[status], ...spanOf(info) } as const
}

/** A run that goes on again still has the end that it had before. */
function spanOf({ status, start_time: start, end_time: end }: messages.RunInfo) {
  const ended = end !== undefined && end !== 0 && status !== 'RUNNING' && status !== 'SCHEDULED'
  const startedAt = start === undefined ? undefined : fromMillis(start)
  const endedAt = ended ? fromMillis(end) : undefined
  return { ...(startedAt === undefined ? {} : { startedAt }), ...(endedAt === undefined ? {} : { endedAt }) }
}

function runOrigin(reading: Reading, { info, data }: messages.Run): void {
  const activity = reading.names.run(info.run_id)
  describeRun(reading, info)
  if (info.experiment_id !== undefined) {
    add(reading, { kind: 'associated-with', activity, plan: reading.names.experiment(info.experiment_id) })
  }
  const user = info.user_id ?? ''
  if (user !== '') attributeRun(reading, info.run_id, user)
  tagFacts(
    reading,
    info.run_id,
    data.tags.filter(({ key, value }) => key !== 'mlflow.user' || value !== user),
  )
}

function describeRun(reading: Reading, info: messages.RunInfo): void {
  const facet = known({ name: info.run_name, experiment: info.experiment_id, artifacts: info.artifact_uri })
  describe(reading, ofActivity(reading.names.run(info.run_id)), 'mlflow', facet)
}

/** Tags by which MLflow itself says who ran it, of which run it is a part, and which code it ran. */
function tagFacts(reading: Reading, id: string, tags: readonly KeyValue[]): void {
  const value = (key: string) => tags.find((tag) => tag.key === key)?.value ?? ''
  const activity = reading.names.run(id)
  if (value('mlflow.user') !== '') attributeRun(reading, id, value('mlflow.user'))
  const parent = value('mlflow.parentRunId')
  if (parent !== '') {
    add(reading, { kind: 'informed-by', activity, informant: reading.names.run(parent), role: 'parent' })
  }
  const version = value('mlflow.source.git.commit')
  if (version === '') return
  const name = value('mlflow.source.git.repoURL') || value('mlflow.source.name') || 'git'
  add(reading, { kind: 'associated-with', activity, plan: { type: 'code', name, version } })
}

/** MLflow takes the user's name from the client, without proof; its client says `unknown` where it knows none. */
function attributeRun(reading: Reading, id: string, user: string): void {
  if (user === 'unknown') return
  const subject = ofActivity(reading.names.run(id))
  add(reading, { kind: 'attributed-to', subject, agent: { type: 'agent', id: user }, by: 'asserted' })
}

function runFacets(reading: Reading, id: string, data: messages.Run['data']): void {
  const subject = ofActivity(reading.names.run(id))
  for (const { key, value } of data.params) describe(reading, subject, `param.${key}`, value)
  describeMetrics(reading, subject, data.metrics)
  for (const { key, value } of data.tags) describe(reading, subject, `tag.${key}`, value)
}
