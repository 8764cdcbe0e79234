import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { createEarlyReduction, type After } from '../../../cli/early-reduction.js'

const module = new URL('../../../dist/cli/heap.js', import.meta.url).href

describe('when the main thread’s heap is collected for the memory’s sake', () => {
  let now: number
  let timers: { at: number; then: () => void }[]
  /** what V8 was told, and when */
  let told: (readonly ['begin' | 'end', number])[]

  const after: After = (ms, then) => {
    const timer = { at: now + ms, then }
    timers.push(timer)
    return () => {
      timers = timers.filter((one) => one !== timer)
    }
  }
  const reductionOf = (agoMs: number) => {
    now = agoMs
    timers = []
    told = []
    const tell = (what: 'begin' | 'end') => () => void told.push([what, now])
    return createEarlyReduction(agoMs, { begin: tell('begin'), end: tell('end') }, after)
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

  it('V8 is hurried from shortly before its first look until that look is over', () => {
    reductionOf(1_000)
    passTo(30_000)
    expect(told).to.deep.equal([
      ['begin', 7_500],
      ['end', 9_000],
    ])
    expect(timers).to.deep.equal([])
  })

  it('no longer than until it has collected, and once only', () => {
    const reduction = reductionOf(100)
    passTo(8_200)
    reduction.collected(0)
    passTo(20_000)
    reduction.collected(0)
    passTo(60_000)
    expect(told).to.deep.equal([
      ['begin', 7_500],
      ['end', 8_200],
    ])
    expect(timers).to.deep.equal([])
  })

  it('so much longer where other full collections put the look off, yet not for ever', () => {
    const first = reductionOf(100)
    passTo(1_500)
    first.collected(500)
    passTo(30_000)
    expect(told.map(([, at]) => at)).to.deep.equal([7_500, 10_000])
    const other = reductionOf(100)
    for (const at of [2_000, 4_000, 6_000, 7_400]) {
      passTo(at)
      other.collected(0)
    }
    passTo(60_000)
    expect(told.map(([, at]) => at)).to.deep.equal([7_500, 12_000])
    expect(timers).to.deep.equal([])
  })

  it('V8 does it some eight seconds after its start, in the midst of a load, and heaps that are made later are as large as others', async () => {
    const code = `
      import { getHeapSpaceStatistics } from 'node:v8'
      import { Worker } from 'node:worker_threads'
      import { keepHeapsForAnswers } from '${module}'
      keepHeapsForAnswers()
      const some = (length) => Array.from({ length }, (_, at) => ({ at, list: [at] }))
      const lives = some(200_000)
      setInterval(() => (lives.some = some(5_000)), 2)
      const young = () => getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size
      const grow = () => {
        const kept = []
        for (let round = 0; round < 400; round += 1) kept[round % 20] = some(10_000)
        console.log('young space ' + young())
      }
      const modules = "const { getHeapSpaceStatistics } = require('node:v8')"
      const body = modules + '; const some = ' + some + '; const young = ' + young + '; (' + grow + ')()'
      const start = () => new Worker(body, { eval: true, execArgv: [] })
      setTimeout(() => start().once('exit', () => process.exit()), 10_500)
    `
    const args = ['--trace-gc-verbose', '--input-type=module', '-e', code]
    const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 256 * 1024 * 1024 })
    expect(stdout).to.include('Memory reducer: high alloc').and.to.include('Memory reducer: finished GC #1 (done)')
    expect(Number(/young space (\d+)/.exec(stdout)?.[1])).to.be.greaterThan(8 * 1024 * 1024)
  }).timeout(60_000)
})
