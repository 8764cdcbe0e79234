// What a graph.db says, as canonical text, to be held against one that is built anew from the same ledger.
import { canonicalJson } from '../../core/canonical-json.js'
import { everyTenant } from '../../core/tenant.js'
import { openGraphFile } from '../../lineage/graph/file.js'
import { createProjection } from '../../lineage/graph/projection.js'
import { createGraphStore } from '../../lineage/graph/store.js'
import type { LedgerRows } from '../../lineage/ledger/reader.js'
import type { Database } from '../../lineage/sqlite/driver.js'

/** Of the graph in `dir`; throws where it has not come as far as the ledger. */
export function graphDump(dir: string, rows: LedgerRows): string {
  return folderDump(dir, rows, false)
}

/** Of a graph that is built from the whole ledger in the empty folder `dir`. */
export function rebuiltGraphDump(dir: string, rows: LedgerRows): string {
  return folderDump(dir, rows, true)
}

function folderDump(dir: string, rows: LedgerRows, build: boolean): string {
  const db = openGraphFile(dir, rows)
  const projection = createProjection(db)
  if (build) projection.project(rows.leavesAfter(0, rows.count()))
  const { seq } = projection.position()
  if (seq !== rows.count()) throw new Error(`the graph is at leaf ${seq} of ${rows.count()}`)
  const dump = databaseDump(db)
  db.close()
  return dump
}

/** Of an open graph. */
export function databaseDump(db: Database): string {
  const { nodes, edges, gaps } = createGraphStore(db, { external: [] }).whole({}, everyTenant)
  return [...nodes, ...edges, ...gaps]
    .map((one) => canonicalJson(one))
    .sort()
    .join('\n')
}
