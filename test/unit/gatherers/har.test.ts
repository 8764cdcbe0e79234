import { expect } from 'chai'
import { gzipSync } from 'node:zlib'
import { compileUses } from '../../../gatherers/compile.js'
import { gatherExchange } from '../../../gatherers/gather.js'
import { exchangeOfHar, harOf, observedOf, readHar, requestOf, type HarRoute } from '../../../gatherers/har/har.js'
import { exchangeOf } from '../../support/exchanges.js'

const route: HarRoute = {
  route: 'train',
  service: 'trainer',
  serviceKind: 'http',
  tenant: { project: 'default', domain: 'development' },
  gatherers: ['http-json'],
}

const entry = (over: { request?: object; response?: object } = {}) => ({
  startedDateTime: '2023-11-14T23:13:20.000+01:00',
  time: 250.5,
  request: {
    method: 'POST',
    url: 'http://Trainer.local:8080/train/a%2Fb/../c?x=1#frag',
    headers: [
      { name: ':authority', value: 'trainer.local' },
      { name: 'X-User', value: 'ada' },
    ],
    ...over.request,
  },
  response: { status: 200, headers: [], content: { size: 0 }, ...over.response },
})

function read(...entries: unknown[]) {
  const har = readHar(JSON.stringify({ log: { version: '1.2', entries } }))
  if (!har.ok) throw new Error(har.fault)
  return har.entries.map((one, at) => ({ one, exchange: exchangeOfHar(one, at, route) }))
}

describe('HAR', () => {
  it('gives exchanges as they would have been recorded', () => {
    const [found] = read(
      entry({
        request: { postData: { mimeType: 'application/json', text: '{"a":1}' } },
        response: { content: { size: 2, mimeType: 'text/plain', text: 'b2s=', encoding: 'base64' } },
      }),
    )
    const { record, request, response } = found!.exchange
    expect(record).to.deep.include({
      startedAt: 1_700_000_000_000_000,
      endedAt: 1_700_000_000_250_500,
      outcome: 'complete',
    })
    expect(record.request).to.deep.equal({
      method: 'POST',
      target: '/train/a%2Fb/../c?x=1',
      authority: 'trainer.local:8080',
      fields: ['X-User', 'ada', 'Content-Type', 'application/json'],
      bytes: 7,
    })
    expect(Buffer.from(request.bytes).toString()).to.equal('{"a":1}')
    expect(Buffer.from(response.bytes).toString()).to.equal('ok')
  })

  it('finds routes by what was asked, not by a normalized form of it', () => {
    const [found] = read(entry({ request: { url: 'https://h' } }))
    expect(requestOf(found!.one)).to.deep.include({ method: 'POST', authority: 'h', target: '/' })
  })

  it('takes the recorded id where there is one, and the same one each time where not', () => {
    const id = 'ab'.repeat(16)
    const [given, made] = read(entry({ response: { headers: [{ name: 'Waybill-Exchange', value: id }] } }), entry())
    expect(given!.exchange.record.id).to.equal(id)
    const [, again] = read(entry(), entry())
    expect(made!.exchange.record.id).to.equal(again!.exchange.record.id)
  })

  it('reads a form that stands as parameters, and bodies that are not there as cut', () => {
    const [form, absent] = read(
      entry({
        request: { postData: { mimeType: 'application/x-www-form-urlencoded', params: [{ name: 'a b', value: '1' }] } },
      }),
      entry({ response: { status: 0, content: { size: 12 } } }),
    )
    expect(Buffer.from(form!.exchange.request.bytes).toString()).to.equal('a+b=1')
    expect(absent!.exchange.response).to.deep.include({ total: 12, truncated: true })
    expect(absent!.exchange.record).to.deep.include({ response: null, outcome: 'failed' })
  })

  it('says what is wrong with a file that is none', () => {
    const faultOf = (text: string) => {
      const har = readHar(text)
      return har.ok ? undefined : har.fault
    }
    expect(faultOf('{')).to.equal('not JSON: line 1, column 2: the text ends; expected a key in double quotes, or }')
    expect(faultOf('[]')).to.equal('not HAR 1.2: expected a mapping')
    expect(faultOf('{}')).to.equal('not HAR 1.2: log: missing; expected a mapping')
    expect(faultOf('{"log":{}}')).to.equal('not HAR 1.2: log.entries: missing; expected a list')
    expect(faultOf('{"log":{"entries":[{"startedDateTime":"x"}]}}')).to.match(
      /^not HAR 1\.2: log\.entries\[0\]\.startedDateTime: expected a time in RFC 3339; log\.entries\[0\]\.request: missing; expected a mapping;/,
    )
  })

  it('written from an exchange and read again gives the same facts', () => {
    const uses = compileUses(
      [
        {
          gatherer: 'http-json',
          options: {
            agent: "{$.request.headers['x-user']}",
            used: [{ type: 'dataset', name: '{$.request.body.in}', digest: { body: 'request' } }],
            generated: [{ type: 'model', name: '{$.response.body.out}', version: '{$.response.status}' }],
          },
        },
      ],
      { route: 'train', service: { name: 'trainer', kind: 'http', url: 'http://t' }, stripPrefix: '' },
    )
    const exchange = exchangeOf(
      { fields: { 'X-User': 'ada' }, body: { in: 'é\u0000' } },
      {
        fields: {
          'Content-Type': 'application/json',
          'Content-Encoding': 'gzip',
          'Waybill-Exchange': '0123456789abcdef0123456789abcdef',
        },
        body: gzipSync('{"out":"m"}'),
      },
    )
    const har = readHar(JSON.stringify(harOf([exchange])))
    expect(har.ok).to.equal(true)
    const again = har.ok ? har.entries.map((one, at) => observedOf(exchangeOfHar(one, at, route), one)) : []
    expect(again.map((one) => gatherExchange(uses, one))).to.deep.equal([gatherExchange(uses, exchange)])
  })
})
