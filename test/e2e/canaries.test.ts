import { expect } from 'chai'
import { readdirSync, readFileSync, rmSync, mkdtempSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { startService, type TestService } from '../support/service.js'
import { startWaybill, type TestWaybill } from '../support/waybill.js'

const canaries = 58

/** Secrets, each planted once; a canary that sings anywhere is found by its prefix. */
const canary = (index: number) => `canary${String(index).padStart(2, '0')}bird`

const presigned = (index: number) => `http://example.org/k?a=1&X-Amz-Signature=${canary(index)}`

const requestFields: Record<string, string> = {
  authorization: `Bearer ${canary(1)}`,
  cookie: `session=${canary(2)}`,
  'x-api-key': canary(3),
  'x-auth-token': canary(4),
  'proxy-authorization': `Bearer ${canary(5)}`,
  'x-amz-security-token': canary(6),
  'x-special': canary(7),
  referer: `http://example.org/?token=${canary(8)}`,
  destination: `http://dana:${canary(40)}@example.org/?sig=${canary(41)}`,
  origin: `http://dana:${canary(42)}@example.org`,
  'x-original-uri': `/scans?token=${canary(43)}`,
  'x-ms-copy-source': `https://example.org/c/k?sv=1&sig=${canary(44)}`,
}
const query = [
  `X-Amz-Signature=${canary(9)}`,
  `X-Amz-Credential=${canary(10)}`,
  `sig=${canary(11)}`,
  `access_token=${canary(12)}`,
  `special=${canary(13)}`,
  `a=1;token=${canary(23)}`,
  `token[]=${canary(24)}`,
  `next=${encodeURIComponent(presigned(45))}`,
  `then=${encodeURIComponent(`http://example.org/?to=${encodeURIComponent(presigned(46))}`)}`,
  `from=http://dana:${canary(47)}@example.org/`,
  `back=${encodeURIComponent(`http://dana:${canary(48)}@example.org/`)}`,
].join('&')
const requestBody = {
  job: 7,
  password: canary(14),
  nested: [{ password: { deep: canary(15) } }],
  secrets: { inner: canary(16) },
  part: `http://127.0.0.1/bucket/key?X-Amz-Signature=${canary(21)}&partNumber=1`,
  presigned: [
    `http://127.0.0.1/bucket/key?AWSAccessKeyId=${canary(28)}&Signature=${canary(29)}%3D&Expires=1`,
    `http://127.0.0.1/container/key?sv=2022-11-02&sig=${canary(30)}%3D`,
    `http://127.0.0.1/bucket/key?X-Amz-Signature=00&X-Amz-Credential=${canary(31)}`,
  ],
  repository: `git+https://dana:${canary(49)}@example.org/code.git`,
  store: { uri: `postgresql://dana:p%2F${canary(50)}@example.org/runs` },
}
const responseFields: Record<string, string> = {
  'set-cookie': `session=${canary(17)}`,
  location: `http://user:${canary(25)}@example.org/?signature=${canary(18)}#access_token=${canary(26)}`,
  link: `<http://example.org/?page=1>; rel="prev", <http://example.org/?token=${canary(27)}>; rel="next"`,
  refresh: `5; url=http://dana:${canary(51)}@example.org/?X-Amz-Signature=${canary(52)}`,
  'content-location': `/k?next=${encodeURIComponent(presigned(53))}`,
}
const url = { url: `http://127.0.0.1/bucket/key?X-Amz-Signature=${canary(22)}&partNumber=1` }
const responseBody = { id: 7, credentials: { password: canary(19) }, secrets: { inner: canary(20) }, ...url }

const part = (head: string, content: string, end = '\r\n') =>
  [`--b`, `Content-Disposition: form-data; name=${head}`, '', content, '--b--', ''].join(end)
const partOfJson = 'f\r\nContent-Type: application/json'
const multipart = 'multipart/form-data; boundary=b'
/** Bodies that are hard to read, by their content types. */
const otherBodies: [string, string][] = [
  [multipart, part('password', canary(32), '\n')],
  [multipart, part(partOfJson, `{"password":"${canary(33)}","a":1,"a":2}`)],
  [multipart, part(partOfJson, `{"password":"${canary(34)}","a":"${'z'.repeat(1_200_000)}"}`)],
  [multipart, part('f; filename=a\r\nContent-Type: application/x-ndjson', `{"a":1}\n{"password":"${canary(35)}"}`)],
  ['multipart/related; boundary=b', part(partOfJson, `{"password":"${canary(36)}"}`)],
  ['application/octet-stream', `${' '.repeat(100)}{"password":"${canary(37)}"}`],
  ['application/x-www-form-urlencoded', `payload=${encodeURIComponent(`{"password":"${canary(38)}"}`)}`],
  ['application/x-www-form-urlencoded', `a=1&url=${encodeURIComponent(`http://dana:${canary(54)}@example.org/`)}`],
  ['application/x-www-form-urlencoded', `payload=${encodeURIComponent(`{'password': '${canary(58)}'}`)}`],
  [multipart, part('url', `https://${canary(55)}@example.org/code.git`)],
  ['text/plain', `cloned from https://dana:${canary(56)}@example.org/code.git`],
  ['text/plain', `http://example.org/?then=${encodeURIComponent(encodeURIComponent(presigned(57)))}`],
]
const events = `data: {"id":8,"password":"${canary(39)}"}\n\ndata: [DONE]\n\n`

const configuration = (port: number) => `
services:
  trainer: { url: "http://127.0.0.1:${port}" }
routes:
  - name: train
    match: { path: /train/* }
    service: trainer
    record: { mode: required, wait: 10s }
    gather:
      - use: http-json
        with:
          activity: { type: training-run, id: "trainer:{$.response.body.id}" }
          used:
            - { type: dataset, name: "data/{$.request.body.password}" }
            - { type: dataset, name: "data/{$.response.body.secrets.inner}" }
            - { type: dataset, name: "data/{$.request.headers.authorization}" }
redact: { headers: [x-special], query: [special], body: ["$..password", "$.secrets.inner"] }
`

describe('secrets (attack 36)', () => {
  let upstream: TestService
  let waybill: TestWaybill
  let data: string
  let logged = ''
  let received = ''

  beforeEach(async () => {
    data = mkdtempSync(join(tmpdir(), 'waybill-canaries-'))
    upstream = await startService((request, response) => {
      received += `${request.url ?? ''} ${request.rawHeaders.join(' ')} `
      request.setEncoding('utf8').on('data', (chunk: string) => (received += chunk))
      request.on('end', () => {
        if (request.url === '/train/events') {
          response.writeHead(200, { 'content-type': 'text/event-stream' })
          response.end(events)
          return
        }
        response.writeHead(201, { 'content-type': 'application/json', ...responseFields })
        response.end(JSON.stringify(responseBody))
      })
    })
    const sink = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        logged += chunk.toString()
        done()
      },
    })
    const parts = { logger: pino({ level: 'trace' }, sink) }
    waybill = await startWaybill(configuration(upstream.port), { data, parts })
  })
  afterEach(() => {
    upstream.close()
    rmSync(data, { recursive: true, force: true })
  })

  function filesUnder(folder: string): string[] {
    return readdirSync(folder).flatMap((name) => {
      const path = join(folder, name)
      return statSync(path).isDirectory() ? filesUnder(path) : [path]
    })
  }

  async function textsOf(paths: readonly string[]): Promise<[string, string][]> {
    return Promise.all(
      paths.map(
        async (path) => [path, await (await fetch(new URL(path, waybill.controlUrl))).text()] as [string, string],
      ),
    )
  }

  it('are in no file, log, metric or answer of the control API', async () => {
    const response = await fetch(`${waybill.url}/train/1?${query}`, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/json', ...requestFields },
      body: JSON.stringify(requestBody),
    })
    expect(response.status).to.equal(201)
    // Nothing of it is kept from the client.
    expect(await response.text()).to.include(canary(19))
    // Nor from the service; only credentials for a proxy end here.
    const sent = Array.from({ length: 16 }, (_, index) => canary(index + 1)).filter((one) => !received.includes(one))
    expect(sent).to.deep.equal([canary(5)])
    const id = response.headers.get('waybill-exchange') ?? ''
    for (const [type, body] of otherBodies) {
      const other = await fetch(`${waybill.url}/train/2`, { method: 'POST', headers: { 'content-type': type }, body })
      expect(await other.text()).to.include(canary(19))
    }
    const streamed = await fetch(`${waybill.url}/train/events`)
    expect(await streamed.text()).to.equal(events)
    await waybill.settled()
    const answers = await textsOf([
      ...[`/v1/exchanges/${id}`, '/v1/exchanges', `/v1/gather?exchange=${id}`, `/v1/custody/${id}`],
      ...[
        '/v1/entities',
        '/v1/coverage',
        '/metrics',
        '/readyz',
        `/v1/custody/${encodeURIComponent('training-run:trainer:7')}`,
      ],
    ])
    const open = filesUnder(data).map((file): [string, string] => [file, readFileSync(file, 'latin1')])
    await waybill.stop()
    const closed = filesUnder(data).map((file): [string, string] => [file, readFileSync(file, 'latin1')])
    const kept = [...answers, ...open, ...closed, ['log', logged] as [string, string]]
    expect(answers[0]?.[1], 'the exchange is there').to.include('[redacted]')
    expect(
      kept.some(([name]) => name.includes('captures')),
      'a capture is there',
    ).to.equal(true)
    for (const [place, text] of kept) {
      const found = Array.from({ length: canaries }, (_, index) => canary(index + 1)).filter((one) =>
        text.includes(one),
      )
      expect(found, place).to.deep.equal([])
    }
  })
})
