import { expect } from 'chai'
import type { RawFields } from '../../../../core/exchange.js'
import { newExchangeId } from '../../../../core/ids.js'
import { mapLocationField } from '../../../../gateway/heads/locations.js'
import { clientResponseFields, type ResponseFieldsContext } from '../../../../gateway/heads/response-fields.js'
import { readResponseHead } from '../../../../gateway/heads/response-head.js'
import { rewriteFault, upstreamTarget } from '../../../../gateway/heads/rewrite.js'
import { keptTrailers } from '../../../../gateway/heads/trailers.js'

const context: ResponseFieldsContext = {
  pseudonym: 'waybill',
  exchange: undefined,
  trailers: false,
  locations: undefined,
}

function sent(fields: RawFields, more: Partial<ResponseFieldsContext> = {}): string[] {
  const head = readResponseHead({ status: 200, fields, method: 'GET' })
  if (head.kind === 'refused') throw new Error(head.reason)
  return clientResponseFields(head, { ...context, ...more })
}

describe('a service’s answer', () => {
  it('is invalid where its framing or fields are', () => {
    const invalid = [
      ['Content-Length', '1', 'Transfer-Encoding', 'chunked'],
      ['Content-Length', '1', 'content-length', '1'],
      ['Content-Length', 'x'],
      ['Transfer-Encoding', 'gzip'],
      ['a b', 'c'],
      ['', 'c'],
      ['a', 'b\r\nc: d'],
      ['a', '\0'],
    ]
    for (const fields of invalid) {
      expect(readResponseHead({ status: 200, fields, method: 'GET' }).kind, fields.join()).to.equal('refused')
    }
    expect(readResponseHead({ status: 42, fields: [], method: 'GET' }).kind).to.equal('refused')
  })

  it('passes no Content-Length where there can be none: 1xx and 204', () => {
    for (const [status, kept] of [
      [103, false],
      [204, false],
      [304, true],
    ] as const) {
      const head = readResponseHead({ status, fields: ['Content-Length', '0'], method: 'GET' })
      if (head.kind === 'refused') throw new Error(head.reason)
      expect(clientResponseFields(head, context).includes('Content-Length'), String(status)).to.equal(kept)
    }
  })

  it('has no body for HEAD, 1xx, 204 and 304', () => {
    for (const [method, status, bodiless] of [
      ['HEAD', 200, true],
      ['GET', 204, true],
      ['GET', 304, true],
      ['GET', 200, false],
    ] as const) {
      expect(readResponseHead({ status, fields: [], method })).to.include({ bodiless })
    }
  })

  it('keeps case, order and duplicates; ends hop-by-hop fields; names its exchange', () => {
    const exchange = newExchangeId()
    const kept = ['Set-Cookie', 'a', 'date', 'd', 'set-cookie', 'b', 'Content-Length', '3', 'Via', '1.1 x']
    const hop = [
      'Connection',
      'X-Secret, close',
      'X-Secret',
      's',
      'Keep-Alive',
      't',
      'Proxy-Authenticate',
      'p',
      'Upgrade',
      'h2c',
    ]
    const forged = ['Waybill-Exchange', newExchangeId(), 'Waybill-X', 'y', 'Trailer', 'x-sum']
    expect(sent([...hop, ...kept, ...forged], { exchange })).to.deep.equal([
      ...kept,
      'Via',
      '1.1 waybill',
      'Waybill-Exchange',
      exchange,
    ])
  })

  it('announces the trailers that are kept', () => {
    expect(sent(['Trailer', 'X-Sum, Set-Cookie'], { trailers: true }).slice(0, 2)).to.deep.equal(['Trailer', 'X-Sum'])
    const fields = ['X-Sum', '1', 'Set-Cookie', 'a', 'Content-Length', '4', 'Waybill-X', 'y', 'Authorization', 'z']
    expect(keptTrailers(fields)).to.deep.equal(['X-Sum', '1'])
    expect(keptTrailers(fields, ['authorization'])).to.deep.equal(['X-Sum', '1', 'Authorization', 'z'])
    const all = ['a', 'b']
    expect(keptTrailers(all)).to.equal(all)
  })
})

describe('rewriting of references to the service', () => {
  const mapping = {
    origins: ['http://10.0.0.7:5000', 'http://public.example', 'http://svc.example:80', 'https://tls.example'],
    upstreamPrefix: '/base',
    clientPrefix: '/mlflow',
    clientOrigin: 'http://gw:8080',
  }
  const cases: [string, string, string][] = [
    ['location', 'http://10.0.0.7:5000/base/x?y#z', 'http://gw:8080/mlflow/x?y#z'],
    ['location', 'HTTP://Public.example/base', 'http://gw:8080/mlflow'],
    ['location', '//public.example/base/x', 'http://gw:8080/mlflow/x'],
    ['content-location', '/base/x', '/mlflow/x'],
    ['location', '/elsewhere', '/elsewhere'],
    ['location', '/based', '/based'],
    ['location', 'relative/x', 'relative/x'],
    ['location', 'http://other/base/x', 'http://other/base/x'],
    ['location', 'http://public.example:80/base/x', 'http://gw:8080/mlflow/x'],
    ['location', 'http://PUBLIC.example:/base', 'http://gw:8080/mlflow'],
    ['location', '//public.example:0080/base', 'http://gw:8080/mlflow'],
    ['location', 'http://svc.example/base', 'http://gw:8080/mlflow'],
    ['location', 'https://tls.example:443/base', 'http://gw:8080/mlflow'],
    ['location', '//tls.example/base', 'http://gw:8080/mlflow'],
    ['location', 'http://10.0.0.7/base', 'http://10.0.0.7/base'],
    ['location', 'http://public.example:443/base', 'http://public.example:443/base'],
    ['location', 'https://public.example/base', 'https://public.example/base'],
    ['location', 'http://tls.example:443/base', 'http://tls.example:443/base'],
    ['location', '//tls.example:80/base', '//tls.example:80/base'],
    ['location', 'http://public.example:80@evil/base', 'http://public.example:80@evil/base'],
    ['location', 'http://public.example:80:80/base', 'http://public.example:80:80/base'],
    ['location', 'http//public.example/base', 'http//public.example/base'],
    ['location', 'http://10.0.0.7:5000@evil/base/x', 'http://10.0.0.7:5000@evil/base/x'],
    ['location', 'http://10.0.0.7:50001/base/x', 'http://10.0.0.7:50001/base/x'],
    ['location', 'http://public.example\\@evil/', 'http://public.example\\@evil/'],
    [
      'link',
      '</base/2>; rel="next", <http://o/>; t="<\\"/base>"',
      '</mlflow/2>; rel="next", <http://o/>; t="<\\"/base>"',
    ],
    ['x-other', '/base/x', '/base/x'],
  ]
  for (const [name, value, expected] of cases) {
    it(`${name}: ${value}`, () => expect(mapLocationField(name, value, mapping)).to.equal(expected))
  }

  for (const value of ['/base//evil.example/x', '/base/\\evil.example/x']) {
    it(`names no other host where the prefix leaves two slashes: ${value}`, () => {
      const mapped = mapLocationField('location', value, { ...mapping, clientPrefix: '' })
      expect(new URL(mapped, 'http://gw:8080/').origin).to.equal('http://gw:8080')
    })
  }

  it('happens only where a route asks for it', () => {
    expect(sent(['Location', '/base/x'])).to.include('/base/x')
    expect(sent(['Location', '/base/x'], { locations: mapping })).to.include('/mlflow/x')
  })
})

describe('the target that goes upstream', () => {
  it('has prefixes taken off and put on, and the query untouched', () => {
    const target = (path: string, rewrite = {}, base = '') =>
      upstreamTarget({ path, query: '?a=%0d%0a' }, rewrite, base)
    expect(target('/a//b')).to.equal('/a//b?a=%0d%0a')
    expect(target('/m/x', { stripPrefix: '/m' })).to.equal('/x?a=%0d%0a')
    expect(target('/m', { stripPrefix: '/m' })).to.equal('/?a=%0d%0a')
    expect(target('/mx', { stripPrefix: '/m' })).to.equal('/mx?a=%0d%0a')
    expect(target('/m/x', { stripPrefix: '/m', addPrefix: '/n' }, '/base')).to.equal('/base/n/x?a=%0d%0a')
  })

  it('is never made from a prefix or host that is not sound', () => {
    for (const prefix of ['a', '/', '/a/', '/a b', '/a\r\nb', '/a?b', '/a#b', '/é', '/a/../b', '/%2f', '/%41', '//a']) {
      expect(rewriteFault({ addPrefix: prefix }), prefix).to.be.a('string')
      expect(rewriteFault({ stripPrefix: prefix }), prefix).to.be.a('string')
    }
    expect(rewriteFault({ host: 'a\r\nb: c' })).to.be.a('string')
    for (const host of ['keep', 'upstream', 'a.example:80'])
      expect(rewriteFault({ host, addPrefix: '/a%20b' })).to.equal(undefined)
  })
})
