import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect } from 'chai'

const module = new URL('../../../dist/cli/heap.js', import.meta.url).href

/** A main thread that works all the time; after 10.5 s it starts another one, which says how large its young space becomes, and ends. */
const code = `
  import { getHeapSpaceStatistics } from 'node:v8'
  import { Worker } from 'node:worker_threads'
  import { keepHeapsForAnswers } from '${module}'
  keepHeapsForAnswers()
  const some = (length) => Array.from({ length }, (_, at) => ({ at, list: [at] }))
  const lives = some(200_000)
  setInterval(() => some(2_000), 1)
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
const mib = 1024 * 1024
/** V8 13 (Node 24) does it in its own way, and is left to it. */
const hurried = Number.parseInt(process.versions.v8) < 13

async function told(...options: readonly string[]): Promise<{ collected: boolean; young: number }> {
  const args = ['--trace-gc', ...options, '--input-type=module', '-e', code]
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 16 * mib })
  const collected = stdout.includes('Mark-Compact (reduce)')
  return { collected, young: Number(/young space (\d+)/.exec(stdout)?.[1]) }
}

describe('the main thread’s heap', () => {
  it('is collected for the memory’s sake soon after the start, in the midst of a load, and heaps made later are as large as others', async () => {
    const { collected, young } = await told()
    expect(collected).to.equal(hurried)
    expect(young).to.be.greaterThan(8 * mib)
  }).timeout(60_000)

  it('is left to V8 where the process was given a size of its own for young things, which stays', async () => {
    const { collected, young } = await told('--max-semi-space-size=2')
    expect(collected).to.equal(false)
    expect(young).to.be.within(1, 4 * mib)
  }).timeout(60_000)
})
