import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { createEarlyReduction, type After } from '../../../cli/early-reduction.js'

const module = new URL('../../../dist/cli/heap.js', import.meta.url).href

describe('when the main thread’s heap is collected for the memory’s sake', () => {
  let now: number
  let timers: { at: number; then: () => void }[]
  /** times at which V8 was told to hurry, and not to any more */
  let told: { on: boolean; at: number }[]

  const after: After = (ms, then) => {
    const timer = { at: now + ms, then }
    timers.push(timer)
    return () => {
      timers = timers.filter((one) => one !== timer)
    }
  }
  const reductionFrom = (start: number) => {
    now = start
    timers = []
    told = []
    return createEarlyReduction((on) => told.push({ on, at: now }), after)
  }
  const passTo = (end: number) => {
    for (;;) {
      const [next] = timers.filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)
      if (next === undefined) break
      now = next.at
      timers = timers.filter((one) => one !== next)
      next.then()
    }
    now = end
  }

  it('V8 is hurried from shortly before its look after a full collection until that look is over', () => {
    const reduction = reductionFrom(1_000)
    reduction.collected(1_000)
    passTo(30_000)
    expect(told).to.deep.equal([
      { on: true, at: 7_500 },
      { on: false, at: 9_000 },
    ])
    expect(timers).to.deep.equal([])
  })

  it('no longer than until it has collected', () => {
    const reduction = reductionFrom(0)
    reduction.collected(0)
    passTo(8_200)
    reduction.collected(0)
    passTo(30_000)
    expect(told).to.deep.equal([
      { on: true, at: 7_500 },
      { on: false, at: 8_200 },
    ])
    expect(timers).to.deep.equal([])
  })

  it('so much longer where other full collections put the look off, yet not for ever', () => {
    const reduction = reductionFrom(0)
    reduction.collected(0)
    passTo(1_500)
    reduction.collected(500)
    passTo(30_000)
    expect(told.map(({ at }) => at)).to.deep.equal([7_500, 10_000])
    reduction.collected(0)
    for (const at of [32_000, 34_000, 36_000, 37_400]) {
      passTo(at)
      reduction.collected(0)
    }
    passTo(60_000)
    expect(told.slice(2).map(({ at }) => at)).to.deep.equal([37_500, 42_000])
    expect(timers).to.deep.equal([])
  })

  it('V8 does it some eight seconds after its start, in the midst of a load', async () => {
    const code = `
      import { keepHeapsForAnswers } from '${module}'
      keepHeapsForAnswers()
      const lives = Array.from({ length: 200_000 }, (_, at) => ({ at, name: 'n' + at }))
      setInterval(() => (lives.some = Array.from({ length: 5_000 }, (_, at) => ({ at, list: [at] }))), 2)
      setTimeout(() => process.exit(), 10_500)
    `
    const args = ['--trace-gc-verbose', '--input-type=module', '-e', code]
    const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 64 * 1024 * 1024 })
    expect(stdout).to.include('Memory reducer: high alloc').and.to.include('Memory reducer: finished GC #1 (done)')
  }).timeout(60_000)
})
