// Facets of metrics: of each one value, the last by MLflow's own rule. Never all steps: a run has millions of them.
import { fromMillis } from '../../core/clock.js'
import type { Micros } from '../../core/ids.js'
import type { JsonValue, Subject } from '../../lineage/model/fact.js'
import type { Metric } from './messages.js'
import { add, ofEntity, type Reading } from './reading.js'

export function describeMetrics(reading: Reading, subject: Subject, metrics: readonly Metric[]): void {
  const last = new Map<string, Metric>()
  for (const metric of metrics) {
    const other = last.get(metric.key)
    if (other === undefined || isLater(metric, other)) last.set(metric.key, metric)
  }
  for (const metric of last.values()) {
    const time = measuredAt(reading, metric)
    add(reading, { kind: 'described', subject, facet: `metric.${metric.key}`, value: facetOf(metric), time })
  }
}

/** Metrics that a run took of a model are the model's as well. */
export function describeModels(reading: Reading, metrics: readonly Metric[]): void {
  const models = new Map<string, Metric[]>()
  for (const metric of metrics) {
    const { model_id: id = '' } = metric
    const own = models.get(id)
    if (own === undefined) models.set(id, [metric])
    else own.push(metric)
  }
  models.delete('')
  for (const [id, own] of models) describeMetrics(reading, ofEntity(reading.names.loggedModel(id)), own)
}

/** MLflow's rule for a run's latest metric: the highest step, then timestamp, then value (its `latest_metrics` table). */
function isLater(one: Metric, other: Metric): boolean {
  if (one.step !== other.step) return one.step > other.step
  if (one.timestamp !== other.timestamp) return one.timestamp > other.timestamp
  return Number(one.value) > Number(other.value) || Number.isNaN(Number(other.value))
}

/** Below it a client means seconds, or sends none. */
const firstMillis = 1e11

/**
 * When the client measured it, so that a late report of an earlier step does not stand; when it was logged where that can't be.
 * Of a batch with one time for all steps that went in several requests, the microseconds tell the steps apart, as far as they reach.
 */
function measuredAt({ at }: Reading, { timestamp, step }: Metric): Micros {
  const time = timestamp < firstMillis ? undefined : fromMillis(timestamp)
  return time === undefined || time > at ? at : (Math.min(time + Math.min(Math.max(step, 0), 999), at) as Micros)
}

function facetOf({ value, step, dataset_name: name, dataset_digest: digest }: Metric): JsonValue {
  return name === undefined || name === '' ? { value, step } : { value, step, dataset: `${name}@${digest ?? ''}` }
}
