import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { runCommand } from '../support/terminal.js'
import { startWaybill, type TestWaybill } from '../support/waybill.js'

const yaml = `
services: { api: { url: "http://127.0.0.1:9" } }
routes:
  - name: predict
    match: { path: /predict }
    service: api
    gather:
      - use: http-json
        with:
          activity: { type: inference, id: "{$.response.body.id}" }
          used: [{ type: model, name: "models/{$.request.body.model}", version: "1" }]
`

/** As browsers write it: fields of their own, comments, HTTP/2 pseudo fields, sizes of -1, base64. */
const entry = {
  _initiator: { type: 'script' },
  _resourceType: 'fetch',
  comment: 'one call',
  startedDateTime: '2026-01-02T03:04:05.678+01:00',
  time: 12.5,
  request: {
    method: 'POST',
    url: 'http://api.example/predict',
    httpVersion: 'http/2.0',
    cookies: [],
    headers: [
      { name: ':method', value: 'POST' },
      { name: 'content-type', value: 'application/json' },
    ],
    queryString: [],
    postData: { mimeType: 'application/json', text: '{"model":"churn"}', params: [] },
    headersSize: -1,
    bodySize: -1,
  },
  response: {
    status: 200,
    statusText: '',
    headers: [{ name: 'content-type', value: 'application/json', comment: 'x' }],
    content: { size: 10, mimeType: 'application/json', text: btoa('{"id":"p1"}'), encoding: 'base64' },
    bodySize: -1,
    _transferSize: 99,
  },
  cache: {},
  timings: { send: 0, wait: 12, receive: 0.5 },
}

describe('waybill gather --har', () => {
  let waybill: TestWaybill
  let dir = ''
  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'waybill-har-'))
    waybill = await startWaybill(yaml)
  })
  after(async () => {
    await waybill.stop()
    rmSync(dir, { recursive: true })
  })

  const gather = (log: unknown) => {
    writeFileSync(join(dir, 'a.har'), `\ufeff${JSON.stringify({ log })}`)
    return runCommand(['gather', '--har', 'a.har', '--url', waybill.controlUrl], {}, dir)
  }

  it('reads what a browser has saved, and stores nothing', async () => {
    const { code, out, err } = await gather({ version: '1.2', creator: {}, pages: [], entries: [entry] })
    expect(code, err).to.equal(0)
    expect(out).to.contain('route predict').and.to.contain('inference:p1').and.to.contain('model:models/churn@1')
    expect(await waybill.query('/v1/exchanges')).to.deep.include({ items: [] })
  })

  it('says what is wrong with a file, and where', async () => {
    const broken = { ...entry, request: { ...entry.request, headers: 'none' } }
    const { code, err } = await gather({ version: '1.2', entries: [entry, broken] })
    expect(code).not.to.equal(0)
    expect(err).to.contain('log.entries.1.request.headers')
  })
})
