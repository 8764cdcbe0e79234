import { expect } from 'chai'
import { connect } from 'node:net'
import { z } from 'zod'
import { createControl, type Control } from '../../../control/control.js'
import { createMetrics } from '../../../control/metrics.js'
import type { ControlSettings } from '../../../control/options.js'
import { defineEndpoint } from '../../../core/endpoint.js'
import { WaybillError } from '../../../core/errors.js'

const echo = defineEndpoint({
  method: 'GET',
  path: '/v1/echo/{node}',
  operationId: 'echo',
  summary: 'Says what it was asked.',
  tag: 'test',
  params: z.strictObject({ node: z.string() }),
  query: z.strictObject({ depth: z.coerce.number().int().max(9).optional() }),
  response: z.strictObject({ node: z.string(), depth: z.number().nullable() }),
  handle: ({ params, query }) => {
    if (params.node === 'none') throw new WaybillError('WB_NODE_NOT_FOUND', { id: 'none', when: '', hint: 'one' })
    if (params.node === 'bug') throw new TypeError('a bug')
    return Promise.resolve({ node: params.node, depth: query.depth ?? null })
  },
})

const note = defineEndpoint({
  method: 'POST',
  path: '/v1/notes',
  operationId: 'note',
  summary: 'Takes a note.',
  tag: 'test',
  params: z.strictObject({}),
  query: z.strictObject({}),
  body: z.strictObject({ text: z.string() }),
  response: z.strictObject({ length: z.int() }),
  handle: ({ body }) => Promise.resolve({ length: body.text.length }),
})

const jsonType = { 'content-type': 'application/json' }

describe('the control plane', () => {
  let control: Control
  let port = 0
  let ready = true

  async function start(settings: Partial<ControlSettings> = {}) {
    control = createControl({
      endpoints: [echo, note],
      metrics: createMetrics(),
      settings: { host: '127.0.0.1', port: 0, hosts: ['waybill.example.org'], ...settings },
      version: '1.2.3',
      ready: () => ({ ready, parts: { ledger: ready ? 'open' : 'closed' } }),
    })
    port = (await control.listen()).port
  }

  afterEach(() => control.close())

  const ask = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init)

  /** Status of a request written byte for byte. */
  function raw(head: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => socket.end(`${head}Connection: close\r\n\r\n`, 'latin1'))
      let text = ''
      socket.on('data', (data) => (text += data.toString('latin1')))
      socket.on('error', reject)
      socket.on('close', () => resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0)))
    })
  }

  it('gives an operation its decoded parameters, and answers JSON', async () => {
    await start()
    const answer = await ask(`/v1/echo/${encodeURIComponent('object:s3://lake/a b.csv@1')}?depth=3`)
    expect(answer.status).to.equal(200)
    expect(await answer.json()).to.deep.equal({ node: 'object:s3://lake/a b.csv@1', depth: 3 })
  })

  it('answers what is wrong as problem details with a code and a hint', async () => {
    await start()
    const cases = [
      ['/v1/echo/a?depth=10', 400, 'WB_BAD_QUERY'],
      ['/v1/echo/a?dept=1', 400, 'WB_BAD_QUERY'],
      ['/v1/echo/a?depth=1&depth=2', 400, 'WB_BAD_QUERY'],
      ['/v1/echo/%ff', 400, 'WB_BAD_QUERY'],
      ['/v1/echo/none', 404, 'WB_NODE_NOT_FOUND'],
      ['/v1/echo/bug', 500, 'WB_INTERNAL'],
      ['/v1/nothing', 404, 'WB_NO_OPERATION'],
    ] as const
    for (const [path, status, code] of cases) {
      const answer = await ask(path)
      expect(answer.status, path).to.equal(status)
      expect(answer.headers.get('content-type'), path).to.contain('application/problem+json')
      const problem = (await answer.json()) as { code: string; hint: string }
      expect(problem.code, path).to.equal(code)
      expect(problem.hint, path).not.to.be.empty
    }
  })

  it('answers a method that a path does not have with 405 and those that it has', async () => {
    await start()
    const cases = [
      ['DELETE', '/v1/echo/a', 'GET, HEAD, OPTIONS'],
      ['POST', '/v1/echo/a', 'GET, HEAD, OPTIONS'],
      ['GET', '/v1/notes', 'POST, OPTIONS'],
      ['HEAD', '/v1/notes', 'POST, OPTIONS'],
      ['PATCH', '/v1/notes', 'POST, OPTIONS'],
      ['POST', '/healthz', 'GET, HEAD, OPTIONS'],
      ['PUT', '/metrics', 'GET, HEAD, OPTIONS'],
      ['DELETE', '/', 'GET, HEAD, OPTIONS'],
    ] as const
    for (const [method, path, allow] of cases) {
      const body = method === 'PATCH' || method === 'POST' ? { body: '{', headers: jsonType } : {}
      const answer = await ask(path, { method, ...body })
      expect(answer.status, `${method} ${path}`).to.equal(405)
      expect(answer.headers.get('allow'), `${method} ${path}`).to.equal(allow)
      if (method === 'HEAD') continue
      expect(answer.headers.get('content-type'), path).to.contain('application/problem+json')
      const { code, detail } = (await answer.json()) as { code: string; detail: string }
      expect({ code, detail }).to.deep.equal({
        code: 'WB_METHOD_NOT_ALLOWED',
        detail: `the control API has no ${method} at ${path}, but ${allow}`,
      })
      const options = await ask(path, { method: 'OPTIONS' })
      expect([options.status, options.headers.get('allow')]).to.deep.equal([204, allow])
    }
    expect((await ask('/v1/nothing', { method: 'DELETE' })).status).to.equal(404)
  })

  it('answers HEAD where it answers GET, with the same head and no body', async () => {
    await start()
    for (const path of ['/v1/echo/a', '/v1/echo/none', '/healthz', '/openapi.json', '/docs', '/metrics']) {
      const [get, head] = [await ask(path), await ask(path, { method: 'HEAD' })]
      expect(head.status, path).to.equal(get.status)
      expect(head.headers.get('content-type'), path).to.equal(get.headers.get('content-type'))
      expect(head.headers.get('content-length'), path).to.equal(get.headers.get('content-length'))
      expect(await head.text()).to.equal('')
    }
  })

  it('asks for its token before it tells what a path has', async () => {
    await start({ token: { reveal: () => 's3cret' } })
    expect((await ask('/v1/echo/a', { method: 'DELETE' })).status).to.equal(401)
    const headers = { authorization: 'Bearer s3cret' }
    expect((await ask('/v1/echo/a', { method: 'DELETE', headers })).status).to.equal(405)
  })

  it('says what was expected, and where, in words of its own', async () => {
    await start()
    const detailOf = async (answer: Response) => ((await answer.json()) as { detail: string }).detail
    expect(await detailOf(await ask('/v1/echo/a?depth=10&dept=1'))).to.equal(
      'query.depth: expected at most 9; query.dept: unknown',
    )
    const post = (body: string, type: string) =>
      ask('/v1/notes', { method: 'POST', headers: { 'content-type': type }, body })
    expect(await detailOf(await post('{}', 'application/json'))).to.equal('body.text: missing; expected a text')
    expect(await detailOf(await post('{"text":5}', 'application/json'))).to.equal('body.text: expected a text')
    expect(await detailOf(await post('text=a', 'application/x-www-form-urlencoded'))).to.contain('expected a JSON body')
    const unencoded = (await (await ask('/v1/echo/model:models/churn@3')).json()) as { hint: string }
    expect(unencoded.hint).to.contain('%2F')
  })

  it('validates bodies', async () => {
    await start()
    const headers = { 'content-type': 'application/json' }
    const post = (body: string) => ask('/v1/notes', { method: 'POST', headers, body })
    expect(await (await post('{"text":"abc"}')).json()).to.deep.equal({ length: 3 })
    for (const body of ['{"text":1}', '{', '[]', '{"text":"a","more":1}'])
      expect((await post(body)).status).to.equal(400)
  })

  it('tells whether it is alive and whether it is ready', async () => {
    await start()
    expect((await ask('/healthz')).status).to.equal(200)
    expect((await ask('/readyz')).status).to.equal(200)
    ready = false
    const answer = await ask('/readyz')
    ready = true
    expect(answer.status).to.equal(503)
    expect(await answer.json()).to.deep.equal({ status: 'not-ready', parts: { ledger: 'closed' } })
  })

  it('answers only under its own names (DNS rebinding)', async () => {
    await start()
    const get = (...fields: string[]) =>
      raw(`GET /v1/echo/a HTTP/1.1\r\n${fields.map((field) => `${field}\r\n`).join('')}`)
    for (const host of ['127.0.0.1', `localhost:${port}`, '[::1]:1', '127.8.9.1', 'LOCALHOST', 'waybill.example.org']) {
      expect(await get(`Host: ${host}`), host).to.equal(200)
    }
    const foreign = [
      'evil.example',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      'evil@localhost',
      '10.0.0.1',
      '',
      '0.0.0.0',
    ]
    for (const host of foreign) expect(await get(`Host: ${host}`), host).to.equal(403)
    expect(await get()).to.equal(400)
    expect(await get('Host: localhost', 'Host: evil.example')).to.be.oneOf([400, 403])
    expect(await raw(`GET http://localhost/v1/echo/a HTTP/1.1\r\nHost: localhost\r\n`)).to.equal(403)
  })

  it('refuses pages of other origins', async () => {
    await start()
    const status = (origin: string, path = '/v1/echo/a') =>
      raw(`GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nOrigin: ${origin}\r\n`)
    expect(await status(`http://localhost:${port}`)).to.equal(200)
    expect(await status('https://waybill.example.org')).to.equal(200)
    for (const origin of [
      'http://evil.example',
      'null',
      `http://localhost:${port + 1}`,
      `http://127.0.0.1:${port}`,
      'file://',
      '',
    ]) {
      expect(await status(origin), origin).to.equal(403)
      expect(await status(origin, '/healthz'), origin).to.equal(403)
    }
  })

  it('asks for its token where one is configured, but for health', async () => {
    await start({ token: { reveal: () => 's3cret' } })
    expect((await ask('/healthz')).status).to.equal(200)
    expect((await ask('/v1/echo/a')).status).to.equal(401)
    expect((await ask('/metrics', { headers: { authorization: 'Bearer wrong' } })).status).to.equal(401)
    expect((await ask('/v1/echo/a', { headers: { authorization: 'Bearer s3cret' } })).status).to.equal(200)
  })

  it('shows the API’s page without the token, with a field for it where there is one', async () => {
    await start({ token: { reveal: () => 's3cret' } })
    for (const path of ['/docs/page.js', '/docs/page.css', '/openapi.json']) {
      expect((await ask(path)).status, path).to.equal(200)
    }
    const page = await (await ask('/')).text()
    expect(page).to.contain('type="password"').and.not.to.contain('s3cret')
    await control.close()
    await start()
    expect(await (await ask('/docs')).text()).not.to.contain('type="password"')
  })

  it('describes in OpenAPI exactly what is mounted', async () => {
    await start()
    const description = (await (await ask('/openapi.json')).json()) as {
      openapi: string
      paths: Record<string, Record<string, { operationId: string; parameters: { name: string; in: string }[] }>>
    }
    expect(description.openapi).to.match(/^3\.1/)
    const described = Object.entries(description.paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, one]) => `${method} ${path} ${one.operationId}`),
    )
    expect(described).to.deep.equal(['get /v1/echo/{node} echo', 'post /v1/notes note'])
    expect(
      description.paths['/v1/echo/{node}']?.['get']?.parameters.map((one) => `${one.in} ${one.name}`),
    ).to.deep.equal(['path node', 'query depth'])
  })
})
