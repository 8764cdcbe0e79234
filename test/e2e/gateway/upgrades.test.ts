import { expect } from 'chai'
import http from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocket, WebSocketServer } from 'ws'
import { Asking } from '../../support/asking.js'
import { routeTo, startGateway, startUpstream, type TestGateway, type TestUpstream } from '../../support/gateway.js'

function opened(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve())
    socket.once('error', reject)
  })
}

function closed(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => socket.once('close', (code) => resolve(code)))
}

function message(socket: WebSocket): Promise<string> {
  return new Promise((resolve) => socket.once('message', (data: Buffer) => resolve(data.toString())))
}

describe('upgraded connections', () => {
  let upstream: TestUpstream
  let gateway: TestGateway
  let echo: WebSocketServer
  beforeEach(async () => {
    upstream = await startUpstream((_, response) => response.end('plain'))
    echo = new WebSocketServer({ noServer: true })
    upstream.server.on('upgrade', (request, socket, first) => {
      if (request.headers.upgrade !== 'websocket') answerOther(request, socket)
      else if (request.url === '/refused') socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno')
      else
        echo.handleUpgrade(request, socket, first, (client) => {
          if (request.url === '/greets') client.send('hello')
          client.on('message', (data: Buffer) => client.send(data))
        })
    })
    gateway = await startGateway([
      routeTo(upstream.port, { name: 'off', match: { host: 'off.example' } }),
      routeTo(upstream.port, { name: 'one', match: { host: 'one.example' }, service: { connections: 1 } }),
      routeTo(upstream.port, { name: 'durable', mode: 'durable' }),
    ])
  })
  afterEach(async () => {
    for (const client of echo.clients) client.terminate()
    await gateway.close()
    await upstream.close()
  })

  it('carry WebSocket messages both ways, small and large, and its closing handshake', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/ws`)
    await opened(socket)
    for (const text of ['a', 'b'.repeat(200_000), 'c'.repeat(3_000_000)]) {
      const answer = message(socket)
      socket.send(text)
      expect(await answer).to.equal(text)
    }
    const end = closed(socket)
    socket.close(1000)
    expect(await end).to.equal(1000)
    await gateway.recorder.until(({ closed: all }) => all.length === 1)
  })

  it('are recorded when they open, before 101, and when they end, with bytes both ways', async () => {
    const { recorder } = gateway
    recorder.holdNotes = true
    const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/greets`)
    const greeting = message(socket)
    await recorder.until(({ notes }) => notes.length === 1)
    expect(socket.readyState).to.equal(WebSocket.CONNECTING)
    expect(recorder.notes[0]).to.deep.include({ phase: 'opening', outcome: 'open' })
    expect(recorder.notes[0]?.response?.status).to.equal(101)
    recorder.release()
    expect(await greeting).to.equal('hello')
    socket.terminate()
    await recorder.until(({ closed: all }) => all.length === 1)
    const record = recorder.closed[0]?.record
    expect(record).to.deep.include({ phase: 'closing', id: recorder.intents[0]?.id })
    expect(record?.response?.bytes).to.be.greaterThan(6)
  })

  it('end at the other side too when one side breaks', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/ws`)
    await opened(socket)
    const end = closed(socket)
    for (const client of echo.clients) client.terminate()
    expect(await end).to.equal(1006)

    const other = new WebSocket(`ws://127.0.0.1:${gateway.port}/ws`)
    await opened(other)
    const [seen] = echo.clients
    expect(seen).to.not.equal(undefined)
    const gone = seen === undefined ? Promise.resolve(0) : closed(seen)
    other.terminate()
    await gone
  })

  it('take the place of a connection that stands idle where there is no other', async () => {
    const headers = { Host: 'one.example' }
    const plain = await new Asking(gateway.port, '/', { headers }).over()
    expect(plain.text).to.equal('plain')
    const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/greets`, { headers })
    expect(await message(socket)).to.equal('hello')
    socket.terminate()
  })

  it('are not made where the service refuses: its answer is passed on', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/refused`)
    const status = await new Promise((resolve) => {
      socket.once('unexpected-response', (_, response) => resolve(response.statusCode))
      socket.once('error', () => undefined)
    })
    expect(status).to.equal(403)
    socket.terminate()
  })

  it('carry any other protocol as raw bytes, the first ones included', async () => {
    const request = http.request({
      port: gateway.port,
      host: '127.0.0.1',
      path: '/shout',
      headers: { Host: 'off.example', Connection: 'Upgrade', Upgrade: 'shout' },
    })
    request.end()
    const [socket, first] = await new Promise<[Duplex, Buffer]>((resolve) =>
      request.once('upgrade', (_, ...rest) => resolve(rest)),
    )
    let got = first.toString()
    const whole = new Promise<void>((resolve) => {
      const look = () => {
        if (got === 'ready ABC') resolve()
      }
      socket.on('data', (chunk: Buffer) => {
        got += chunk.toString()
        look()
      })
      look()
    })
    socket.write('abc')
    await whole
    socket.destroy()
  })

  it('are cut when the gateway closes', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/ws`)
    await opened(socket)
    const end = closed(socket)
    await gateway.gateway.drain(50)
    expect(await end).to.equal(1006)
    expect(gateway.recorder.closed[0]?.record).to.include({ outcome: 'failed', error: 'WB_DRAINING' })
  })
})

function answerOther(request: http.IncomingMessage, socket: Duplex): void {
  expect(request.headers.connection).to.equal('Upgrade')
  socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: shout\r\n\r\nready ')
  socket.on('data', (chunk: Buffer) => socket.write(chunk.toString().toUpperCase()))
  socket.on('error', () => socket.destroy())
  socket.on('end', () => socket.end())
}
