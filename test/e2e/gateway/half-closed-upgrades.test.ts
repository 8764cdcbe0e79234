// Upgraded connections of which one side has said all it had to say: over bare sockets on both sides.
import { expect } from 'chai'
import net, { type AddressInfo, type Socket } from 'node:net'
import { routeTo, startGateway, type RouteInput, type TestGateway } from '../../support/gateway.js'
import { until } from '../../support/until.js'

class Side {
  readonly socket: Socket
  text = ''
  ended = false
  closed = false

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (bytes: Buffer) => (this.text += bytes.toString('latin1')))
    socket.on('end', () => (this.ended = true))
    socket.on('error', () => undefined)
    socket.on('close', () => (this.closed = true))
  }
}

const asked = 'GET /shout HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: shout\r\n\r\n'
const switched = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: shout\r\n\r\n'
const large = 'x'.repeat(3_000_000)

describe('an upgraded connection of which one side has ended', () => {
  let server: net.Server
  let gateway: TestGateway
  const open: Side[] = []

  /** Client and service; the request for a relay between them has come. */
  async function asking(service: RouteInput['service'] = {}): Promise<readonly [Side, Side]> {
    const accepted = new Promise<Side>((resolve) => server.once('connection', (socket) => resolve(new Side(socket))))
    const { port } = server.address() as AddressInfo
    gateway = await startGateway([routeTo(port, { mode: 'durable', service })])
    const client = new Side(net.connect({ port: gateway.port, host: '127.0.0.1', allowHalfOpen: true }))
    client.socket.write(asked)
    const at = await accepted
    open.push(client, at)
    await until(() => at.text.endsWith('\r\n\r\n'))
    return [client, at]
  }

  /** With a relay between them. */
  async function relayed(given: RouteInput['service'] = {}): Promise<readonly [Side, Side]> {
    const [client, service] = await asking(given)
    service.text = ''
    service.socket.write(switched)
    await until(() => client.text.endsWith('\r\n\r\n'))
    client.text = ''
    return [client, service]
  }

  beforeEach(async () => {
    server = net.createServer({ allowHalfOpen: true })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })
  afterEach(async () => {
    for (const { socket } of open.splice(0)) socket.destroy()
    await gateway.close()
    await new Promise((resolve) => server.close(resolve))
  })

  /** Its connection is gone at the other end: that shows only when it says something. */
  const findsNobody = (side: Side) =>
    until(() => {
      side.socket.write('?')
      return side.closed
    })

  /** What the other says until its own end arrives all the same. */
  async function endsBefore(ended: Side, other: Side): Promise<void> {
    ended.socket.end('last')
    await until(() => other.ended)
    expect(other.text).to.equal('last')
    other.socket.write('first ')
    await until(() => ended.text === 'first ')
    other.socket.end(large)
    await until(() => ended.closed && other.closed)
    expect(ended.text === `first ${large}`).to.equal(true)
  }

  const ending = async () => {
    await gateway.recorder.until(({ closed }) => closed.length === 1)
    return gateway.recorder.closed[0]?.record
  }

  it('carries what the service still says after the client’s end', async () => {
    const [client, service] = await relayed()
    await endsBefore(client, service)
    const record = await ending()
    expect([record?.outcome, record?.response?.bytes]).to.deep.equal(['complete', 6 + large.length])
  })

  it('carries what the client still says after the service’s end', async () => {
    const [client, service] = await relayed()
    await endsBefore(service, client)
    expect((await ending())?.outcome).to.equal('complete')
  })

  it('passes on an end that comes before the relay stands', async () => {
    const [client, service] = await asking()
    gateway.recorder.holdNotes = true
    service.socket.write(`${switched}all`)
    service.socket.end()
    await gateway.recorder.until(({ notes }) => notes.length === 1)
    client.socket.end('late')
    gateway.recorder.release()
    await until(() => client.closed && service.closed)
    expect(client.text.endsWith('\r\n\r\nall')).to.equal(true)
    expect(service.text.endsWith('\r\n\r\nlate')).to.equal(true)
    expect((await ending())?.outcome).to.equal('complete')
  })

  it('lasts as long as bytes pass, and ends where none do for the service’s idle time', async () => {
    const [client, service] = await relayed({ timeouts: { connect: 2_000, head: 10_000, idle: 100 } })
    client.socket.end()
    expect((await ending())?.outcome).to.equal('failed')
    await until(() => client.closed)
    await findsNobody(service)
  })

  it('ends with the gateway at the latest', async () => {
    const [client, service] = await relayed()
    service.socket.end()
    await until(() => client.ended)
    await gateway.gateway.drain(50)
    expect((await ending())?.outcome).to.equal('failed')
    await until(() => service.closed)
    await findsNobody(client)
  })

  it('ends where the other side breaks: what had been said by then arrives', async () => {
    const [client, service] = await relayed()
    service.socket.end(large)
    await until(() => client.ended)
    service.socket.resetAndDestroy()
    await findsNobody(client)
    expect(client.text === large).to.equal(true)
    expect((await ending())?.outcome).to.equal('upstream-aborted')
  })

  it('ends where a client is gone that the service still talks to', async () => {
    const [client, service] = await relayed()
    client.socket.end()
    await until(() => service.ended)
    client.socket.destroy()
    await findsNobody(service)
    expect((await ending())?.outcome).to.equal('client-aborted')
  })
})
