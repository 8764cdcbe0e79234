import { expect } from 'chai'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { startThread } from '../../../core/thread-entry.js'

describe('a thread', () => {
  it('is given nothing to load first, whatever the process was', async () => {
    // These tests run with a loader of TypeScript.
    expect(process.execArgv.join(' ')).to.contain('import=tsx')
    const dir = mkdtempSync(join(tmpdir(), 'thread-'))
    const entry = join(dir, 'entry.mjs')
    writeFileSync(
      entry,
      `import { parentPort, workerData } from 'node:worker_threads'
       parentPort.postMessage([workerData, process.execArgv])`,
    )
    const [message] = (await once(startThread(pathToFileURL(entry), { workerData: 'given' }), 'message')) as [unknown]
    rmSync(dir, { recursive: true })
    expect(message).to.deep.equal(['given', []])
  })
})
