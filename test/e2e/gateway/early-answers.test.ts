import { expect } from 'chai'
import { once } from 'node:events'
import type { RecordingMode } from '../../../core/exchange.js'
import { routeTo, startGateway, startUpstream, type TestGateway, type TestUpstream } from '../../support/gateway.js'
import { RawClient } from '../attacks/raw-client.js'
import { startRawUpstream } from '../attacks/raw-upstream.js'
import { settle, until } from '../../support/until.js'

const tap = { request: { bytes: 8, digests: ['sha256'] }, response: { bytes: 8, digests: [] } } as const
const half = 'x'.repeat(100_000)
const head = (path: string, fields = '') =>
  `POST ${path} HTTP/1.1\r\nHost: h\r\nContent-Length: ${half.length * 2}\r\n${fields}\r\n`

describe('an answer that ends before its request', () => {
  let upstream: TestUpstream
  let gateway: TestGateway
  let received: number
  let whole: boolean
  beforeEach(async () => {
    received = 0
    whole = false
    upstream = await startUpstream((request, response) => {
      request.on('data', (bytes: Buffer) => (received += bytes.length))
      request.on('end', () => (whole = true))
      request.on('error', () => undefined)
      response.end('early')
    })
  })
  afterEach(async () => {
    await gateway.close()
    await upstream.close()
  })

  const closed = () => gateway.recorder.closed

  for (const mode of ['off', 'async', 'durable', 'required'] as RecordingMode[]) {
    it(`${mode}: reaches a client that sends on only then, and the service gets the rest`, async () => {
      gateway = await startGateway([routeTo(upstream.port, { mode, tap })])
      const client = await new RawClient(gateway.port).send(head('/') + half).answered()
      expect([client.statuses, client.finals[0]?.body]).to.deep.equal([[200], 'early'])
      await settle()
      expect(closed()).to.deep.equal([])
      client.send(half)
      await until(() => whole)
      await client.send('GET / HTTP/1.1\r\nHost: h\r\n\r\n').answered(2)
      expect([client.statuses, received]).to.deep.equal([[200, 200], half.length * 2])
      if (mode !== 'off') {
        expect(closed()[0]?.record).to.deep.include({ outcome: 'complete', error: null })
        expect(closed()[0]?.record.request.bytes).to.equal(half.length * 2)
        expect(closed()[0]?.capture.request).to.include({ total: half.length * 2, cut: false })
      }
      client.leave()
    })
  }

  it('waits for an opening record, where the route waits for records', async () => {
    gateway = await startGateway([routeTo(upstream.port, { mode: 'durable' })])
    gateway.recorder.holdNotes = true
    const client = new RawClient(gateway.port).send(head('/') + half)
    await gateway.recorder.until(({ notes }) => notes.length === 1)
    await settle()
    expect(client.statuses).to.deep.equal([])
    expect(gateway.recorder.notes[0]).to.include({ phase: 'opening', outcome: 'open' })
    gateway.recorder.release()
    await client.answered()
    expect(client.statuses).to.deep.equal([200])
    client.leave()
  })

  it('is recorded as cut where the client leaves, or stops sending', async () => {
    gateway = await startGateway([routeTo(upstream.port, { mode: 'durable', tap })], {
      timeouts: { head: 5_000, bodyIdle: 200, keepAlive: 5_000 },
    })
    for (const leaves of [true, false]) {
      const before = closed().length
      const client = await new RawClient(gateway.port).send(head('/') + half).answered()
      if (leaves) client.leave()
      await gateway.recorder.until(() => closed().length > before)
      expect(closed()[before]?.record).to.deep.include({ outcome: 'client-aborted', error: null })
      expect(closed()[before]?.capture.request).to.include({ total: half.length, truncated: true, cut: true })
      client.leave()
    }
  })

  it('ends the request too where the service closes: what passed of it is recorded as cut', async () => {
    const raw = await startRawUpstream()
    raw.onHead = (socket) =>
      socket.write('HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno', () =>
        socket.destroySoon(),
      )
    gateway = await startGateway([routeTo(raw.port, { mode: 'durable', tap })])
    const client = await new RawClient(gateway.port).send(head('/') + half).answered()
    expect(client.statuses).to.deep.equal([413])
    await gateway.recorder.until(() => closed().length === 1)
    expect(closed()[0]?.record.outcome).to.equal('complete')
    expect(closed()[0]?.capture.request).to.include({ truncated: true, cut: true })
    client.leave()
    await raw.close()
  })

  it('without a length ends for a client of HTTP/1.0, which may still send on', async () => {
    await upstream.close()
    upstream = await startUpstream((request, response) => {
      request.on('data', (bytes: Buffer) => (received += bytes.length))
      response.write('ear')
      response.end('ly')
    })
    gateway = await startGateway([routeTo(upstream.port, { mode: 'durable' })])
    const client = new RawClient(gateway.port)
    client.socket.allowHalfOpen = true
    client.send(head('/').replace('HTTP/1.1', 'HTTP/1.0') + half)
    await once(client.socket, 'end')
    expect(client.finals[0]?.body).to.equal('early')
    client.send(half)
    await until(() => received === half.length * 2)
    client.leave()
  })
})
