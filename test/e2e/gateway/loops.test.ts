import { expect } from 'chai'
import http from 'node:http'
import { Asking } from '../../support/asking.js'
import { routeTo, startGateway, startUpstream, type TestGateway } from '../../support/gateway.js'

describe('requests that come back to the gateway', () => {
  const closing: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0)) await close()
  })

  async function gatewayTo(port: number): Promise<TestGateway> {
    const gateway = await startGateway([routeTo(port)])
    closing.push(() => gateway.close())
    return gateway
  }

  it('508 for one that a service leads back again and again', async () => {
    const ports: number[] = []
    // as a proxy does that knows no better
    const relay = await startUpstream(({ url, method, headers }, response) => {
      const back = http.request({ port: ports[0], path: url, method, headers, agent: false }, (answer) => {
        response.writeHead(answer.statusCode ?? 0, answer.rawHeaders)
        answer.pipe(response)
      })
      back.on('error', () => response.destroy())
      back.end()
    })
    closing.push(() => relay.close())
    const gateway = await gatewayTo(relay.port)
    ports.push(gateway.port)
    const refused: string[] = []
    gateway.signals.exchangeRefused.subscribe(({ code }) => refused.push(code))

    const asking = await new Asking(gateway.port, '/any').over()
    expect(asking.status).to.equal(508)
    expect(asking.fields['content-type']).to.equal('application/problem+json')
    expect(JSON.parse(asking.text)).to.include({ code: 'WB_LOOP_DETECTED', status: 508 })
    expect(relay.count()).to.equal(10)
    expect(refused).to.deep.equal(['WB_LOOP_DETECTED'])
  })

  it('passes what has come through other gateways of the same name', async () => {
    const upstream = await startUpstream((request, response) => response.end(request.headers.via))
    closing.push(() => upstream.close())
    let { port } = upstream
    for (let at = 0; at < 4; at++) port = (await gatewayTo(port)).port
    const asking = await new Asking(port, '/any').over()
    expect(asking.status).to.equal(200)
    expect(asking.text).to.equal('1.1 waybill, 1.1 waybill, 1.1 waybill, 1.1 waybill')
  })
})
