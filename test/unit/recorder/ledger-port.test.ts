import { expect } from 'chai'
import { MessageChannel } from 'node:worker_threads'
import type { AppendMessage, FromLedger } from '../../../lineage/ledger/protocol.js'
import { createLedgerPort } from '../../../recorder/ledger-port.js'

describe('a gatherer worker’s way to the ledger', () => {
  it('sends no more than four mebibytes or 1,024 leaves at a time, in order, and all of them', async () => {
    const { port1, port2 } = new MessageChannel()
    const batches: (readonly string[])[] = []
    port1.on('message', ({ batch, ids }: AppendMessage) => {
      batches.push(ids)
      port1.postMessage([0, 0, 0, batch] satisfies FromLedger)
    })
    const ledger = createLedgerPort()
    ledger.use(port2)
    const body = 'b'.repeat(1024 * 1024)
    const names = Array.from({ length: 3000 }, (_, at) => String(at))
    const add = (id: string) =>
      new Promise((done) => ledger.add({ id, body: Number(id) < 10 ? body : '{}', patient: false }, done))
    await Promise.all(names.map(add))
    port1.close()
    expect(batches.flat()).to.deep.equal(names)
    expect(batches.map(({ length }) => length)).to.deep.equal([4, 4, 1024, 1024, 944])
  })

  it('tells of a batch what the ledger says of it, and takes nothing that is said of others for its own', async () => {
    const { port1, port2 } = new MessageChannel()
    const answers: FromLedger[] = [
      { kind: 'ready', taken: 1 },
      [1, 1, 0.1, 7],
      [1, 1, 1],
      { kind: 'failed', batches: [7], reason: 'not ours' },
      { kind: 'failed', batches: [1], reason: 'the disk is full' },
    ]
    port1.on('message', ({ batch }: AppendMessage) => {
      if (batch === 1) for (const answer of answers) port1.postMessage(answer)
      else port1.postMessage([2, 1, 0.1, 5, batch] satisfies FromLedger)
    })
    const ledger = createLedgerPort()
    ledger.use(port2)
    const add = (id: string) => new Promise((done) => ledger.add({ id, body: '{}', patient: false }, done))
    expect(await add('first')).to.equal('the disk is full')
    expect(await add('second')).to.equal(undefined)
    port1.close()
  })
})
