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
  - { name: by-team, match: { path: /teams, fields: { x-team: vision } }, service: api }
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

  const gather = (log: unknown, ...more: readonly string[]) => {
    writeFileSync(join(dir, 'a.har'), `\ufeff${JSON.stringify({ log })}`)
    return runCommand(['gather', '--har', 'a.har', '--url', waybill.controlUrl, ...more], {}, dir)
  }

  it('reads what a browser has saved, and stores nothing', async () => {
    const { code, out, err } = await gather({ version: '1.2', creator: {}, pages: [], entries: [entry] })
    expect(code, err).to.equal(0)
    expect(out).to.contain('route predict').and.to.contain('inference:p1').and.to.contain('model:models/churn@1')
    expect(await waybill.query('/v1/exchanges')).to.deep.include({ items: [] })
  })

  it('skips entries that were no requests, and says how many, whatever the route', async () => {
    const at = (url: string) => ({ ...entry, request: { ...entry.request, url } })
    const others = ['data:image/png;base64,AA==', 'blob:http://api.example/predict', 'chrome-extension://abc/predict']
    const entries = [...others.map(at), entry]
    for (const more of [[], ['--route', 'predict']]) {
      const { out, err } = await gather({ entries }, ...more)
      expect(out.match(/route predict/g), err).to.have.length(1)
      const line = '3 entries skipped: they are no requests over HTTP or WebSocket (data:, blob:, …)\n'
      expect(out.endsWith(`\n\n${line}`)).to.equal(true)
    }
    const { out } = await gather({ entries }, '-o', 'json')
    const answer = JSON.parse(out) as { exchanges: unknown[]; skipped: number }
    expect([answer.exchanges.length, answer.skipped]).to.deep.equal([1, 3])
  })

  it('says of each gatherer that has nothing to say why, by command and API', async () => {
    const use = (when: string) => `
      - use: http-json
        when: ${when}
        with: { used: [{ type: model, name: "models/{$.request.body.model}" }] }`
    const gathering = yaml.replace('    gather:', `    gather:${use('{ method: PUT }')}${use('{ status: 2xx }')}`)
    const other = await startWaybill(gathering)
    const failed = { ...entry, response: { ...entry.response, status: 404, content: { mimeType: 'text/plain' } } }
    writeFileSync(join(dir, 'failed.har'), JSON.stringify({ log: { entries: [failed] } }))
    writeFileSync(join(dir, 'gathering.yaml'), gathering)
    const lines = [
      /^[0-9a-f]{32} {2}POST \/predict → 404 {2}route predict$/,
      /^GATHERER +KIND +FACT$/,
      /^http-json \(gather\[0\]\) +nothing +method is POST, not PUT$/,
      /^http-json \(gather\[1\]\) +nothing +status is 404, not 2xx$/,
      /^http-json \(gather\[2\]\) +gap +selector-empty: activity\.id: \{\$\.response\.body\.id\}$/,
    ]
    for (const from of [
      ['--url', other.controlUrl],
      ['--config', 'gathering.yaml'],
    ]) {
      const asked = ['gather', '--har', 'failed.har', ...from]
      const { out, err } = await runCommand(asked, {}, dir)
      const told = out.trimEnd().split('\n')
      expect(told, err).to.have.length(lines.length)
      lines.forEach((line, at) => expect(told[at]).to.match(line))
      const json = JSON.parse((await runCommand([...asked, '-o', 'json'], {}, dir)).out) as { exchanges: unknown[] }
      expect(json.exchanges[0]).to.deep.include({
        ...{ method: 'POST', path: '/predict', status: 404 },
        silent: [
          { use: 0, gatherer: 'http-json', reason: 'method is POST, not PUT' },
          { use: 1, gatherer: 'http-json', reason: 'status is 404, not 2xx' },
        ],
      })
    }
    await other.stop()
  })

  it('says what is wrong with a file, and where, by its name', async () => {
    const broken = { ...entry, request: { ...entry.request, headers: 'none' } }
    for (const from of [[], ['--config', 'next.yaml']]) {
      writeFileSync(join(dir, 'next.yaml'), yaml)
      const { code, err } = await gather({ version: '1.2', entries: [entry, broken] }, ...from)
      expect(code).to.equal(2)
      expect(err).to.match(/^waybill: a\.har is not HAR 1\.2: log\.entries\[1\]\.request\.headers: expected a list\n/)
    }
    const read = async (file: string, text: string) => {
      writeFileSync(join(dir, file), text)
      return runCommand(['gather', '--har', file, '--url', waybill.controlUrl], {}, dir)
    }
    const other = await read('other.json', '{"traces":[]}')
    expect(other.code).to.equal(2)
    expect(other.err).to.contain('waybill: other.json is not HAR 1.2: log: missing; expected a mapping\n')
    const torn = await read('torn.har', '{\n  "log": { "entries": [\n')
    expect(torn.code).to.equal(2)
    expect(torn.err).to.contain('torn.har is not JSON: line 3, column 1: the text ends; expected a value or ]\n')
    const folder = await runCommand(['gather', '--har', '.', '--url', waybill.controlUrl], {}, dir)
    expect(folder.err).to.contain('can’t read .: it is a folder')
  })

  it('takes an entry by the route that takes its request, fields and normalized path included', async () => {
    const headers = [...entry.request.headers, { name: 'X-Team', value: 'vision' }]
    const asked = (url: string) => ({ ...entry, request: { ...entry.request, url, headers } })
    const entries = [asked('http://api.example/teams'), asked('http://api.example/a/../predict')]
    const { out } = await gather({ entries })
    expect(out).to.contain('route by-team').and.to.contain('route predict')
    const none = await gather({ entries: [{ ...entry, request: { ...entry.request, url: 'http://api.example/' } }] })
    expect(none).to.deep.include({
      code: 0,
      out: 'no exchange that a route takes; --route says which one to take for all\n',
    })
  })

  it('refuses a route that there is not, and names those that there are', async () => {
    const { code, err } = await gather({ entries: [entry] }, '--route', 'perdict')
    expect(code).to.equal(2)
    expect(err).to.contain('no route is called perdict; there is predict, by-team').and.not.to.contain('/docs')
  })

  it('gathers by a configuration file without a running Waybill', async () => {
    writeFileSync(join(dir, 'next.yaml'), yaml.replace('"models/', '"next/'))
    const { code, out, err } = await gather(
      { entries: [entry] },
      '--url',
      'http://127.0.0.1:1',
      '--config',
      'next.yaml',
    )
    expect(code, err).to.equal(0)
    expect(out).to.contain('model:next/churn@1')
    const recorded = await runCommand(['gather', '--exchange', 'a', '--config', 'next.yaml'], {}, dir)
    expect(recorded.code).to.equal(2)
  })
})
