// What of the metrics in MLflow's messages is kept: one value of each, as of when it was measured.
import { expect } from 'chai'
import { observed, recordedTraffic } from './recorded-traffic.js'
import { gatherer } from './tracking.js'

const traffic = recordedTraffic('mlflow/client.json')
const place = traffic.findIndex(({ name }) => name === 'log-batch')
const batch = traffic[place]!

describe('gatherers/mlflow: metrics', () => {
  const at = observed(batch, place).record.headAt ?? 0
  const before = at / 1000 - 60_000
  const logged = (metrics: readonly object[]) => {
    const body = JSON.stringify({ run_id: '1', metrics })
    const sent = { ...batch, body, bytes: body.length }
    const { facts } = gatherer.gather(observed(sent, place))
    return facts.flatMap((fact) => {
      if (fact.kind !== 'described') return []
      const { step, value: measured } = fact.value as { step: number; value: unknown }
      return [{ of: fact.subject.kind, facet: fact.facet, step, measured, time: fact.time }]
    })
  }
  const stepsOf = (metrics: readonly object[]) => logged(metrics).map(({ step }) => step)

  it('keeps the last of each, as MLflow does: by step, then time, then value', () => {
    const steps = [0, 3, 1, 2].map((step) => ({ key: 'loss', value: step, step, timestamp: before + 10 - step }))
    const other = { key: 'recall', value: 1, timestamp: before, model_id: 'm-1' }
    expect(logged([...steps, other, { ...other, step: 1 }])).to.deep.equal([
      { of: 'activity', facet: 'metric.loss', step: 3, measured: 3, time: (before + 7) * 1000 + 3 },
      { of: 'activity', facet: 'metric.recall', step: 1, measured: 1, time: before * 1000 + 1 },
      { of: 'entity', facet: 'metric.recall', step: 1, measured: 1, time: before * 1000 + 1 },
    ])
    const same = { key: 'loss', step: 1, timestamp: before }
    const values = [
      { ...same, value: 'NaN' },
      { ...same, value: 2 },
      { ...same, value: 1 },
    ]
    expect(logged(values).map(({ measured }) => measured)).to.deep.equal([2])
    expect(
      logged([
        { ...same, value: 9 },
        { ...same, value: 3, timestamp: before + 1 },
      ])[0]?.measured,
    ).to.equal(3)
    expect(
      stepsOf([
        { key: 'loss', value: 1, step: -1 },
        { key: 'loss', value: 1, step: -2 },
      ]),
    ).to.deep.equal([-1])
  })

  it('says so as of when they were measured, so that a late report of an earlier step does not stand', () => {
    const timesOf = (timestamp: unknown, step = 0) =>
      logged([{ key: 'loss', value: 1, step, timestamp }]).map(({ time }) => time)
    expect(timesOf(before, 5_000)).to.deep.equal([before * 1000 + 999])
    expect(timesOf(at / 1000 + 60_000)).to.deep.equal([at])
    for (const none of [0, -1, undefined, 'soon', 1_700_000_000]) expect(timesOf(none)).to.deep.equal([at])
  })
})
