import { expect } from 'chai'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { committedLeaves } from '../support/data-folders.js'
import { nodeWithFileLimit } from '../support/file-limit.js'

const child = fileURLToPath(new URL('../support/commit-log.child.mjs', import.meta.url))

describe('a commit log on a full disk', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'waybill-commits-'))
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  it('keeps nothing of a write of which only the first batch had room, and what is stored after it', () => {
    const told = execFileSync(...nodeWithFileLimit(512 * 1024, [child, dir]), { encoding: 'utf8' })
    expect(told).to.equal('EFBIG\nstored\n')
    const kept = committedLeaves(dir).flatMap((leaf) => (leaf.kind === 'gap' ? [leaf.id] : []))
    expect(kept).to.deep.equal(['c'])
  })
})
