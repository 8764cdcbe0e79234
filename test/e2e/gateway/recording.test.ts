import { expect } from 'chai'
import type http from 'node:http'
import type { RecordingMode } from '../../../core/exchange.js'
import type { GatewaySettings } from '../../../gateway/settings.js'
import { routeTo, startGateway, startUpstream, type TestGateway, type TestUpstream } from '../../support/gateway.js'
import { Asking } from '../../support/asking.js'
import { settle, until } from '../../support/until.js'
import { RawClient } from '../attacks/raw-client.js'

describe('recording modes', () => {
  let upstream: TestUpstream
  let gateway: TestGateway
  let streams: http.ServerResponse[]
  beforeEach(async () => {
    streams = []
    upstream = await startUpstream((request, response) => {
      if (request.url?.startsWith('/length') === true) response.writeHead(200, { 'Content-Length': 4 }).end('body')
      else if (request.url === '/chunked') {
        response.write('first ')
        setImmediate(() => response.end('last'))
      } else if (request.url === '/none') response.writeHead(204).end()
      else if (request.url === '/large')
        response.writeHead(200, { 'Content-Length': 1_000_000 }).end(Buffer.alloc(1_000_000, 'x'))
      else if (request.url === '/breaks') {
        response.writeHead(200, { 'Content-Length': 100 })
        response.write('half')
        setImmediate(() => response.destroy())
      } else {
        if (request.url === '/events') response.setHeader('Content-Type', 'text/event-stream')
        response.flushHeaders()
        streams.push(response)
      }
    })
  })
  afterEach(async () => {
    await gateway.close()
    await upstream.close()
  })

  async function open(mode: RecordingMode, settings: Partial<GatewaySettings> = {}) {
    gateway = await startGateway([routeTo(upstream.port, { mode, gatherers: ['g'] })], settings)
    return gateway.recorder
  }

  const ask = (path: string, options: http.RequestOptions = {}, body?: string) =>
    new Asking(gateway.port, path, options, body)

  it('off asks nothing of the recorder', async () => {
    const recorder = await open('off')
    await ask('/length').over()
    await ask('/breaks').over()
    expect([recorder.intents, recorder.notes, recorder.closed, recorder.abandoned].flat()).to.deep.equal([])
  })

  it('shadow only closes', async () => {
    const recorder = await open('shadow')
    await ask('/length').over()
    expect(recorder.intents).to.deep.equal([])
    expect(recorder.closed[0]?.record.mode).to.equal('shadow')
  })

  it('async waits for nothing but the intent', async () => {
    const recorder = await open('async')
    recorder.holdCloses = true
    expect((await ask('/length').over()).text).to.equal('body')
    await recorder.until(({ closed }) => closed.length === 1)
    expect(recorder.intents[0]?.id).to.equal(recorder.closed[0]?.record.id)
  })

  describe('durable', () => {
    it('keeps the last piece back until the record is committed: body, chunk and terminator, or head', async () => {
      const recorder = await open('durable')
      recorder.holdCloses = true
      for (const [path, early, whole] of [
        ['/length', '', 'body'],
        ['/chunked', 'first ', 'first last'],
        ['/none', '', ''],
      ] as const) {
        const before = recorder.closed.length
        const asking = ask(path)
        await recorder.until(({ closed }) => closed.length > before)
        // longer than a piece waits for the end that may follow it
        await new Promise((resolve) => setTimeout(resolve, 50))
        expect(asking.state, path).to.equal('open')
        expect(asking.text, path).to.satisfy((text: string) => text === '' || text === early)
        if (path !== '/chunked') expect(asking.status, path).to.equal(0)
        recorder.release()
        await asking.over()
        expect([asking.state, asking.text], path).to.deep.equal(['ended', whole])
      }
    })

    it('lets a long body pass but for its last piece', async () => {
      const recorder = await open('durable')
      recorder.holdCloses = true
      const asking = ask('/large')
      await recorder.until(({ closed }) => closed.length === 1)
      await asking.until(({ text }) => text.length > 800_000)
      await settle()
      expect(asking.state).to.equal('open')
      expect(asking.text.length).to.be.lessThan(1_000_000)
      recorder.release()
      expect((await asking.over()).text.length).to.equal(1_000_000)
    })

    it('records an answer that broke off, and the client sees it break', async () => {
      const recorder = await open('durable')
      expect((await ask('/breaks').over()).state).to.equal('broken')
      await recorder.until(({ closed }) => closed.length === 1)
      expect(recorder.closed[0]?.record).to.deep.include({ outcome: 'upstream-aborted', error: 'WB_UPSTREAM_RESET' })
    })

    it('records a client that left, in the answer and before it', async () => {
      const recorder = await open('durable')
      for (const early of [true, false]) {
        const before = recorder.closed.length
        const asking = ask('/open')
        await (early ? until(() => streams.length > before) : asking.until(({ status }) => status === 200))
        asking.request.destroy()
        await recorder.until(({ closed }) => closed.length > before)
        expect(recorder.closed[before]?.record.outcome).to.equal('client-aborted')
      }
    })

    it('records the gateway’s own answers to forwarded requests', async () => {
      const recorder = await open('durable')
      await upstream.close()
      const asking = await ask('/length').over()
      expect(asking.status).to.equal(502)
      expect(asking.fields['waybill-exchange']).to.equal(recorder.closed[0]?.record.id)
      expect(recorder.closed[0]?.record).to.deep.include({ outcome: 'failed', error: 'WB_UPSTREAM_REFUSED' })
    })
  })

  describe('streams', () => {
    it('record an event stream before its head, pass events at once, record progress and the end', async () => {
      const recorder = await open('durable', { progress: 200 })
      recorder.holdNotes = true
      const asking = ask('/events')
      await recorder.until(({ notes }) => notes.length === 1)
      await settle()
      expect(asking.status).to.equal(0)
      recorder.holdNotes = false
      recorder.release()
      await asking.until(({ status }) => status === 200)
      for (const event of ['data: 1\n\n', 'data: 2\n\n']) {
        const before = asking.text
        streams[0]?.write(event)
        await asking.until(({ text }) => text === before + event)
      }
      await recorder.until(({ notes }) => notes.length >= 3)
      expect(recorder.notes.map(({ phase }) => phase).slice(0, 3)).to.deep.equal(['opening', 'progress', 'progress'])
      expect(recorder.notes[2]?.response?.bytes).to.equal(18)
      recorder.holdCloses = true
      streams[0]?.end('data: 3\n\n')
      await recorder.until(({ closed }) => closed.length === 1)
      await asking.until(({ text }) => text.endsWith('data: 3\n\n'))
      await settle()
      expect(asking.state).to.equal('open')
      recorder.release()
      expect((await asking.over()).state).to.equal('ended')
    })

    it('record any answer of unknown length that lasts', async () => {
      const recorder = await open('async', { progress: 100 })
      const asking = ask('/open')
      await recorder.until(({ notes }) => notes.length >= 2)
      expect(recorder.notes.slice(0, 2).map(({ phase }) => phase)).to.deep.equal(['opening', 'progress'])
      streams[0]?.end('end')
      expect((await asking.over()).text).to.equal('end')
    })
  })

  describe('required', () => {
    it('sends nothing upstream where the ledger cannot be written', async () => {
      const recorder = await open('required')
      recorder.fail = { open: true }
      const asking = await ask('/length').over()
      expect([asking.status, asking.fields['retry-after']]).to.deep.equal([503, '1'])
      expect(JSON.parse(asking.text)).to.include({ code: 'WB_RECORD_UNAVAILABLE' })
      expect([upstream.count(), recorder.closed.length]).to.deep.equal([0, 0])
    })

    it('takes no request from a client that was refused before it was told to go on', async () => {
      const recorder = await open('required')
      recorder.fail = { open: true }
      const body = 'GET /length HTTP/1.1\r\nHost: h\r\n\r\n'
      const client = new RawClient(gateway.port)
      const fields = `Host: h\r\nExpect: 100-continue\r\nContent-Length: ${body.length}`
      await client.send(`POST /length HTTP/1.1\r\n${fields}\r\n\r\n`).answered()
      expect(client.statuses).to.deep.equal([503])
      expect(client.answers[0]?.fields).to.include('Connection: close')
      await client.send(body).ending()
      expect([client.statuses, upstream.count()]).to.deep.equal([[503], 0])
    })

    it('has its opening record on disk before the head, its closing one before the last piece', async () => {
      const recorder = await open('required')
      recorder.holdNotes = true
      recorder.holdCloses = true
      const asking = ask('/large')
      await recorder.until(({ notes }) => notes.length === 1)
      await settle()
      expect(asking.status).to.equal(0)
      recorder.release()
      await recorder.until(({ closed }) => closed.length === 1)
      await settle()
      expect([asking.status, asking.state]).to.deep.equal([200, 'open'])
      recorder.release()
      expect((await asking.over()).text.length).to.equal(1_000_000)
    })

    it('answers 500 with the exchange where a record fails and nothing has gone out', async () => {
      for (const fail of [{ record: true }, { close: true }]) {
        const recorder = await open('required')
        recorder.fail = fail
        const asking = await ask('/length').over()
        expect(asking.status).to.equal(500)
        expect(asking.fields).to.not.have.property('retry-after')
        expect(asking.fields['waybill-exchange']).to.equal(recorder.intents[0]?.id)
        expect(JSON.parse(asking.text)).to.include({ code: 'WB_RECORD_FAILED' })
        expect(upstream.count()).to.be.greaterThan(0)
        await gateway.close()
      }
    })

    it('breaks the connection where the head has gone out', async () => {
      const recorder = await open('required')
      recorder.fail = { close: true }
      expect((await ask('/large').over()).state).to.equal('broken')
    })
  })

  it('keeps no secret of a head, and who it came from', async () => {
    const recorder = await open('durable')
    const headers = {
      Authorization: `Basic ${Buffer.from('alice:hunter2').toString('base64')}`,
      Cookie: 'session=hunter2',
      'Waybill-Exchange': 'a'.repeat(32),
      traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`,
    }
    await ask('/length?token=hunter2&x=1', { headers, method: 'POST' }, 'in').over()
    const { record } = recorder.closed[0] ?? {}
    expect(JSON.stringify(record)).to.not.include('hunter2')
    expect(record).to.deep.include({
      claim: { agent: 'basic:alice', by: 'asserted' },
      traceId: '1'.repeat(32),
      references: ['a'.repeat(32)],
      peer: '127.0.0.1',
      gatherers: ['g'],
      phase: 'closing',
    })
    expect(record?.request).to.include({ method: 'POST', bytes: 2, target: '/length?token=[redacted]&x=1' })
  })
})
