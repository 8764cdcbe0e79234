import { expect } from 'chai'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { createMetrics } from '../../../control/metrics.js'
import { attachTelemetry } from '../../../control/telemetry.js'
import { createSignals } from '../../../core/signals.js'

function attached(level = 'debug') {
  const lines: string[] = []
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(chunk.toString())
      done()
    },
  })
  const signals = createSignals()
  const metrics = createMetrics()
  attachTelemetry(signals, { logger: pino({ level }, sink), metrics })
  return { signals, metrics, lines }
}

describe('telemetry', () => {
  it('turns a signal into one log line and a metric', () => {
    const { signals, metrics, lines } = attached()
    signals.exchangeFinished.publish({ route: 'train', status: 201, outcome: 'complete', seconds: 0.003 })
    expect(lines).to.have.length(1)
    expect(JSON.parse(lines[0] ?? '')).to.deep.include({ route: 'train', status: 201, msg: 'exchangeFinished' })
    const text = metrics.exposition()
    expect(text).to.contain('waybill_exchanges_total{route="train",status="2xx",outcome="complete"} 1\n')
    expect(text).to.contain('waybill_exchange_seconds_bucket{route="train",le="0.0025"} 0\n')
    expect(text).to.contain('waybill_exchange_seconds_bucket{route="train",le="0.005"} 1\n')
    expect(text).to.contain('waybill_exchange_seconds_bucket{route="train",le="+Inf"} 1\n')
  })

  it('does not log what went well unless asked to', () => {
    const { signals, lines } = attached('info')
    signals.exchangeFinished.publish({ route: 'train', status: 201, outcome: 'complete', seconds: 0.003 })
    signals.ledgerCommitted.publish({ records: 1, seconds: 0.001 })
    signals.ledgerFailed.publish({ reason: 'disk full' })
    expect(lines).to.have.length(1)
  })

  it('keeps one line an event and bounded labels whatever names hold (ATTACKS row 38)', () => {
    const { signals, metrics, lines } = attached()
    const hostile = 'a\r\nlevel=50 "forged"\u2028\u0085\u001b[2J\\'
    signals.upstreamFailed.publish({ service: hostile, code: hostile })
    expect(lines).to.have.length(1)

    expect(lines[0]?.slice(0, -1)).not.to.match(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/)
    for (let at = 0; at < 100_000; at += 1) {
      signals.exchangeRefused.publish({ route: `/random/${at}\n`, code: 'WB_NO_ROUTE' })
      lines.length = 0
    }
    const text = metrics.exposition()
    expect(text.split('\n').length).to.be.lessThan(1000)
    expect(text).to.contain('waybill_exchanges_refused_total{code="other",route="other"} 99500\n')
    expect(text.split('\n').every((line) => line === '' || /^(#|waybill_)/.test(line))).to.equal(true)
  })
})
