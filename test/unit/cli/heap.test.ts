import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect } from 'chai'

const module = new URL('../../../dist/cli/heap.js', import.meta.url).href

const quietHeap = new URL('../../../dist/core/quiet-heap.js', import.meta.url).href

const run = (code: string) =>
  promisify(execFile)(process.execPath, ['--input-type=module', '-e', code], { timeout: 45_000 })

describe('the heaps of a process that answers clients', () => {
  it('are kept by settings that this V8 knows', async () => {
    const { stderr } = await run(`import { keepHeapsForAnswers } from '${module}'\nkeepHeapsForAnswers()\n`)
    expect(stderr).to.equal('')
  })

  it('can be collected by each thread that is started afterwards', async () => {
    const { stdout } = await run(`
      import { Worker } from 'node:worker_threads'
      import { keepHeapsForAnswers } from '${module}'
      keepHeapsForAnswers()
      new Worker("globalThis.gc({ type: 'minor' }); console.log('collected')", { eval: true, execArgv: [] })
    `)
    expect(stdout).to.equal('collected\n')
  })

  it('are made small when load has let them grow, on the main thread and on others', async () => {
    const { stdout } = await run(`
      import { getHeapSpaceStatistics } from 'node:v8'
      import { Worker } from 'node:worker_threads'
      import { keepHeapsForAnswers } from '${module}'
      const young = () => getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size
      const grow = () => {
        let some = []
        while (young() < 8 * 1024 * 1024) some = Array.from({ length: 100_000 }, (_, at) => ({ at }))
      }
      const shrunk = (what) => {
        grow()
        const timer = setInterval(() => {
          if (young() > 4 * 1024 * 1024) return
          console.log(what)
          clearInterval(timer)
        }, 200)
      }
      keepHeapsForAnswers()
      shrunk('main')
      const body = 'const young = ' + young + '; const grow = ' + grow + '; const shrunk = ' + shrunk
      const start = "import('${quietHeap}').then(({ shrinkWhenQuiet }) => { shrinkWhenQuiet(); shrunk('worker') })"
      const modules = "const { getHeapSpaceStatistics } = require('node:v8')"
      new Worker([modules, body, start].join('\\n'), { eval: true, execArgv: [] })
    `)
    expect(stdout.trim().split('\n')).to.have.members(['main', 'worker'])
  }).timeout(60_000)

  it('would be told of on standard error if it did not', async () => {
    const { stderr } = await run(
      `import { setFlagsFromString } from 'node:v8'\nsetFlagsFromString('--no-such-setting')\n`,
    )
    expect(stderr).to.include('--no-such-setting')
  })
})
