import { expect } from 'chai'
import { createLeafQueue } from '../../../recorder/leaf-queue.js'
import type { LedgerClient } from '../../../lineage/ledger/client.js'
import type { LeafBatch } from '../../../lineage/ports.js'

describe('leaves on their way to the ledger', () => {
  interface Sent extends LeafBatch {
    readonly stored: () => void
    readonly refused: (error: Error) => void
  }
  let sent: Sent[] = []
  let told = 0
  let done: string[] = []
  const ledger = {
    append: (batch: LeafBatch) =>
      new Promise<void>((stored, refused) => {
        sent.push({ ...batch, stored, refused })
      }),
  } as unknown as LedgerClient
  const turn = () => new Promise(setImmediate)
  const begin = () => {
    sent = []
    done = []
    told = 0
    const queue = createLeafQueue(ledger, () => told++)
    const add = (id: string, patient = false) =>
      queue.add({ id, body: `{"of":"${id}"}` }, patient, {
        told: (failure) => done.push(failure === undefined ? id : `${id} failed`),
      })
    return { queue, add }
  }
  const ids = () => sent.map((batch) => batch.ids)

  it('leave with their turn where somebody waits, whatever is under way', async () => {
    const { queue, add } = begin()
    add('a')
    add('b')
    await turn()
    add('c')
    await turn()
    expect(ids()).to.deep.equal([['a', 'b'], ['c']])
    expect([queue.records(), queue.bytes()]).to.deep.equal([3, 30])
    // One commit has both, and its answer tells both in one turn.
    for (const { stored } of sent) stored()
    await turn()
    expect([done, told]).to.deep.equal([['a', 'b', 'c'], 1])
    expect([queue.records(), queue.bytes()]).to.deep.equal([0, 0])
  })

  it('leave with the answer to the batch before where nobody waits', async () => {
    const { add } = begin()
    add('a', true)
    await turn()
    add('b', true)
    add('c', true)
    add('d')
    await turn()
    expect(ids()).to.deep.equal([['a'], ['d']])
    sent[0]?.stored()
    await turn()
    expect(ids()).to.deep.equal([['a'], ['d'], ['b', 'c']])
  })

  it('stay where they lie in shared memory until they are answered for, and are sent as places', async () => {
    const { queue, add } = begin()
    const held: string[] = []
    const memories = [new SharedArrayBuffer(100), new SharedArrayBuffer(100)] as const
    const share = (memory: SharedArrayBuffer, from: number) =>
      queue.add(
        {
          memory,
          from,
          length: 10,
          hold: () => held.push(`hold ${from}`),
          release: () => held.push(`release ${from}`),
        },
        false,
        { told: (failure) => done.push(failure === undefined ? String(from) : `${from} failed`) },
      )
    share(memories[0], 8)
    share(memories[0], 24)
    add('a')
    share(memories[1], 40)
    share(memories[0], 56)
    expect([queue.records(), queue.bytes()]).to.deep.equal([5, 50])
    await turn()
    expect(sent.map(({ ids, shared }) => ({ ids, shared }))).to.deep.equal([
      {
        ids: ['a'],
        shared: [
          [memories[0], 8, 10, 24, 10, 56, 10],
          [memories[1], 40, 10],
        ],
      },
    ])
    expect(held).to.deep.equal(['hold 8', 'hold 24', 'hold 40', 'hold 56'])
    sent[0]?.stored()
    await turn()
    expect(held.slice(4)).to.deep.equal(['release 8', 'release 24', 'release 40', 'release 56'])
    share(memories[0], 8)
    await turn()
    sent[1]?.refused(new Error('full'))
    await turn()
    expect(held.slice(8)).to.deep.equal(['hold 8', 'release 8'])
    expect(done).to.deep.equal(['8', '24', 'a', '40', '56', '8 failed'])
    expect([queue.records(), queue.bytes()]).to.deep.equal([0, 0])
  })

  it('leave in messages of no more than 1,024', async () => {
    const { add } = begin()
    for (let count = 0; count < 2_500; count++) add(String(count))
    await turn()
    expect(sent.map((batch) => batch.ids.length)).to.deep.equal([1_024, 1_024, 452])
  })

  it('are told each that they could not be stored, and those behind them are sent all the same', async () => {
    const { queue, add } = begin()
    add('a', true)
    await turn()
    add('b', true)
    sent[0]?.refused(new Error('full'))
    await turn()
    sent[1]?.stored()
    await turn()
    expect([done, told, queue.records()]).to.deep.equal([['a failed', 'b'], 2, 0])
  })
})
