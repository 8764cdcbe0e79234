// `waybill explain` where a request is odd: it says what the gateway would do, and no more than that.
import { expect } from 'chai'
import type { Explanation } from '../../../cli/explanation.js'
import { folderWith } from '../../support/folder.js'
import { runCommand } from '../../support/terminal.js'

const configuration = `services:
  store: { kind: s3, url: http://127.0.0.1:7001 }
routes:
  - { name: store, match: { host: s3.local }, service: store }
  - { name: rest, match: { path: /* }, service: store }
`

const strict = `services:
  a: { url: http://127.0.0.1:7001 }
routes:
  - { name: a, match: { path: /a/* }, service: a }
  - { name: keyed, match: { path: /k, fields: { x-api-key: "\${KEY:-}" } }, service: a }
`

describe('waybill explain', () => {
  const dir = folderWith({ 'waybill.yaml': configuration, 'strict.yaml': strict })
  const explain = (...args: readonly string[]) => runCommand(['explain', ...args], {}, dir())

  it('goes by the Host field where only a path is given', async () => {
    const { out } = await explain('GET', '/a', '-H', 'host: s3.local:8080', '-o', 'json')
    const { host, routed } = JSON.parse(out) as { host: string; routed: { route: string } }
    expect({ host, route: routed.route }).to.deep.equal({ host: 's3.local:8080', route: 'store' })
  })

  it('knows OPTIONS of a server as a whole', async () => {
    for (const target of ['*', 'http://any.example']) {
      const { out } = await explain('OPTIONS', target, '-o', 'json')
      const { routed } = JSON.parse(out) as { routed: { route: string; upstream: { url: string } } }
      expect([routed.route, routed.upstream.url], target).to.deep.equal(['rest', 'http://127.0.0.1:7001'])
    }
  })

  it('judges all routes by the path that the gateway goes by, and shows it', async () => {
    const asked = ['GET', 'http://x/a/../b', '-c', 'strict.yaml'] as const
    const { out, code } = await explain(...asked)
    expect(code).to.equal(3)
    expect(out)
      .to.match(/^GET \/a\/\.\.\/b at x, read as \/b\n/)
      .and.to.contain('path is not /a/*')
    expect(out).to.contain('No route takes it').and.not.to.contain('takes it\n\n')
    const { path, readAs, routes } = JSON.parse((await explain(...asked, '-o', 'json')).out) as Explanation
    expect([path, readAs, routes[0]?.chosen]).to.deep.equal(['/a/../b', '/b', false])
    expect((await explain('GET', 'http://x/b/../a/c', '-c', 'strict.yaml')).out).to.contain('read as /a/c')
  })

  it('never shows the value that a field must have', async () => {
    const run = (...args: readonly string[]) =>
      runCommand(['explain', 'GET', '/k', '-c', 'strict.yaml', ...args], { KEY: 'canary-4711' }, dir())
    expect((await run()).out)
      .to.contain('field x-api-key is missing')
      .and.not.to.contain('canary')
    for (const { out } of [await run('-H', 'x-api-key: no'), await run('-H', 'x-api-key: no', '-o', 'json')]) {
      expect(out).to.contain('field x-api-key has another value').and.not.to.contain('canary')
    }
  })

  it('says why the gateway would refuse a request, and what would do', async () => {
    for (const [args, says] of [
      [['TRACE', '/a'], '405: the gateway does not forward TRACE\n  TRACE is never forwarded'],
      [['CONNECT', 'h.example:443'], '405: the gateway does not forward CONNECT\n  TRACE is never'],
      [['PUT', '/a', '-H', 'expect: the best'], '417: unknown expectation the best\n  Only `100-continue`'],
      [['P O', '/a'], '400: the method is no method\n  Such as GET'],
      [['GET', 'localhost/a'], '400: the target is neither a path nor an http URL\n  Such as /path'],
      [['GET', ''], '400: the target is neither a path nor an http URL\n  Such as /path'],
      [['GET', '/a#top'], '400: the target contains a fragment\n  Leave out'],
      [['GET', '/a b'], '400: the target contains a space\n  Percent-encode'],
      [['GET', '/a', '-H', 'a b: c'], '400: a field name is not a token'],
      [['GET', '/a', '-H', 'host: a/b'], '400: Host is not a valid authority\n  Such as http'],
    ] as const) {
      const { code, err } = await explain(...args)
      expect(code, says).to.equal(2)
      expect(err).to.contain(`the gateway would refuse this with ${says}`)
    }
  })
})
