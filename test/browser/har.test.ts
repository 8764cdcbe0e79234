// A HAR as Chromium really records it, of a page that works through the gateway: gatherers read the same off it as off the
// traffic itself.
import { expect } from 'chai'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Browser } from 'playwright-core'
import { launchBrowser } from '../support/browser.js'
import { startService, type TestService } from '../support/service.js'
import { runCommand } from '../support/terminal.js'
import { startWaybill, type TestWaybill } from '../support/waybill.js'

const configuration = (url: string) => `
services: { app: { url: '${url}' } }
routes:
  - name: predict
    match: { path: '/models/{model}/predict', method: POST }
    service: app
    gather:
      - use: http-json
        when: { status: 2xx }
        with:
          activity: { type: inference, id: '{$.response.body.id}', state: exchange }
          agent: '{$.request.agent}'
          used:
            - { type: model, name: 'models/{$.request.params.model}', version: '{$.request.body.version}' }
            - { each: '$.request.body.inputs[*]', type: object, name: '{$}' }
          generated: [{ type: answer, name: predictions, version: '{$.response.body.id}', digest: { body: request } }]
  - { name: page, match: { path: /* }, service: app }
`

const page = `<!doctype html><meta charset="utf-8"><title>predict</title><p id="label"></p><script type="module">
  const answer = await fetch('/models/churn/predict', {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Basic ' + btoa('ann:password-canary') },
    body: JSON.stringify({ version: '3', inputs: ['s3://lake/a.csv', 's3://lake/ü.csv'] }),
  })
  document.getElementById('label').textContent = (await answer.json()).label
</script>`

describe('waybill gather --har, of what Chromium recorded', () => {
  let dir = ''
  let app: TestService
  let waybill: TestWaybill
  let browser: Browser

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'waybill-har-'))
    app = await startService((request, response) => {
      request.resume()
      if (request.method === 'GET') response.writeHead(200, { 'content-type': 'text/html' }).end(page)
      else {
        response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
        response.end(gzipSync(JSON.stringify({ id: 'p1', label: 'ja – é' })))
      }
    })
    waybill = await startWaybill(configuration(app.url))
    browser = await launchBrowser()
  })
  after(async () => {
    await browser.close()
    await waybill.stop()
    app.close()
    rmSync(dir, { recursive: true })
  })

  async function recordHar(file: string): Promise<void> {
    const context = await browser.newContext({ recordHar: { path: join(dir, file) } })
    const tab = await context.newPage()
    await tab.goto(waybill.url)
    await tab.locator('#label', { hasText: 'ja – é' }).waitFor()
    await context.close()
    await waybill.settled()
  }

  it('tells the same facts of the same exchange, and keeps none of its secrets', async () => {
    await recordHar('page.har')
    expect(readFileSync(join(dir, 'page.har'), 'utf8')).to.contain(btoa('ann:password-canary'))
    const har = await runCommand(['gather', '--har', 'page.har', '--url', waybill.controlUrl, '-o', 'json'], {}, dir)
    expect(har).to.include({ code: 0, err: '' })
    expect(har.out).not.to.contain(btoa('ann:password-canary')).and.not.to.contain('password-canary')

    const { exchanges } = JSON.parse(har.out) as {
      exchanges: { route: string; exchange: string; gathered: unknown[] }[]
    }
    const predicted = exchanges.find(({ route }) => route === 'predict')
    expect(exchanges.filter(({ route }) => route === 'page')).not.to.be.empty
    const ids = ['gather', '--exchange', predicted?.exchange ?? '', '--url', waybill.controlUrl, '-o', 'json']
    const recorded = JSON.parse((await runCommand(ids)).out) as {
      exchanges: typeof exchanges
    }
    expect(withoutTimes(predicted?.gathered)).to.deep.equal(withoutTimes(recorded.exchanges[0]?.gathered))

    const drawn = await runCommand(['gather', '--har', 'page.har', '--url', waybill.controlUrl], {}, dir)
    for (const fact of [
      'inference:p1',
      'model:models/churn@3',
      'object:s3://lake/ü.csv',
      'agent:basic:ann',
      'answer:predictions@p1',
    ]) {
      expect(drawn.out).to.contain(fact)
    }
  })
})

/** A browser's clock and the gateway's look at different moments. */
function withoutTimes(gathered: unknown): unknown {
  return JSON.parse(JSON.stringify(gathered), (key, value: unknown) =>
    /^(time|startedAt|endedAt)$/.test(key) ? 0 : value,
  )
}
