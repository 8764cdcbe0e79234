import { expect } from 'chai'
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import type { StoredExchange } from '../../lineage/ports.js'
import { startService, type TestService } from '../support/service.js'
import { startWaybill, type TestWaybill } from '../support/waybill.js'

// ATTACKS rows 30 to 33: what a captured body can do to those who read it. The service echoes the digest of what it got.
const configuration = (url: string) => `
services:
  echo: { url: '${url}' }
routes:
  - name: echo
    match: { path: /* }
    service: echo
    gather:
      - use: http-json
        with:
          bodyLimit: 16MiB
          activity: { type: call, id: '{$.request.body.id}' }
          used: [{ each: '$.request.body.inputs[*]', type: thing, name: '{$}' }]
`

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

const members = Array.from({ length: 1_000_000 }, (_, at) => `"k${at}":0`).join(',')
const hostile: readonly {
  readonly name: string
  readonly body: Buffer
  readonly encoding?: string
  readonly gap: string
}[] = [
  {
    name: 'a bomb: 64 KiB of gzip that are 64 MiB of JSON',
    body: gzipSync(Buffer.from(`"${'a'.repeat(64 * 1024 * 1024)}"`)),
    encoding: 'gzip',
    gap: 'body-truncated: request body: decoded size is past the limit',
  },
  {
    name: '100,000 levels',
    body: Buffer.from(`${'['.repeat(100_000)}${']'.repeat(100_000)}`),
    gap: 'body-unparsed: request body: nested deeper than 128 levels',
  },
  {
    name: 'a million keys',
    body: Buffer.from(`{${members}}`),
    gap: 'body-unparsed: request body: more than 500000 values',
  },
  {
    name: 'duplicate keys',
    body: Buffer.from('{"id":"a","id":"b"}'),
    gap: 'body-unparsed: request body: duplicate keys',
  },
  {
    name: 'lone surrogates',
    body: Buffer.from('{"id":"\\ud800"}'),
    gap: 'body-unparsed: request body: lone surrogates',
  },
  {
    name: 'bytes that are no UTF-8',
    body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
    gap: 'body-unparsed: request body: not text in its charset',
  },
]

describe('hostile bodies that gatherers read', () => {
  let service: TestService
  let waybill: TestWaybill

  before(async () => {
    service = await startService((request, response) => {
      const hash = createHash('sha256')
      request.on('data', (chunk: Buffer) => hash.update(chunk)).on('end', () => response.end(hash.digest('hex')))
    })
    waybill = await startWaybill(configuration(service.url))
  })
  after(async () => {
    await waybill.stop()
    service.close()
  })

  async function send(body: Buffer, encoding?: string): Promise<StoredExchange> {
    const headers = {
      'content-type': 'application/json',
      ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
    }
    const response = await fetch(waybill.url, { method: 'POST', headers, body: new Uint8Array(body) })
    expect(await response.text()).to.equal(sha256(body))
    await waybill.settled()
    return waybill.query<StoredExchange>(`/v1/exchanges/${response.headers.get('waybill-exchange') ?? ''}`)
  }

  const gathered = (stored: StoredExchange) => stored.facts.flatMap((leaf) => leaf.gathered)

  async function entitiesOf(body: string): Promise<string[]> {
    const made = gathered(await send(Buffer.from(body)))
    expect(made.flatMap(({ gaps }) => gaps)).to.deep.equal([])
    return made.flatMap(({ facts }) => facts).flatMap((fact) => (fact.kind === 'used' ? [fact.entity.name] : []))
  }

  for (const { name, body, encoding, gap } of hostile) {
    it(`${name}: the request is untouched, the record says why it has no facts, the next one has its own`, async () => {
      const gaps = gathered(await send(body, encoding)).flatMap((one) => one.gaps)
      expect(gaps.map(({ reason, about }) => `${reason}: ${about}`)).to.include(gap)
      expect(await entitiesOf('{"id":"next","inputs":["a"]}')).to.deep.equal(['a'])
    })
  }

  it('integers beyond 2^53 keep every digit', async () => {
    expect(await entitiesOf('{"id":1,"inputs":[9007199254740993,12345678901234567890]}')).to.deep.equal([
      '9007199254740993',
      '12345678901234567890',
    ])
  })

  it('keys that are names of prototypes are data', async () => {
    expect(
      await entitiesOf('{"__proto__":{"inputs":["x"]},"constructor":{"prototype":{"id":1}},"id":1}'),
    ).to.deep.equal([])
    expect(await entitiesOf('{"id":1,"inputs":["__proto__","constructor"]}')).to.deep.equal([
      '__proto__',
      'constructor',
    ])
  })

  it('selectors with code in them are refused when the configuration loads', async () => {
    for (const selector of ['$.request.body[?(process.exit())]', "$.a[(require('fs'))]"]) {
      const yaml = configuration('http://127.0.0.1:1').replace(
        '$.request.body.inputs[*]',
        selector.replaceAll("'", "''"),
      )
      let fault = ''
      try {
        await (await startWaybill(yaml)).stop()
      } catch (error) {
        fault = String(error)
      }
      expect(fault, selector).to.contain('not a selector (RFC 9535)')
    }
  })
})
