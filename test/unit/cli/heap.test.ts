import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect } from 'chai'

const module = new URL('../../../dist/cli/heap.js', import.meta.url).href

const run = (code: string) => promisify(execFile)(process.execPath, ['--input-type=module', '-e', code])

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

  it('would be told of on standard error if it did not', async () => {
    const { stderr } = await run(
      `import { setFlagsFromString } from 'node:v8'\nsetFlagsFromString('--no-such-setting')\n`,
    )
    expect(stderr).to.include('--no-such-setting')
  })
})
