// Routes and captures for tests of the recorder.
import type { BodyCapture, Capture, ExchangeRecord, RecordingMode } from '../../core/exchange.js'
import type { GathererUse } from '../../gatherers/contract.js'
import type { RecordedRoute } from '../../recorder/recorder.js'
import { exchangeRecord, tenant } from './leaves.js'

export function recordedRoute(name: string, over: Partial<RecordedRoute> = {}): RecordedRoute {
  const service = { name: 'trainer', kind: 'http', url: 'http://127.0.0.1:7001' }
  return { name, service, mode: 'durable', wait: 20, tenant, stripPrefix: '', uses: [], ...over }
}

export function bodyCapture(body: string | Uint8Array = '', over: Partial<BodyCapture> = {}): BodyCapture {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  return { bytes, total: bytes.length, truncated: false, ...over }
}

export function captureOf(request: string, response: string): Capture {
  return { request: bodyCapture(request), response: bodyCapture(response) }
}

/** A JSON exchange of `route`, for the gatherers that it has. */
export function recordOf(route: RecordedRoute, over: Partial<ExchangeRecord> = {}): ExchangeRecord {
  const json = ['Content-Type', 'application/json']
  const { mode, name, uses } = route
  return exchangeRecord({
    route: name,
    mode: mode satisfies RecordingMode,
    gatherers: uses.map(({ gatherer }) => gatherer),
    request: { method: 'POST', target: '/train/1', authority: 'localhost', fields: json, bytes: 12 },
    response: { status: 200, fields: json, bytes: 15 },
    ...over,
  })
}

/** An `http-json` use that makes one model of `$.response.body.model`. */
export const modelUse: GathererUse = {
  gatherer: 'http-json',
  options: {
    activity: { type: 'training-run', id: 'trainer:{$.response.body.run}' },
    generated: [{ type: 'model', name: 'models/{$.response.body.model}', version: '{$.response.body.version}' }],
  },
}
