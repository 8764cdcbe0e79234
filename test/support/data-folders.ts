// What a data folder holds, as tests ask it.
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileLeftCommits } from '../../lineage/ledger/commit-recovery.js'
import { commitFile } from '../../lineage/ledger/commit-files.js'
import { openLedgerRows } from '../../lineage/ledger/reader.js'
import type { Leaf } from '../../lineage/model/leaf.js'

/** What is in ledger.db. */
export function leavesIn(dir: string): Leaf[] {
  const rows = openLedgerRows(dir)
  const all = rows.leavesAfter(0, 1_000_000).map(({ leaf }) => leaf)
  rows.close()
  return all
}

/** What is in the commit log alone, as a kill at this moment would leave it; the folder may be in use. */
export function committedLeaves(dir: string): Leaf[] {
  const copy = mkdtempSync(join(tmpdir(), 'waybill-committed-'))
  try {
    for (const file of [commitFile(dir, 0), commitFile(dir, 1)]) copyFileSync(file, join(copy, basename(file)))
    fileLeftCommits(copy)
    return leavesIn(copy)
  } finally {
    rmSync(copy, { recursive: true })
  }
}
