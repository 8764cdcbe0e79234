// ATTACKS rows 30 to 33: bodies that attack whoever reads them. The exchange is untouched, its record says what could not
// be read, and the next exchange is read as ever.
import { expect } from 'chai'
import { gzipSync } from 'node:zlib'
import { request } from 'undici'
import { loadConfig } from '../../../config/load.js'
import { gathererCatalog } from '../../../gatherers/catalog.js'
import type { Subgraph } from '../../../lineage/ports.js'
import { startService, type TestService } from '../../support/service.js'
import { startWaybill, type TestWaybill } from '../../support/waybill.js'

const configuration = (url: string) => `
services:
  inference: { url: '${url}' }
routes:
  - name: predict
    match: { path: /predict }
    service: inference
    gather:
      - use: http-json
        with:
          activity: { type: inference, id: '{$.response.body.id}' }
          used:
            - { each: '$.request.body..uses[*]', type: dataset, name: '{$.name}', version: '{$.version}' }
          generated:
            - { type: answer, name: predictions, version: '{$.response.body.id}', required: true }
`

interface Known {
  readonly nodes: readonly string[]
  /** reason and place, of this exchange alone */
  readonly gaps: readonly string[]
}

interface Reply {
  readonly body: Buffer
  readonly fields?: Readonly<Record<string, string>>
}

describe('attacks by bodies that gatherers read', () => {
  let upstream: TestService
  let waybill: TestWaybill
  let reply: Reply = { body: Buffer.from('') }
  let received = Buffer.alloc(0)
  before(async () => {
    upstream = await startService((incoming, response) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('end', () => {
        received = Buffer.concat(chunks)
        response.writeHead(200, { 'content-type': 'application/json', ...reply.fields })
        response.end(reply.body)
      })
    })
    waybill = await startWaybill(configuration(upstream.url))
  })
  after(async () => {
    await waybill.stop()
    upstream.close()
  })

  /** Sends `body`, is answered; both must pass as they were sent. What is known of the exchange then. */
  const exchange = async (body: Buffer, answer: Reply, fields: Record<string, string> = {}): Promise<Known> => {
    reply = answer
    const response = await request(`${waybill.url}/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...fields },
      body,
    })
    expect(response.statusCode).to.equal(200)
    const bytes = Buffer.from(await response.body.arrayBuffer())
    expect(bytes.equals(answer.body), 'the answer is untouched').to.equal(true)
    expect(received.equals(body), 'the request is untouched').to.equal(true)
    await waybill.settled()
    const id = String(response.headers['waybill-exchange'])
    const graph = await waybill.query<Subgraph>(`/v1/custody/${id}`)
    const own = graph.gaps.filter((gap) => gap.at.startsWith(id))
    return {
      nodes: graph.nodes.map((node) => node.id).filter((node) => node !== id),
      gaps: own.map((gap) => `${gap.reason} ${gap.at.slice(id.length + 2)}`),
    }
  }

  let answers = 0
  const plainly = () => {
    const id = `plain-${++answers}`
    return { id, answer: { body: Buffer.from(JSON.stringify({ id })) } }
  }

  afterEach(async () => {
    const { id, answer } = plainly()
    const { nodes, gaps } = await exchange(Buffer.from('{"uses":[{"name":"d","version":"1"}]}'), answer)
    const expected = [`answer:predictions@${id}`, 'dataset:d@1', `inference:${id}`]
    expect(nodes, 'the next exchange is read').to.have.members(expected)
    expect(gaps).to.deep.equal([])
    expect(({} as Record<string, unknown>).uses).to.equal(undefined)
  })

  it('row 30: a compressed bomb is captured up to its cap, and said to be', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, ' '))
    expect(bomb.length).to.be.lessThan(128 * 1024)
    const before = process.memoryUsage().rss
    const { id, answer } = plainly()
    const asked = await exchange(bomb, answer, { 'content-encoding': 'gzip' })
    expect(asked.nodes).to.include(`answer:predictions@${id}`)
    expect(asked.gaps[0]).to.match(/^body-truncated request body/)
    const answered = await exchange(Buffer.from('{}'), { body: bomb, fields: { 'content-encoding': 'gzip' } })
    expect(answered.gaps[0]).to.match(/^body-truncated response body/)
    // the bomb itself twice, and nothing like what it unpacks to
    expect(process.memoryUsage().rss - before).to.be.lessThan(256 * 1024 * 1024)
  })

  /** what the bytes are, the bytes, the gap where they are not read, the nodes that they name where they are */
  const hostile: [what: string, text: string, gap: RegExp | undefined, nodes: string[]][] = [
    ['a hundred thousand levels', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, /^body-unparsed .*deeper/, []],
    ['as many levels of objects', `${'{"a":'.repeat(99_999)}1${'}'.repeat(99_999)}`, /^body-(unparsed|truncated)/, []],
    ['a million keys', `{${Array.from({ length: 1_000_000 }, (_, at) => `"k${at}":0`).join()}}`, /^body-truncated/, []],
    ['duplicate keys', '{"id":"a","id":"b"}', /^body-unparsed .*duplicate/, []],
    ['lone surrogates', '{"id":"\\ud800"}', /^body-unparsed .*surrogates/, []],
    ['no JSON at all', '{"id":', /^body-unparsed .*not JSON/, []],
    ['bytes that are not UTF-8', '{"id":"\xff\xfe"}', /^body-unparsed .*charset/, []],
    [
      'big integers',
      '{"uses":[{"name":"n","version":90071992547409931234}]}',
      undefined,
      ['dataset:n@90071992547409931234'],
    ],
    [
      '__proto__ and constructor',
      '{"__proto__":{"uses":[{"name":"p","version":"1"}]},"constructor":{"prototype":{"uses":[{"name":"c","version":"1"}]}}}',
      undefined,
      ['dataset:c@1', 'dataset:p@1'],
    ],
  ]
  for (const [what, text, gap, nodes] of hostile) {
    it(`rows 31 and 32: ${what} in a request ${gap === undefined ? 'are data' : 'are said to be unread'}`, async () => {
      const { id, answer } = plainly()
      const asked = await exchange(Buffer.from(text, 'latin1'), answer)
      expect(asked.nodes).to.have.members([`answer:predictions@${id}`, `inference:${id}`, ...nodes])
      if (gap === undefined) expect(asked.gaps).to.deep.equal([])
      else expect(asked.gaps[0]).to.match(gap)
    }).timeout(60_000)

    it(`rows 31 and 32: ${what} in an answer leave no more than a gap`, async () => {
      const answered = await exchange(Buffer.from('{}'), { body: Buffer.from(text, 'latin1') })
      expect(answered.nodes).to.deep.equal([])
      if (gap === undefined) expect(answered.gaps[0]).to.match(/^selector-empty/)
      else expect(answered.gaps[0]).to.match(gap)
    }).timeout(60_000)
  }

  it('row 33: selectors with script or filter code are refused when the configuration loads', () => {
    const scripts = [
      '$.a[(@.length-1)]',
      "$..[?(@.constructor.constructor('return process')().exit())]",
      '$[?(process.exit())]',
      "$.a[?(@.b.toString.constructor('return 1')())]",
      '$[`exit`]',
    ]
    for (const script of scripts) {
      const text = configuration('http://127.0.0.1:1').replace("'$.request.body..uses[*]'", JSON.stringify(script))
      const loaded = loadConfig({ file: 'waybill.yaml', text, env: {}, readFile: () => '' }, gathererCatalog())
      expect(loaded.ok, script).to.equal(false)
      if (!loaded.ok) expect(loaded.errors[0]?.path).to.match(/^routes\[0\]\.gather\[0\]/)
    }
  })
})
