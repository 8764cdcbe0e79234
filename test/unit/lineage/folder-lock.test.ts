import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { makeFolder } from '../../../lineage/sqlite/folder-lock.js'

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

  it('is refused where it can’t be, with the path and the reason', () => {
    const file = join(dir, 'file')
    writeFileSync(file, '')
    expect(refusal(file)).to.contain(file).and.to.contain('not a folder')
    expect(refusal(join(file, 'below'))).to.contain('not a folder')
    expect(refusal('/proc/waybill/data')).to.contain('takes no folders')
  })
})
