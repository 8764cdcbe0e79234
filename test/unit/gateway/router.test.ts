import { expect } from 'chai'
import fc from 'fast-check'
import type { RouteMatch } from '../../../gateway/route.js'
import { compilePath } from '../../../gateway/route-pattern.js'
import { createRouter, hiddenMatches, type RoutedRequest } from '../../../gateway/router.js'
import { routeOf } from './routes.js'
import { runs } from '../../support/fuzz.js'

const request = (path: string, more: Partial<RoutedRequest> = {}): RoutedRequest => ({
  method: 'GET',
  authority: 'gateway.example:8080',
  path,
  fields: [],
  ...more,
})

function nameOf(matches: readonly RouteMatch[], asked: RoutedRequest): string | undefined {
  return createRouter(matches.map((match, at) => routeOf({ name: `r${at}`, match }))).match(asked)?.route.name
}

describe('the router', () => {
  it('takes the first route of the configuration that matches', () => {
    const routes = [{ path: '/a/*', methods: ['POST'] }, { path: '/{any}/x' }, { path: '/a/*' }, {}]
    expect(nameOf(routes, request('/a/x', { method: 'POST' }))).to.equal('r0')
    expect(nameOf(routes, request('/a/x'))).to.equal('r1')
    expect(nameOf(routes, request('/a/y'))).to.equal('r2')
    expect(nameOf(routes, request('/b'))).to.equal('r3')
  })

  const paths: [pattern: string, yes: string[], no: string[]][] = [
    ['/', ['/'], ['/a', '*']],
    ['/*', ['/', '/a', '/a/b', '*'], ['a', '']],
    ['/a', ['/a'], ['/', '/a/', '/ab', '/A']],
    ['/a/', ['/a/'], ['/a', '/a/b']],
    ['/a/*', ['/a', '/a/', '/a/b', '/a/b/c', '/a//b'], ['/', '/ab', '/b/a', '*']],
    ['/a/{id}', ['/a/1', '/a/%2F'], ['/a', '/a/', '/a/1/', '/a/1/2']],
    ['/{id}/b/*', ['/1/b', '/2/b/c'], ['//b', '/1/c', '/1']],
    ['/{any}', ['/1'], ['/', '*']],
    ['/café', ['/caf%C3%A9'], ['/caf']],
  ]
  for (const [pattern, yes, no] of paths) {
    it(`matches ${pattern} as it reads`, () => {
      for (const path of yes) expect(nameOf([{ path: pattern }], request(path)), path).to.equal('r0')
      for (const path of no) expect(nameOf([{ path: pattern }], request(path)), path).to.equal(undefined)
    })
  }

  it('matches hosts exactly or by suffix, whatever the port', () => {
    const routes = [{ host: 'a.example' }, { host: '*.example' }, { host: '[::1]' }]
    const at = (authority: string) => nameOf(routes, request('/', { authority }))
    expect(at('a.example')).to.equal('r0')
    expect(at('a.example:80')).to.equal('r0')
    expect(at('b.a.example')).to.equal('r1')
    expect(at('example')).to.equal(undefined)
    expect(at('.example')).to.equal(undefined)
    expect(at('[::1]:80')).to.equal('r2')
    expect(at('[::1]')).to.equal('r2')
    expect(at('')).to.equal(undefined)
  })

  it('matches fields by presence or value, each duplicate counted', () => {
    const routes = [{ fields: { 'X-Stage': 'blue' } }, { fields: { 'x-stage': true as const } }]
    expect(nameOf(routes, request('/', { fields: ['x-STAGE', 'green', 'X-Stage', 'blue'] }))).to.equal('r0')
    expect(nameOf(routes, request('/', { fields: ['x-stage', 'green'] }))).to.equal('r1')
    expect(nameOf(routes, request('/', { fields: ['x-stages', 'blue'] }))).to.equal(undefined)
  })

  it('gives path parameters decoded, as data without a prototype', () => {
    const router = createRouter([routeOf({ match: { path: '/runs/{__proto__}/{name}' } })])
    const params = router.match(request('/runs/a%2Fb/%ff'))?.params
    expect(Object.getPrototypeOf(params)).to.equal(null)
    expect(Object.entries(params ?? {})).to.deep.equal([
      ['__proto__', 'a/b'],
      ['name', '%ff'],
    ])
    expect(({} as Record<string, unknown>)['a/b']).to.equal(undefined)
  })

  it('says of each route the first reason why it does not match', () => {
    const matches = [
      { host: 'x.example' },
      { path: '/b/*' },
      { path: '/a/*', methods: ['PUT', 'POST'] },
      { path: '/a/*', fields: { 'x-key': 'k' } },
      { path: '/a/*', fields: { 'x-key': true as const } },
      { path: '/a/*' },
      { path: '/a/b' },
    ]
    const router = createRouter(matches.map((match, at) => routeOf({ name: `r${at}`, match })))
    const verdicts = router.explain(request('/a/b'))
    expect(verdicts.map((verdict) => verdict.reason)).to.deep.equal([
      'host is gateway.example, not x.example',
      'path is not /b/*',
      'method is GET, not PUT or POST',
      'field x-key is missing',
      'field x-key is missing',
      undefined,
      'r5 comes before it',
    ])
    expect(verdicts.map((verdict) => verdict.chosen).indexOf(true)).to.equal(5)
    expect(verdicts.at(-1)?.shadowedBy).to.equal('r5')
    expect(hiddenMatches(matches)).to.deep.equal([{ route: 6, by: 5 }])
  })

  it('does not call a route shadowed that can match something', () => {
    const matches: RouteMatch[] = [
      { path: '/a/{x}' },
      { path: '/a/*' },
      { host: '*.example', path: '/b' },
      { host: 'example', path: '/b' },
      { path: '/c', methods: ['GET'] },
      { path: '/c' },
      { path: '/d', fields: { x: 'y' } },
      { path: '/d', fields: { x: true } },
    ]
    expect(hiddenMatches(matches)).to.deep.equal([])
    expect(hiddenMatches([undefined, { path: '/a/*' }, { path: '/a/b' }])).to.deep.equal([{ route: 2, by: 1 }])
  })

  it('refuses patterns that cannot be matched in one walk or that mean nothing', () => {
    const malformed = [
      'a',
      '/a*',
      '/*/b',
      '/a/**',
      '/(a+)+$',
      '/{a}/{a}',
      '/{a',
      '/x{a}',
      '/{}',
      '/a?b',
      '/a#b',
      '/a b',
    ]
    for (const path of [...malformed, '/a/../b', '/./a', '/a//b', '/%2f', '/%41', '/%zz', '/a\\b']) {
      if (path === '/(a+)+$') expect(nameOf([{ path }], request('/(a+)+$'))).to.equal('r0')
      else expect(compilePath(path).ok, path).to.equal(path === '/a//b')
    }
    expect(() => createRouter([routeOf({ name: 'bad', match: { path: '/*/b' } })])).to.throw(/route bad: \*/)
  })

  it('finds by its index what a walk over all routes finds', () => {
    const segment = fc.constantFrom('a', 'b', '{x}', '{y}')
    const path = fc
      .tuple(fc.uniqueArray(segment, { maxLength: 3 }), fc.boolean())
      .map(([parts, open]) => `/${[...parts, ...(open ? ['*'] : [])].join('/')}`)
    const host = fc.constantFrom('h.example', '*.example', 'g.example')
    const match = fc.record({ path, host }, { requiredKeys: [] })
    const asked = fc.tuple(
      fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 4 }),
      fc.constantFrom('h.example', 'g.example:1', 'x.y.example', 'other'),
    )
    fc.assert(
      fc.property(fc.array(match, { maxLength: 8 }), asked, (matches, [parts, authority]) => {
        const router = createRouter(matches.map((one, at) => routeOf({ name: `r${at}`, match: one })))
        const wanted = request(`/${parts.join('/')}`, { authority })
        const first = router.explain(wanted).find((verdict) => verdict.chosen)?.route.name
        expect(router.match(wanted)?.route.name).to.equal(first)
        for (const { route } of hiddenMatches(matches)) expect(`r${route}`).not.to.equal(first)
      }),
      { numRuns: runs(500) },
    )
  })
})
