import { expect } from 'chai'
import { createProcessorShares, createRests, type ProcessorTime } from '../../../core/processor-share.js'
import { until } from '../../support/until.js'

/** Thousandths of a processor, as the thread reads them. */
const shareIn = (memory: SharedArrayBuffer) => Atomics.load(new Int32Array(memory), 0)

describe('the share of the processor that background threads take', () => {
  let time: ProcessorTime | undefined
  let step: ProcessorTime = { ran: 0, waited: 0 }
  const read = () => {
    if (time !== undefined) time = { ran: time.ran + step.ran, waited: time.waited + step.waited }
    return time
  }
  const ms = 1e6
  let shares: ReturnType<typeof createProcessorShares>
  let filled = 0
  let behind = 0
  let memory: SharedArrayBuffer
  const begin = () => {
    shares = createProcessorShares(read)
    memory = shares.forThread({ filled: () => filled, behind: () => behind }).memory
  }
  beforeEach(() => {
    time = { ran: 0, waited: 0 }
    filled = behind = 0
    step = { ran: 0, waited: 0 }
  })
  afterEach(() => shares.close())

  it('shrinks to little while the answering thread works and waits for a processor, grows back slowly after, and at once when it hardly works', async () => {
    begin()
    expect(shareIn(memory)).to.equal(1_000)
    step = { ran: 100 * ms, waited: 100 * ms }
    await until(() => shareIn(memory) === 10)
    step = { ran: 100 * ms, waited: 0 }
    await until(() => shareIn(memory) > 50)
    expect(shareIn(memory)).to.be.lessThan(500)
    step = { ran: ms, waited: 0 }
    await until(() => shareIn(memory) === 1_000)
  })

  it('is a quarter after a look that finds that thread waiting a little, and next to nothing after one that finds it waiting much', async () => {
    begin()
    step = { ran: 10 * ms, waited: 2 * ms }
    await until(() => shareIn(memory) < 1_000)
    expect(shareIn(memory)).to.equal(250)
    step = { ran: ms, waited: 0 }
    await until(() => shareIn(memory) === 1_000)
    step = { ran: 100 * ms, waited: 100 * ms }
    await until(() => shareIn(memory) < 1_000)
    expect(shareIn(memory)).to.equal(10)
  })

  it('stays whole where that thread hardly works, whatever it waits for', async () => {
    begin()
    step = { ran: 0.01 * ms, waited: 4 * ms }
    let looks = 0
    filled = 0
    const other = shares.forThread({ filled: () => (looks++, 0), behind: () => 0 }).memory
    await until(() => looks > 3)
    expect([shareIn(memory), shareIn(other)]).to.deep.equal([1_000, 1_000])
  })

  it('grows with the queue before the thread from a half on, so that the queue does not overflow', async () => {
    begin()
    step = { ran: 100 * ms, waited: 100 * ms }
    await until(() => shareIn(memory) === 10)
    filled = 0.75
    await until(() => shareIn(memory) === 500)
    filled = 1.2
    await until(() => shareIn(memory) === 1_000)
  })

  it('grows with how late the thread is, so that nothing waits much longer than ten seconds', async () => {
    begin()
    step = { ran: 100 * ms, waited: 100 * ms }
    behind = 5_000
    await until(() => shareIn(memory) === 10)
    behind = 7_500
    await until(() => shareIn(memory) === 500)
    behind = 10_000
    await until(() => shareIn(memory) === 1_000)
  })

  it('stays whole where the system does not say who waits', async () => {
    time = undefined
    begin()
    let looks = 0
    shares.forThread({ filled: () => (looks++, 0), behind: () => 0 })
    await until(() => looks > 2)
    expect(shareIn(memory)).to.equal(1_000)
  })

  it('is given up for as long as somebody waits for the thread', async () => {
    begin()
    step = { ran: 100 * ms, waited: 100 * ms }
    const share = shares.forThread({ filled: () => 0, behind: () => 0 })
    await until(() => shareIn(share.memory) === 10)
    // The thread works for a millisecond between two rests, however long another process takes the processor meanwhile.
    let ran = 0
    const rests = createRests(share.memory, () => ({ ran: ran * ms, waited: 0 }))
    const worked = () => {
      const start = performance.now()
      while (performance.now() - start < 1);
      ran += 1
      const before = performance.now()
      rests.rest()
      return performance.now() - before
    }
    // Of several: what another process takes of the time in between counts as rested.
    const rest = () => Math.max(...Array.from({ length: 5 }, worked))
    // 1 ms of work at 10 thousandths is a rest of some 99 ms.
    expect(rest()).to.be.greaterThan(30)
    share.press(1)
    expect(Math.min(...Array.from({ length: 20 }, worked))).to.be.lessThan(10)
    share.press(-1)
    expect(rest()).to.be.greaterThan(30)
  })

  it('has pauses while the answering thread works, also where it is whole, and none while it does not', async () => {
    begin()
    const rests = createRests(memory)
    const pauses = () => {
      let longest = 0
      for (let piece = 0; piece < 10; piece += 1) {
        const start = performance.now()
        while (performance.now() - start < 0.5);
        const before = performance.now()
        rests.rest()
        longest = Math.max(longest, performance.now() - before)
      }
      return longest
    }
    step = { ran: 4 * ms, waited: 0 }
    // A first call that is still being compiled takes as long as a pause.
    await until(() => rests.busy() && pauses() >= 0.05)
    expect(shareIn(memory)).to.equal(1_000)
    expect(rests.busy()).to.equal(true)
    step = { ran: 0, waited: 0 }
    await until(() => !rests.busy())
    await until(() => Array.from({ length: 5 }, pauses).some((longest) => longest < 0.05))
  })
})
