import { expect } from 'chai'
import fc from 'fast-check'
import { query } from 'json-p3'
import type { ExchangeValue } from '../../../gatherers/exchange-value.js'
import { compileSelector, type Place, SelectorError } from '../../../gatherers/selectors.js'
import { createExchangeValue } from '../../../gatherers/exchange-value.js'
import { exchangeOf } from '../../support/exchanges.js'
import type { JsonValue } from '../../../lineage/model/fact.js'
import { parsePathPattern } from '../../../gatherers/path-pattern.js'
import { runs } from '../../support/fuzz.js'

const none = {} as ExchangeValue
const inElement = (): Place => ({
  element: true,
  fromRequest: false,
  params: new Set(),
  reads: { request: false, response: false },
})
const inExchange = (...params: string[]): Place => ({ ...inElement(), element: false, params: new Set(params) })

function faultOf(text: string, place: Place): string {
  try {
    compileSelector(text, place)
    return ''
  } catch (error) {
    expect(error).to.be.instanceOf(SelectorError)
    return (error as Error).message
  }
}

const names = ['a', 'b', '__proto__', 'constructor', 'length', '0']
const document = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<JsonValue>(null, true, 1, 'x'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value
const segment = fc.oneof(
  fc.constantFrom('.a', '.b', "['__proto__']", "['constructor']", "['length']", "['0']", '.*', '[*]'),
  fc.integer({ min: -3, max: 3 }).map((index) => `[${index}]`),
  fc.constantFrom('..a', '[0,1]', "['a','b']", '[::2]', '[?@.a]', '[?@.a == 1]'),
)

describe('selectors', () => {
  it('find what json-p3 finds, in its order, also where they take the short way', () => {
    fc.assert(
      fc.property(document, fc.array(segment, { maxLength: 5 }), (value, segments) => {
        const text = `$${segments.join('')}`
        const found = compileSelector(text, inElement())({ exchange: none, element: value })
        // own copies of __proto__ members compare by their JSON
        expect(JSON.stringify(found)).to.equal(JSON.stringify(query(text, value as never).values()))
      }),
      { numRuns: runs(3_000) },
    )
  })

  it('read every part of an exchange', () => {
    const exchange = exchangeOf(
      {
        method: 'PUT',
        target: '/train/jobs%2F1?tag=a&tag=b&q=x+y',
        fields: { 'X-User': 'ada', Accept: 'a', ACCEPT: 'b' },
        body: { deep: [{ x: 1 }, { x: 2 }] },
      },
      { status: 201, fields: { Location: '/jobs/1' }, body: 'plain' },
      { claim: { agent: 'basic:ada', by: 'asserted' } },
    )
    const pattern = parsePathPattern('/train/{job}')
    const value = createExchangeValue(exchange, pattern === undefined ? [] : [pattern], () => undefined)
    const find = (text: string) => compileSelector(text, inExchange('job'))({ exchange: value, element: undefined })
    expect(find('$.request.method')).to.deep.equal(['PUT'])
    expect(find('$.request.path')).to.deep.equal(['/train/jobs%2F1'])
    expect(find('$.request.params.job')).to.deep.equal(['jobs/1'])
    expect(find('$.request.query.tag[*]')).to.deep.equal(['a', 'b'])
    expect(find('$.request.query.q')).to.deep.equal(['x y'])
    expect(find("$.request.headers['x-user']")).to.deep.equal(['ada'])
    expect(find('$.request.headers.accept')).to.deep.equal(['a, b'])
    expect(find('$.request.agent')).to.deep.equal(['basic:ada'])
    expect(find('$.request.body.deep[*].x')).to.deep.equal([1, 2])
    expect(find('$.request.body.deep[?@.x > 1].x')).to.deep.equal([2])
    expect(find("$.request[?@.deep]['deep'][0].x")).to.deep.equal([1])
    expect(find('$.response.status')).to.deep.equal([201])
    expect(find('$.response.headers.location')).to.deep.equal(['/jobs/1'])
    expect(find('$.response.body')).to.deep.equal([])
    expect(find('$.exchange.id')).to.deep.equal([exchange.record.id])
    expect(find('$.exchange.startedAt')).to.deep.equal(['2023-11-14T22:13:20.000000Z'])
    expect(find('$..x')).to.deep.equal([1, 2])
  })

  it('do not see what was redacted', () => {
    const exchange = exchangeOf({
      target: '/x?token=[redacted]&a=1&b=/y?token=[redacted]',
      fields: { Authorization: '[redacted]', A: '1' },
    })
    const value = createExchangeValue(exchange, [], () => undefined)
    const find = (text: string) => compileSelector(text, inExchange())({ exchange: value, element: undefined })
    expect(find('$.request.headers.*')).to.deep.equal(['1'])
    expect(find('$.request.query.*')).to.deep.equal(['1'])
  })

  it('note which bodies they look into', () => {
    const reads = (...texts: string[]) => {
      const place = inExchange()
      for (const text of texts) compileSelector(text, place)
      return place.reads
    }
    expect(reads('$.request.method', '$.response.status', '$.exchange.id')).to.deep.equal({
      request: false,
      response: false,
    })
    expect(reads('$.request.body.a')).to.deep.equal({ request: true, response: false })
    expect(reads('$.response[?@.a]')).to.deep.equal({ request: false, response: true })
    expect(reads('$..a')).to.deep.equal({ request: true, response: true })
    expect(reads('$.request.headers[?@ == $.response.body.a]')).to.deep.equal({ request: true, response: true })
  })

  it('with script or filter code are refused when they are compiled', () => {
    for (const text of [
      '$.a[(@.length-1)]',
      '$.a[?(process.exit())]',
      "$.a[?@.constructor.constructor('return process')()]",
      '$.a[?(@.x = 1)]',
      '$.a[?`1`]',
      '$..[?(require("fs"))]',
      '$.a[?eval("1")]',
      'a.b',
      '$.request.body[',
    ]) {
      expect(faultOf(text, inElement()), text).to.match(/^not a selector \(RFC 9535\): /)
    }
  })

  it('take regular expressions from the configuration only', () => {
    expect(faultOf('$.a[?match(@.a, @.b)]', inElement())).to.contain('match() takes its pattern as a literal only')
    expect(faultOf("$.a[?search(@.a, 'x.*y')]", inElement())).to.equal('')
  })

  it('with a root that does not exist are refused, with what there is', () => {
    expect(faultOf('$.requst.body', inExchange())).to.equal(
      '`$.requst` does not exist; there is `$.request`, `$.response`, `$.exchange`',
    )
    expect(faultOf('$.response.body_.x', inExchange())).to.equal(
      '`$.response.body_` does not exist; there is `$.response.status`, `$.response.headers`, `$.response.body`',
    )
    expect(faultOf('$.request.params.job', inExchange('run'))).to.equal('no path has a parameter {job}; there is {run}')
    expect(faultOf('$$.request.body', inExchange())).to.contain('inside `each`')
    expect(faultOf('$$.request.body', inElement())).to.equal('')
  })
})
