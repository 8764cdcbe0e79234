import { Duplex } from 'node:stream'
import { expect } from 'chai'
import { ClientStream } from '../../../gateway/http1/client-stream.js'
import { TurnWrites } from '../../../gateway/turn-writes.js'

describe('answers that leave together', () => {
  const writes: string[] = []
  const streamNamed = (name: string) => {
    const socket = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _encoding, done) => {
        writes.push(`${name} ${chunk.toString()}`)
        done()
      },
    })
    const host = {
      socket,
      hop: {} as never,
      pump: () => undefined,
      reset: () => socket.destroy(),
      detach: () => socket,
    }
    return { stream: new ClientStream(host, '1.1'), socket }
  }
  beforeEach(() => (writes.length = 0))

  it('go out when the turn ends, each stream’s pieces in their order', async () => {
    const turn = new TurnWrites()
    const [a, b] = [streamNamed('a'), streamNamed('b')]
    turn.hold(a.stream)
    a.stream.writeText('one')
    turn.hold(b.stream)
    b.stream.writeText('two')
    turn.hold(a.stream)
    a.stream.writeText('three')
    expect(writes).to.deep.equal([])
    await new Promise(setImmediate)
    expect(writes).to.have.members(['a one', 'a three', 'b two'])
    expect(writes.indexOf('a one')).to.be.lessThan(writes.indexOf('a three'))
    a.stream.writeText('four')
    expect(writes).to.have.length(4)
  })

  it('go out at once where the gateway closes, and not at all on a connection that is gone', () => {
    const turn = new TurnWrites()
    const [a, b] = [streamNamed('a'), streamNamed('b')]
    for (const { stream } of [a, b]) {
      turn.hold(stream)
      stream.writeText('last')
    }
    b.socket.destroy()
    turn.release()
    expect(writes).to.deep.equal(['a last'])
  })
})
