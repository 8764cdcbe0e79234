import { expect } from 'chai'
import type { Browser } from 'playwright-core'
import { z } from 'zod'
import { createControl } from '../../control/control.js'
import { createMetrics } from '../../control/metrics.js'
import { defineEndpoint } from '../../core/endpoint.js'
import { launchBrowser } from '../support/browser.js'
import { startJsonService, type TestService } from '../support/service.js'
import { startWaybill, type TestWaybill } from '../support/waybill.js'

const configuration = (url: string) => `
services: { inference: { url: '${url}' } }
routes:
  - name: predict
    match: { path: /predict }
    service: inference
    gather:
      - use: http-json
        with:
          generated: [{ type: answer, name: predictions, version: '{$.response.body.id}' }]
`

describe('the API’s page in a browser', () => {
  let upstream: TestService
  let waybill: TestWaybill
  let browser: Browser

  before(async () => {
    upstream = await startJsonService({ id: 'p1' })
    waybill = await startWaybill(configuration(upstream.url))
    browser = await launchBrowser()
  })
  after(async () => {
    await browser.close()
    await waybill.stop()
    upstream.close()
  })

  it('lists every operation and tries one, loading nothing from elsewhere', async () => {
    await (await fetch(`${waybill.url}/predict`)).text()
    await waybill.settled()
    const page = await browser.newPage()
    const requested: string[] = []
    const complaints: string[] = []
    page.on('request', (request) => requested.push(request.url()))
    page.on('console', (message) => complaints.push(message.text()))
    await page.goto(waybill.controlUrl)
    expect(page.url()).to.equal(`${waybill.controlUrl}/docs`)
    const { paths } = await waybill.query<{ paths: Record<string, object> }>('/openapi.json')
    const operations = Object.values(paths).flatMap((methods) => Object.keys(methods))
    expect(await page.locator('details').count()).to.equal(operations.length)

    const custody = page.locator('details', { hasText: '/v1/custody/{node}' })
    await custody.locator('summary').click()
    await custody.locator('input[name=node]').fill('answer:predictions@p1')
    await custody.getByRole('button', { name: 'Send' }).click()
    await custody.locator('.call', { hasText: '→ 200' }).waitFor()
    expect(await custody.locator('.answer').textContent()).to.contain('answer:predictions@p1')

    const regather = page.locator('details', { hasText: '/v1/regather' })
    await regather.locator('summary').click()
    const body = regather.locator('textarea')
    expect(JSON.parse(await body.inputValue())).to.deep.equal({ route: '', since: '' })
    await body.fill(JSON.stringify({ route: 'predict', since: '2026-01-01T00:00:00Z' }))
    await regather.getByRole('button', { name: 'Send' }).click()
    await regather.locator('.call', { hasText: '→ 200' }).waitFor()

    expect(requested.filter((url) => !url.startsWith(waybill.controlUrl))).to.deep.equal([])
    expect(complaints).to.deep.equal([])
    await page.close()
  })

  it('sends the token that is typed in', async () => {
    const none = z.strictObject({})
    const hello = defineEndpoint({
      ...{ method: 'GET', path: '/v1/hello', operationId: 'hello', summary: 'Greets.', tag: 'test' },
      ...{ params: none, query: none, response: z.string() },
      handle: () => Promise.resolve('hello'),
    })
    const control = createControl({
      endpoints: [hello],
      metrics: createMetrics(),
      settings: { host: '127.0.0.1', port: 0, hosts: [], token: { reveal: () => 's3cret' } },
      version: '1.2.3',
      ready: () => ({ ready: true, parts: {} }),
    })
    const { port } = await control.listen()
    const page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${port}/docs#hello`)
    const send = page.getByRole('button', { name: 'Send' })
    await send.click()
    await page.locator('.call', { hasText: '→ 401' }).waitFor()
    await page.locator('#token').fill('s3cret')
    await send.click()
    await page.locator('.call', { hasText: '→ 200' }).waitFor()
    expect(await page.locator('.answer').textContent()).to.equal('"hello"')
    await page.close()
    await control.close()
  })
})
