// A folder with files in it for the tests of the suite that calls this, gone after them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** `files`: texts by name. Gives the folder's path, once the suite has begun. */
export function folderWith(files: Readonly<Record<string, string>>): () => string {
  let dir = ''
  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'waybill-'))
    for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
  })
  after(() => rmSync(dir, { recursive: true }))
  return () => dir
}
