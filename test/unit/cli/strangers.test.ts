// What reaches the reader from others: services that are no control plane, and text that traffic chose.
import { expect } from 'chai'
import { createServer } from 'node:http'
import { startJsonService, startService, type TestService } from '../../support/service.js'
import { runCommand } from '../../support/terminal.js'

describe('the command line among strangers', () => {
  let service: TestService | undefined
  afterEach(() => service?.close())

  it('takes no other service’s answer for one of Waybill, and says which port to ask', async () => {
    service = await startJsonService({ items: [], exchanges: 3 })
    for (const command of [
      ['custody', 'x'],
      ['coverage'],
      ['exchange', 'list'],
      ['regather', '-r', 'a', '--since', '1h'],
    ]) {
      const { code, out, err } = await runCommand([...command, '--url', service.url])
      expect([code, out], command.join(' ')).to.deep.equal([4, ''])
      expect(err).to.contain('answered 200, not as Waybill does').and.to.contain('control port')
    }
  })

  it('reaches a control plane on any port', async () => {
    // one that browsers and `fetch` refuse (fetch.spec.whatwg.org, "bad port")
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', server: 'Waybill/0.1.0' }).end('[]')
    })
    await new Promise<void>((resolve) => server.listen(10080, '127.0.0.1', resolve))
    const { code, err } = await runCommand(['coverage', '--url', 'http://127.0.0.1:10080'])
    await new Promise((resolve) => server.close(resolve))
    expect([code, err]).to.deep.equal([0, ''])
  })

  it('says of a token that can be none that it is none', async () => {
    const { code, err } = await runCommand(['coverage'], { WAYBILL_TOKEN: 'a\nb' })
    expect(code).to.equal(2)
    expect(err).to.contain('WAYBILL_TOKEN can’t be a token')
  })

  it('prints no control character of what it is told', async () => {
    const problem = { code: 'WB_NODE_NOT_FOUND', detail: 'no node a\u001b[31m', hint: 'Near matches: b\u001b[2J\nc' }
    service = await startService((_, response) => {
      const type = { 'content-type': 'application/problem+json', server: 'Waybill/0.1.0' }
      response.writeHead(404, type).end(JSON.stringify(problem))
    })
    const { code, err } = await runCommand(['custody', 'a', '--url', service.url])
    expect(code).to.equal(3)
    expect(err).to.equal('waybill: no node a\\u001b[31m (WB_NODE_NOT_FOUND)\n  Near matches: b\\u001b[2J\\u000ac\n')
  })
})
