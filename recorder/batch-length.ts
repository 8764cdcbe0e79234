// How many leaves go to the ledger in one message: more only delays the first of them, and a commit has its limits
// (lineage/ledger/commit-reader.ts).

const batchRecords = 1_024
const batchBytes = 4 * 1024 * 1024

/** Of `leaves`, from the first on; at least one where there is any. `bytesOf`: the length of one's body. */
export function batchLength<T>(leaves: readonly T[], bytesOf: (leaf: T) => number): number {
  let bytes = 0
  for (const [index, leaf] of leaves.entries()) {
    bytes += bytesOf(leaf)
    if (index + 1 === batchRecords || bytes >= batchBytes) return index + 1
  }
  return leaves.length
}
