import { expect } from 'chai'
import fc from 'fast-check'
import { hostilePath } from './hostile-path.js'
import { normalizePath, readingsOf } from '../../../../gateway/heads/path.js'
import { runs } from '../../../support/fuzz.js'

const normal = (raw: string) => {
  const result = normalizePath(raw)
  return result.ok ? result.path : undefined
}

describe('path normalization', () => {
  const same = ['/', '/a', '/a/', '/a/b.c', '/...', '/a;v=1/b', '/{a}', '/a%20b', '/%C3%A9', '/%0D%0A', '/100%25', '*']
  for (const path of same) it(`leaves ${path} as it is`, () => expect(normal(path)).to.equal(path))

  const changed: [string, string][] = [
    ['//', '/'],
    ['/a//b///c', '/a/b/c'],
    ['//evil.example/x', '/evil.example/x'],
    ['/a/./b', '/a/b'],
    ['/a/.', '/a/'],
    ['/pub/../admin', '/admin'],
    ['/pub/x/..', '/pub/'],
    ['/pub/%2e%2E/admin', '/admin'],
    ['/pub/.%2e/admin', '/admin'],
    ['/%61dmin', '/admin'],
    ['/%7euser', '/~user'],
    ['/caf%c3%a9', '/caf%C3%A9'],
    ['/a%0d%0ab', '/a%0D%0Ab'],
  ]
  for (const [raw, path] of changed) it(`makes ${raw} ${path}`, () => expect(normal(raw)).to.equal(path))

  const ambiguous: [string, string][] = [
    ['/pub%2fadmin', 'slash'],
    ['/pub/%2e%2e%2fadmin', 'slash'],
    ['/pub%5cadmin', 'slash'],
    ['/pub\\..\\admin', 'backslash'],
    ['/pub/..;/admin', 'parameters'],
    ['/pub/..;x=1/admin', 'parameters'],
    ['/pub/.;/admin', 'parameters'],
    ['/pub/..%3b/admin', 'parameters'],
    ['/pub/%252e%252e/admin', 'double'],
    ['/pub/%25%32%65', 'double'],
    ['/pub/%25%32e', 'double'],
    ['/pub/%252%65', 'double'],
    ['/pub/%c0%ae%c0%ae/admin', 'UTF-8'],
    ['/pub/%e0%80%af', 'UTF-8'],
    ['/%ed%a0%80', 'UTF-8'],
    ['/%ff', 'UTF-8'],
    ['/a%00', 'NUL'],
    ['/%', 'broken'],
    ['/%2', 'broken'],
    ['/%u002e', 'broken'],
    ['/..', 'above the root'],
    ['/a/../../b', 'above the root'],
  ]
  for (const [raw, what] of ambiguous) {
    it(`refuses ${raw}`, () => {
      const result = normalizePath(raw)
      expect(result.ok ? result.path : result.reason).to.include(what)
    })
  }

  it('is idempotent, and its result is read the same way by every reader that knows no parameters', () => {
    fc.assert(
      fc.property(hostilePath, (raw) => {
        const path = normal(raw)
        if (path === undefined) return
        expect(normal(path)).to.equal(path)
        expect(path).to.match(/^\//)
        expect(path).not.to.match(/\/\/|\/\.{1,2}(\/|$)|\\|%2F|%5C|%00/i)
        if (/;|%3B|%25/.test(path)) return
        expect(readingsOf(path).filter((reading) => reading !== path)).to.deep.equal([])
      }),
      { numRuns: runs(10_000) },
    )
  })

  it('reads a raw path in all the ways a service might', () => {
    expect(readingsOf('/s/a%2Fb')).to.include('/s/a/b')
    expect(readingsOf('/s/..%2f..%2fadmin')).to.include('/admin')
    expect(readingsOf('/s/..;/admin')).to.include('/admin')
    expect(readingsOf('/s/%252e%252e/admin')).to.include('/admin')
    expect(readingsOf('/s/%c0%ae%c0%ae/admin')).to.include('/admin')
    expect(readingsOf('/s\\..\\admin')).to.include('/admin')
    expect(readingsOf('/s/plain')).to.deep.equal([])
  })
})
