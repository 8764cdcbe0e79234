// ATTACKS rows 7 to 12, 17 and 21: what a request names, and what it asks for.
import { expect } from 'chai'
import { routeTo } from '../../support/gateway.js'
import { expectPassed, expectRefused, openArena, requestOf, type Arena } from './arena.js'
import { seenField } from './raw-upstream.js'

describe('attacks on target and authority', () => {
  let arena: Arena
  before(async () => {
    arena = await openArena()
  })
  after(() => arena.close())

  const refused = (what: string, bytes: string, status = 400) =>
    it(what, async () => expectRefused(await arena.attack(bytes, status === 400 ? 2 : 1), status))

  describe('row 7: absolute form', () => {
    it('wins over Host, which is rewritten; the relative form goes upstream', async () => {
      const seen = expectPassed(
        await arena.attack(requestOf('GET http://inner.example:81/a?b=c HTTP/1.1', ['Host: outer'])),
      )
      expect(seen.line).to.equal('GET /a?b=c HTTP/1.1')
      expect(seenField(seen, 'host')).to.equal('inner.example:81')
      expect(seenField(seen, 'x-forwarded-host')).to.equal('inner.example:81')
    })
    it('without a path is the root', async () => {
      const seen = expectPassed(await arena.attack(requestOf('GET http://inner.example?q HTTP/1.1')))
      expect(seen.line).to.equal('GET /?q HTTP/1.1')
    })
    refused('with user information is refused', requestOf('GET http://a@b/ HTTP/1.1'))
    refused('without authority is refused', requestOf('GET http:///a HTTP/1.1'))
    refused('of another scheme is refused', requestOf('GET ftp://h/a HTTP/1.1'))
  })

  describe('row 8: Host', () => {
    refused('twice is refused', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n')
    refused('twice and equal is refused', 'GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n')
    refused('missing is refused', 'GET / HTTP/1.1\r\n\r\n')
    refused('empty is refused', 'GET / HTTP/1.1\r\nHost:\r\n\r\n')
    it('missing in HTTP/1.0 is the service’s', async () => {
      const seen = expectPassed(await arena.attack('GET /a HTTP/1.0\r\n\r\n'))
      expect(seenField(seen, 'host')).to.equal(`127.0.0.1:${arena.upstream.port}`)
    })
  })

  describe('row 9: malformed authorities', () => {
    const malformed = [
      'good/evil@x',
      'a@b',
      'a b',
      'a,b',
      'a/b',
      'a?b',
      'a#b',
      'a:b',
      'a:99999',
      '[::1',
      '::1',
      'a\\b',
      'a%2eb',
      '\xe9',
      '..',
    ]
    for (const host of malformed) refused(`Host: ${JSON.stringify(host)}`, `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
  })

  describe('row 11: CR LF in escapes', () => {
    it('stays encoded in path and query', async () => {
      const seen = expectPassed(await arena.attack(requestOf('GET /a%0d%0aX-Evil:%20y?q=%0d%0aX-Evil:%20z HTTP/1.1')))
      expect(seen.line).to.equal('GET /a%0D%0AX-Evil:%20y?q=%0d%0aX-Evil:%20z HTTP/1.1')
      expect(seenField(seen, 'x-evil')).to.equal(undefined)
    })
  })

  describe('row 12: what is not valid in a request line', () => {
    for (const path of ['strict', 'opaque'] as const) {
      describe(path, () => {
        let one: Arena
        before(async () => {
          one = await openArena({ route: { service: { path } } })
        })
        after(() => one.close())
        for (const target of [
          '/a#b',
          '/a b',
          '/\xc3\xa9',
          '/a\tb',
          '/a\x0bb',
          '/a\0',
          '/a\x7f',
          '/?q=\xff',
          'a',
          '?q',
          '*',
        ]) {
          it(`GET ${JSON.stringify(target)} is refused`, async () => {
            expectRefused(await one.attack(requestOf(`GET ${target} HTTP/1.1`), 2), 400)
          })
        }
      })
    }
  })

  describe('row 17: malformed WebSocket upgrades', () => {
    const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='
    const version = 'Sec-WebSocket-Version: 13'
    const upgrade = ['Connection: Upgrade', 'Upgrade: websocket']
    const get = (fields: readonly string[], line = 'GET /ws HTTP/1.1') => requestOf(line, fields)
    refused('without a key', get([...upgrade, version]))
    refused('with a short key', get([...upgrade, version, 'Sec-WebSocket-Key: abc']))
    refused('without a version', get([...upgrade, key]))
    refused('without Connection', get(['Upgrade: websocket', key, version]))
    refused('without Upgrade', get(['Connection: Upgrade', key, version]))
    refused('as POST', get([...upgrade, key, version], 'POST /ws HTTP/1.1'))
    refused('in HTTP/1.0', get([...upgrade, key, version], 'GET /ws HTTP/1.0'))
    refused('with a body', get([...upgrade, key, version, 'Content-Length: 3']))
  })

  describe('row 21: methods', () => {
    refused('TRACE is not forwarded', requestOf('TRACE / HTTP/1.1'), 405)
    refused('CONNECT to what is not configured', requestOf('CONNECT metadata.internal:80 HTTP/1.1'), 405)
    refused('CONNECT with a path', requestOf('CONNECT /a HTTP/1.1'), 405)
  })
})

describe('OPTIONS of a server as a whole', () => {
  let arena: Arena
  before(async () => {
    arena = await openArena({
      routes: (port) => [
        routeTo(port, { name: 'root', match: { path: '/' } }),
        routeTo(port, { name: 'part', match: { path: '/part/*' } }),
        routeTo(port, {
          name: 'host',
          match: { path: '/*', host: 'whole.example' },
          rewrite: { addPrefix: '/v2' },
          service: { url: new URL(`http://127.0.0.1:${port}/base`) },
          mode: 'durable',
        }),
        routeTo(port, { name: 'proof', match: { path: '/still-serving' } }),
      ],
    })
  })
  after(() => arena.close())

  const forwarded: [string, string][] = [
    ['OPTIONS *', 'OPTIONS * HTTP/1.1'],
    ['OPTIONS http://whole.example', 'OPTIONS * HTTP/1.1'],
    ['OPTIONS http://whole.example:80', 'OPTIONS * HTTP/1.1'],
    ['OPTIONS http://whole.example/a', 'OPTIONS /base/v2/a HTTP/1.1'],
  ]
  for (const [asked, line] of forwarded) {
    it(`${asked} reaches the service of its whole host as ${line}`, async () => {
      const verdict = await arena.attack(requestOf(`${asked} HTTP/1.1`, ['Host: whole.example']))
      const seen = expectPassed(verdict)
      expect(seen.line).to.equal(line)
      expect(seenField(seen, 'host')).to.match(/^whole\.example(:80)?$/)
      expect(arena.gateway.recorder.closed.at(-1)?.record.route).to.equal('host')
    })
  }

  for (const asked of ['OPTIONS *', 'OPTIONS http://parts.example']) {
    it(`${asked} is not for routes that take a part of the paths`, async () => {
      const verdict = await arena.attack(requestOf(`${asked} HTTP/1.1`, ['Host: parts.example']))
      expectRefused(verdict, 404)
      expect(verdict.answers[0]?.body).to.include('WB_NO_ROUTE')
    })
  }
})

describe('row 10: paths that mean another path', () => {
  let arena: Arena
  before(async () => {
    arena = await openArena({
      routes: (port) => [
        routeTo(port, { name: 'admin', match: { path: '/admin/*' }, mode: 'durable' }),
        routeTo(port, { name: 'store', match: { path: '/store/*' }, service: { path: 'opaque' }, mode: 'durable' }),
        routeTo(port, { name: 'keys', match: { host: 's3.local' }, service: { path: 'opaque' } }),
        routeTo(port, { name: 'rest' }),
      ],
    })
  })
  after(() => arena.close())

  const taken = async (path: string, host = 'h') => {
    const { closed } = arena.gateway.recorder
    const before = closed.length
    const verdict = await arena.attack(requestOf(`GET ${path} HTTP/1.1`, [`Host: ${host}`]))
    const route = closed[before]?.record.route ?? 'rest'
    return { verdict, route, line: verdict.upstream[0]?.line.split(' ')[1] }
  }

  const forwarded: [string, string, string][] = [
    ['/pub/../admin/x', 'admin', '/admin/x'],
    ['/pub/%2e%2e/admin/x', 'admin', '/admin/x'],
    ['/pub/%2E./admin/x', 'admin', '/admin/x'],
    ['//admin/x', 'admin', '/admin/x'],
    ['/%61dmin/x', 'admin', '/admin/x'],
    ['/./admin/x', 'admin', '/admin/x'],
    ['/admin/../pub', 'rest', '/pub'],
    ['/store/a//b', 'store', '/store/a//b'],
    ['/store/a%2Fb', 'store', '/store/a%2Fb'],
    ['/store/a/../b', 'store', '/store/a/../b'],
    ['/store/%c3%a9%00', 'store', '/store/%c3%a9%00'],
  ]
  for (const [path, route, line] of forwarded) {
    it(`${path} is routed and forwarded as ${line}`, async () => {
      const one = await taken(path)
      expect(one.verdict.statuses).to.deep.equal([200])
      expect([one.route, one.line]).to.deep.equal([route, line])
    })
  }

  const ambiguous = [
    '/pub/..%2fadmin',
    '/pub/%2e%2e%2fadmin',
    '/pub/..;/admin',
    '/pub/..%3b/admin',
    '/admin;x/y',
    '/pub\\..\\admin',
    '/pub%5c..%5cadmin',
    '/pub/%252e%252e/admin',
    '/pub/%c0%ae%c0%ae/admin',
    '/pub/%e0%80%ae./admin',
    '/pub%00/admin',
    '/../admin',
    '/%',
    '/%zz',
    '/store/../admin/x',
    '/store/%2e%2e/admin/x',
    '/store/..%2fadmin/x',
    '/store/..;/admin/x',
    '/store\\..\\admin',
    '/pub/../store/x',
    '/store/%252e%252e/admin/x',
    '/%73tore/x',
    '//store/x',
  ]
  for (const path of ambiguous) {
    it(`${path} is refused`, async () => {
      const { verdict } = await taken(path)
      expectRefused(verdict, 400)
      expect(verdict.answers[0]?.body).to.include('WB_AMBIGUOUS_PATH')
    })
  }

  it('keys of a store with a host of its own reach it untouched', async () => {
    for (const key of [
      '/b/a//b',
      '/b/a%2Fb',
      '/b/%C3%A9',
      '/b/a/../b',
      '/b/%2e%2e%2f%2e%2e',
      '/b/x;y',
      '/b/%',
      '/b/%00%c0%ae',
    ]) {
      expect((await taken(key, 's3.local')).line).to.equal(key)
    }
  })
})
