import { expect } from 'chai'
import { routeTo, startGateway, startUpstream, type TestGateway, type TestUpstream } from '../../support/gateway.js'
import { fieldIn, RawClient } from '../attacks/raw-client.js'
import { startRawUpstream, type RawUpstream } from '../attacks/raw-upstream.js'

describe('references in answers, where a route rewrites them', () => {
  let upstream: TestUpstream
  let ported: RawUpstream
  let gateway: TestGateway

  before(async () => {
    upstream = await startUpstream((request, response) => {
      const own = `http://127.0.0.1:${upstream.port}`
      response.writeHead(201, {
        location: `${own}/v2/jobs/1?a=b#c`,
        'content-location': '/v2/jobs/1',
        link: `<${own}/v2/jobs?page=2>; rel="next", <https://elsewhere.example/v2/jobs>; rel="<${own}/v2>"`,
        'x-seen': request.url,
      })
      response.end(`${own}/v2/jobs/1`)
    })
    ported = await startRawUpstream(
      () => 'HTTP/1.1 302 Found\r\nLocation: http://SVC.example:80/ported/x\r\nContent-Length: 0\r\n\r\n',
    )
    const rewrite = { stripPrefix: '/api', addPrefix: '/v2' }
    gateway = await startGateway([
      routeTo(upstream.port, {
        name: 'on',
        match: { path: '/api/*' },
        rewrite: { ...rewrite, host: 'upstream', locations: true },
      }),
      routeTo(ported.port, {
        name: 'ported',
        match: { path: '/ported/*' },
        rewrite: { host: 'svc.example', locations: true },
      }),
      routeTo(upstream.port, { name: 'off', match: { path: '/*' }, rewrite: { addPrefix: '/v2' } }),
    ])
  })
  after(async () => {
    await gateway.close()
    await upstream.close()
    await ported.close()
  })

  it('lead to the gateway, prefix stripped and added; other origins, quoted text and bodies stay', async () => {
    const answer = await fetch(`${gateway.url}/api/jobs`)
    expect(answer.headers.get('x-seen')).to.equal('/v2/jobs')
    expect(answer.headers.get('location')).to.equal(`${gateway.url}/api/jobs/1?a=b#c`)
    expect(answer.headers.get('content-location')).to.equal('/api/jobs/1')
    expect(answer.headers.get('link')).to.equal(
      `<${gateway.url}/api/jobs?page=2>; rel="next", <https://elsewhere.example/v2/jobs>; rel="<http://127.0.0.1:${upstream.port}/v2>"`,
    )
    expect(await answer.text()).to.equal(`http://127.0.0.1:${upstream.port}/v2/jobs/1`)
  })

  it('lead there too where the service spells its default port out, or writes its name in capitals', async () => {
    const client = await new RawClient(gateway.port)
      .send('GET /ported/x HTTP/1.1\r\nHost: gw.example\r\n\r\n')
      .answered()
    expect(fieldIn(client.finals[0]?.fields ?? [], 'location')).to.equal('http://gw.example/ported/x')
    client.leave()
  })

  it('stay as the service wrote them on a route that does not ask for it', async () => {
    const answer = await fetch(`${gateway.url}/jobs`)
    expect(answer.headers.get('location')).to.equal(`http://127.0.0.1:${upstream.port}/v2/jobs/1?a=b#c`)
    expect(answer.headers.get('content-location')).to.equal('/v2/jobs/1')
  })
})
