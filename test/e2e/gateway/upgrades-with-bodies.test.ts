import { expect } from 'chai'
import { routeTo, startGateway, type TestGateway } from '../../support/gateway.js'
import { until } from '../../support/until.js'
import { RawClient } from '../attacks/raw-client.js'
import { seenField, startRawUpstream, type RawUpstream } from '../attacks/raw-upstream.js'

const asking = 'Host: h\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n'
const switching = 'HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1 (service)\r\n\r\n'
const long = 'x'.repeat(200_000)

describe('upgrades of requests with a body', () => {
  let upstream: RawUpstream
  let gateway: TestGateway
  let after: string
  beforeEach(async () => {
    after = ''
    upstream = await startRawUpstream((_, socket) => {
      socket.on('data', (bytes) => (after += bytes.toString('latin1')))
      return switching
    })
    gateway = await startGateway([routeTo(upstream.port, { mode: 'durable' })])
  })
  afterEach(async () => {
    await gateway.close()
    await upstream.close()
  })

  for (const [name, framed, body] of [
    ['of no bytes', 'Content-Length: 0\r\n\r\n', ''],
    ['that is short', 'Content-Length: 4\r\n\r\nbody', 'body'],
    ['that streams', `Content-Length: ${long.length}\r\n\r\n${long}`, long],
    ['in chunks', 'Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n', 'body'],
  ] as const) {
    it(`are relayed after one ${name}, in the words of both`, async () => {
      const client = new RawClient(gateway.port).send(`POST /exec HTTP/1.1\r\n${asking}${framed}`)
      await client.until(() => client.unparsed.includes('\r\n\r\n') || client.answers.length > 0)
      const text = client.unparsed + (client.answers[0]?.fields.join('\r\n') ?? '')
      expect(client.statuses).to.deep.equal([101])
      expect(text).to.include('Upgrade: SPDY/3.1 (service)')
      expect(upstream.seen[0]?.body).to.equal(body)
      expect(seenField(upstream.seen[0], 'upgrade')).to.equal('SPDY/3.1')
      client.send('ping')
      await until(() => after === 'ping')
      client.leave()
      await gateway.recorder.until(({ closed }) => closed.length === 1)
      expect(gateway.recorder.closed[0]?.record.request.bytes).to.equal(body.length + 4)
    })
  }

  it('are not made before the service has the request', async () => {
    upstream.onHead = (socket) => socket.write(switching)
    const client = new RawClient(gateway.port).send(`POST / HTTP/1.1\r\n${asking}Content-Length: 8\r\n\r\nhalf`)
    await client.answered()
    expect(client.statuses).to.deep.equal([502])
    client.leave()
  })
})
