// A process with a ledger and a recorder and no gateway, to be killed: takes exchanges as fast as it can, tells its parent of
// each effect "at the upstream" between intent and record. Runs from dist/.
import { readFileSync } from 'node:fs'
import { systemClock } from '../../dist/core/clock.js'
import { newExchangeId } from '../../dist/core/ids.js'
import { redactionRules } from '../../dist/core/redaction.js'
import { createSignals } from '../../dist/core/signals.js'
import { openLedger } from '../../dist/lineage/ledger/client.js'
import { createRecorder } from '../../dist/recorder/recorder.js'
import { defaultRecorderSettings } from '../../dist/recorder/settings.js'

const { dir, mode, uses, inFlight, exchanges, body, drain } = JSON.parse(readFileSync(0, 'utf8'))
const tenant = { project: 'default', domain: 'development' }
const service = { name: 'trainer', kind: 'http', url: 'http://127.0.0.1:7001' }
const route = { name: 'train', service, mode, wait: 20, tenant, stripPrefix: '', uses }
const signals = createSignals()
const ledger = await openLedger({ dir, signals })
const settings = { ...defaultRecorderSettings, intentBytes: 16_384 }
const rules = redactionRules()
const recorder = await createRecorder({ dir, ledger, routes: [route], rules, settings, clock: systemClock, signals })

const tell = (message) => new Promise((resolve) => process.send(message, resolve))
const opened = (intent) => new Promise((resolve) => recorder.open(intent, resolve))
const closed = (record, capture) => new Promise((resolve) => recorder.close(record, capture, resolve))
const json = ['Content-Type', 'application/json']
const answer = Buffer.from(body)
const capture = {
  request: { bytes: new Uint8Array(0), total: 0, truncated: false },
  response: { bytes: answer, total: answer.length, truncated: false },
}

async function exchange() {
  const id = newExchangeId()
  const time = systemClock.now()
  const refused = await opened({ id, route: 'train', mode, method: 'POST', time })
  if (refused !== undefined) {
    await tell({ refused: refused.code })
    return
  }
  await tell({ effect: id })
  const failure = await closed(recordOf(id, time), capture)
  await tell({ answered: id, code: failure?.code ?? null })
}

function recordOf(id, time) {
  const common = {
    kind: 'exchange',
    id,
    phase: 'closing',
    route: 'train',
    service: 'trainer',
    serviceKind: 'http',
    mode,
    tenant,
  }
  const times = { startedAt: time, headAt: time, endedAt: systemClock.now() }
  const request = { method: 'POST', target: '/train/1', authority: 'localhost', fields: json, bytes: 0 }
  const response = { status: 200, fields: json, bytes: answer.length }
  const rest = { peer: '127.0.0.1', claim: null, traceId: null, references: [], outcome: 'complete', error: null }
  return { ...common, ...times, ...rest, request, response, gatherers: uses.map(({ gatherer }) => gatherer) }
}

async function lane() {
  for (let count = 0; count < exchanges / inFlight; count += 1) await exchange()
}

await tell({ ready: true })
await Promise.all(Array.from({ length: inFlight }, lane))
await recorder.drain(drain)
await recorder.shutdown()
await ledger.close()
process.disconnect()
