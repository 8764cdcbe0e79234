import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { openDatabase } from '../../../lineage/sqlite/driver.js'
import { isHeld, lockFolder, makeFolder } from '../../../lineage/sqlite/folder-lock.js'

describe('a data folder', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'waybill-'))
  })
  afterEach(() => rmSync(dir, { recursive: true }))

  const refusal = (path: string) => {
    try {
      makeFolder(path)
      return ''
    } catch (thrown) {
      return thrown instanceof Error ? thrown.message : ''
    }
  }

  it('is made with the folders above it, and left alone where it is there', () => {
    const wanted = join(dir, 'a', 'b', 'c')
    makeFolder(wanted)
    makeFolder(wanted)
    expect(statSync(wanted).isDirectory()).to.equal(true)
  })

  it('is held by who has locked it, and by nobody who only looks', () => {
    expect(isHeld(dir)).to.equal(false)
    lockFolder(dir)()
    const looking = openDatabase(join(dir, 'lock.db'), { readonly: true, synchronous: 'NORMAL' })
    looking.exec('BEGIN')
    looking.prepare('SELECT count(*) FROM sqlite_schema').get()
    expect(isHeld(dir)).to.equal(false)
    looking.close()
    const unlock = lockFolder(dir)
    expect(isHeld(dir)).to.equal(true)
    unlock()
  })

  it('can be taken while others look whether it is', async () => {
    lockFolder(dir)()
    const entry = fileURLToPath(new URL('../../../dist/lineage/sqlite/folder-lock.js', import.meta.url))
    const script = `import { isHeld } from ${JSON.stringify(entry)}
      process.stdout.write('looking')
      for (;;) isHeld(${JSON.stringify(dir)})`
    const looker = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const gone = once(looker, 'exit')
    try {
      await once(looker.stdout, 'data')
      for (let count = 0; count < 200; count += 1) lockFolder(dir)()
    } finally {
      looker.kill('SIGKILL')
      await gone
    }
  })

  it('is refused where it can’t be, with the path and the reason', () => {
    const file = join(dir, 'file')
    writeFileSync(file, '')
    expect(refusal(file)).to.contain(file).and.to.contain('not a folder')
    expect(refusal(join(file, 'below'))).to.contain('not a folder')
    expect(refusal('/proc/waybill/data')).to.contain('takes no folders')
  })
})
