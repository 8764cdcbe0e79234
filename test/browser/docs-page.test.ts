import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { chromium, type Browser } from 'playwright-core'
import { startWaybill, type TestWaybill } from '../support/waybill.js'

// Debian's; another one can be named. A missing browser fails the test.
const executablePath = process.env['WAYBILL_TEST_CHROMIUM'] ?? '/usr/bin/chromium'
const quiet = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking']

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
  let upstream: Server
  let waybill: TestWaybill
  let browser: Browser

  before(async () => {
    upstream = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"id":"p1"}')
    })
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
    waybill = await startWaybill(configuration(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`))
    browser = await chromium.launch({
      executablePath,
      args: [...quiet, '--disable-component-update', '--disable-sync'],
    })
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
    await page.goto(`${waybill.controlUrl}/docs`)
    const { paths } = await waybill.query<{ paths: Record<string, object> }>('/openapi.json')
    const operations = Object.values(paths).flatMap((methods) => Object.keys(methods))
    expect(await page.locator('details').count()).to.equal(operations.length)

    const custody = page.locator('details', { hasText: '/v1/custody/{node}' })
    await custody.locator('summary').click()
    await custody.locator('input[name=node]').fill('answer:predictions@p1')
    await custody.getByRole('button', { name: 'Send' }).click()
    await custody.locator('.call', { hasText: '→ 200' }).waitFor()
    expect(await custody.locator('.answer').textContent()).to.contain('answer:predictions@p1')

    expect(requested.filter((url) => !url.startsWith(waybill.controlUrl))).to.deep.equal([])
    expect(complaints).to.deep.equal([])
    await page.close()
  })
})
