import { expect } from 'chai'
import fc from 'fast-check'
import { normalizePath } from '../../../../gateway/heads/path.js'
import { resolveRequest } from '../../../../gateway/heads/resolution.js'
import { createRouter } from '../../../../gateway/router.js'
import { routeOf } from '../routes.js'
import { hostilePath } from './hostile-path.js'
import { runs } from '../../../support/fuzz.js'

const router = createRouter([
  routeOf({ name: 'admin', match: { path: '/admin/*' } }),
  routeOf({ name: 'pub', match: { path: '/pub/*' } }),
  routeOf({ name: 'store', match: { path: '/store/*' }, path: 'opaque' }),
  routeOf({ name: 'host', match: { host: 's3.local' }, path: 'opaque' }),
])
const ask = (path: string, authority = 'x') => ({ method: 'GET', authority, path, fields: [] })

function verdict(path: string, authority?: string): string {
  const resolution = resolveRequest(router, ask(path, authority))
  return resolution.kind === 'routed' ? `${resolution.match.route.name} ${resolution.path}` : resolution.kind
}

describe('resolution of route and path', () => {
  const cases: [string, string][] = [
    ['/pub/a', 'pub /pub/a'],
    ['/pub/../admin', 'admin /admin'],
    ['/pub//x/./y', 'pub /pub/x/y'],
    ['/pub/%2e%2e%2fadmin', 'ambiguous'],
    ['/admin;x/a', 'no-route'],
    ['/pub/a;v=1', 'pub /pub/a;v=1'],
    ['/store/a//b', 'store /store/a//b'],
    ['/store/a%2Fb', 'store /store/a%2Fb'],
    ['/store/a/../b', 'store /store/a/../b'],
    ['/store/%00%ff%c0%ae', 'store /store/%00%ff%c0%ae'],
    ['/store/../admin', 'ambiguous'],
    ['/store/..%2f..%2fadmin', 'ambiguous'],
    ['/store/%252e%252e/pub', 'ambiguous'],
    ['/pub/../store/x', 'ambiguous'],
    ['/nothing', 'no-route'],
  ]
  for (const [path, expected] of cases) it(`${path}: ${expected}`, () => expect(verdict(path)).to.equal(expected))

  it('leaves keys of a store alone whose every path is one route', () => {
    for (const path of ['/b/a//b', '/b/a%2Fb', '/b/%C3%A9', '/b/a/../b', '/b/..%2F..%2Fx', '/b/%', '/b/x;y']) {
      expect(verdict(path, 's3.local')).to.equal(`host ${path}`)
    }
  })

  it('refuses parameters that would hide a path from its route', () => {
    const two = createRouter([routeOf({ name: 'admin', match: { path: '/admin/*' } }), routeOf({ name: 'rest' })])
    for (const path of ['/admin;x/a', '/a/..;/admin', '/;/admin', '/admin%3Bx/a']) {
      expect(resolveRequest(two, ask(path)).kind, path).to.equal('ambiguous')
    }
    expect(resolveRequest(two, ask('/a;x/admin')).kind).to.equal('routed')
  })

  it('never authorizes one path and forwards another', () => {
    fc.assert(
      fc.property(hostilePath, fc.constantFrom('x', 's3.local'), (raw, authority) => {
        const resolution = resolveRequest(router, ask(raw, authority))
        if (resolution.kind !== 'routed') return
        const { route } = resolution.match
        expect(router.match(ask(resolution.path, authority))?.route).to.equal(route)
        const again = normalizePath(resolution.path)
        if (again.ok) expect(router.match(ask(again.path, authority))?.route).to.equal(route)
        if (route.service.path === 'opaque') expect(resolution.path).to.equal(raw)
        else expect(again).to.deep.equal({ ok: true, path: resolution.path })
      }),
      { numRuns: runs(5000) },
    )
  })
})
