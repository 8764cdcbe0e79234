import { expect } from 'chai'
import { request } from 'undici'
import { routeTo, startGateway, startUpstream, type TestGateway, type TestUpstream } from '../../support/gateway.js'

describe('an exchange through the gateway', () => {
  let upstream: TestUpstream
  let gateway: TestGateway
  before(async () => {
    upstream = await startUpstream((incoming, outgoing) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('end', () => {
        outgoing.writeHead(201, ['X-Method', incoming.method ?? '', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'])
        outgoing.end(Buffer.concat(chunks))
      })
    })
    gateway = await startGateway([
      routeTo(upstream.port, { name: 'kept', match: { path: '/kept/*' }, mode: 'durable' }),
      routeTo(upstream.port),
    ])
  })
  after(async () => {
    await gateway.close()
    await upstream.close()
  })

  for (const path of ['/off', '/kept/a']) {
    it(`passes GET and POST of ${path} on, and the answer back`, async () => {
      const got = await request(`${gateway.url}${path}?q=1`)
      expect(got.statusCode).to.equal(201)
      expect(got.headers['x-method']).to.equal('GET')
      expect(got.headers['set-cookie']).to.deep.equal(['a=1', 'b=2'])
      expect(await got.body.text()).to.equal('')
      const body = Buffer.alloc(200_000, 'x')
      const posted = await request(`${gateway.url}${path}`, { method: 'POST', body })
      expect(Buffer.from(await posted.body.arrayBuffer()).equals(body)).to.equal(true)
    })
  }

  it('records what a durable route passed, and nothing of a route that is off', () => {
    const { intents, closed } = gateway.recorder
    expect(intents.map((intent) => intent.route)).to.deep.equal(['kept', 'kept'])
    expect(
      closed.map(({ record }) => [record.phase, record.outcome, record.request.bytes, record.response?.bytes]),
    ).to.deep.equal([
      ['closing', 'complete', 0, 0],
      ['closing', 'complete', 200_000, 200_000],
    ])
    expect(new Set(closed.map(({ record }) => record.id))).to.deep.equal(new Set(intents.map((intent) => intent.id)))
  })

  it('keeps the lines of a head as they came only where nothing in them is secret', async () => {
    const { closed } = gateway.recorder
    const linesOf = async (headers: Record<string, string>) => {
      const { body } = await request(`${gateway.url}/kept/b`, { headers })
      await body.dump()
      const { request: asked, response } = closed.at(-1)?.record ?? {}
      return [asked?.lines, response?.lines]
    }
    const [plain, cookies] = await linesOf({ 'X-Plain': 'as it is' })
    expect(plain).to.match(/^host: 127\.0\.0\.1:\d+\r\n(?:.+\r\n)*X-Plain: as it is\r\n$/i)
    expect(cookies).to.equal(undefined)
    expect((await linesOf({ Authorization: 'Bearer planted' }))[0]).to.equal(undefined)
    expect((await linesOf({ Referer: 'http://h/?token=planted' }))[0]).to.equal(undefined)
  })
})
