// A process that may write files of a limited size only, and appends to the commit log of a folder: two batches at once, of which
// the second has no room, then one that has. Prints what became of each.
import { systemClock } from '../../dist/core/clock.js'
import { commitCells, newCommitCells } from '../../dist/lineage/ledger/commit-cells.js'
import { openCommitLog } from '../../dist/lineage/ledger/commit-log.js'
import { recoverCommits } from '../../dist/lineage/ledger/commit-recovery.js'
import { openLedgerStore } from '../../dist/lineage/ledger/store.js'

const [, , dir] = process.argv
const cells = commitCells(newCommitCells())
const store = openLedgerStore(dir)
recoverCommits(dir, store, cells)
store.close()
const log = openCommitLog({ dir, cells, clock: systemClock })

function batchOf(id, length) {
  const gap = { kind: 'gap', id, reason: 'queue-full', at: 'x'.repeat(length), exchange: null, tenant: null }
  const bytes = new TextEncoder().encode(JSON.stringify({ ...gap, from: 1, to: 1, count: 1, exact: true }))
  return { ids: [`g/${id}`], ends: [bytes.length], bytes, shared: [] }
}

for (const batches of [[batchOf('a', 100_000), batchOf('b', 1_000_000)], [batchOf('c', 1_000)]]) {
  try {
    log.append(batches)
    process.stdout.write('stored\n')
  } catch (error) {
    process.stdout.write(`${error.code}\n`)
  }
}
