import { expect } from 'chai'
import { routeTo, startGateway, startUpstream, type TestGateway, type TestUpstream } from '../../support/gateway.js'

describe('references in answers, where a route rewrites them', () => {
  let upstream: TestUpstream
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
    const rewrite = { stripPrefix: '/api', addPrefix: '/v2' }
    gateway = await startGateway([
      routeTo(upstream.port, {
        name: 'on',
        match: { path: '/api/*' },
        rewrite: { ...rewrite, host: 'upstream', locations: true },
      }),
      routeTo(upstream.port, { name: 'off', match: { path: '/*' }, rewrite: { addPrefix: '/v2' } }),
    ])
  })
  after(async () => {
    await gateway.close()
    await upstream.close()
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

  it('stay as the service wrote them on a route that does not ask for it', async () => {
    const answer = await fetch(`${gateway.url}/jobs`)
    expect(answer.headers.get('location')).to.equal(`http://127.0.0.1:${upstream.port}/v2/jobs/1?a=b#c`)
    expect(answer.headers.get('content-location')).to.equal('/v2/jobs/1')
  })
})
