// A seam for tests: a disk that is slow, full or broken, steered from another thread while the database is open.
// Plain shared memory, so that it crosses to threads; nothing in the product makes one.

/** Shared between a test and the threads that own a database file. */
export interface DiskFaults {
  readonly cells: SharedArrayBuffer
}

const delayCell = 0
const failCell = 1
const commitCell = 2
const deathCell = 3
const lateDeathCell = 4

export function createDiskFaults(): DiskFaults {
  return { cells: new SharedArrayBuffer(20) }
}

/** Every commit from now on takes `millis` longer, as with a slow fsync. */
export function setCommitDelay(faults: DiskFaults, millis: number): void {
  Atomics.store(new Int32Array(faults.cells), delayCell, millis)
}

/** While `full`, every transaction fails before its commit, as when no space is left. */
export function setDiskFull(faults: DiskFaults, full: boolean): void {
  Atomics.store(new Int32Array(faults.cells), failCell, full ? 1 : 0)
}

/** The next `times` transactions end the thread that runs them, before their commit. */
export function setThreadDeaths(faults: DiskFaults, times: number): void {
  Atomics.store(new Int32Array(faults.cells), deathCell, times)
}

/** The next `times` transactions end the thread that runs them when they are on disk and nobody has been told. */
export function setLateThreadDeaths(faults: DiskFaults, times: number): void {
  Atomics.store(new Int32Array(faults.cells), lateDeathCell, times)
}

/** Commits that reached the disk so far. */
export function commitsOf(faults: DiskFaults): number {
  return Atomics.load(new Int32Array(faults.cells), commitCell)
}

/** Called by the driver inside a transaction, before it commits. */
export function beforeCommit(faults: DiskFaults): void {
  const cells = new Int32Array(faults.cells)
  if (Atomics.load(cells, failCell) !== 0) throw new DiskFullError()
  if (Atomics.load(cells, deathCell) > 0) {
    Atomics.sub(cells, deathCell, 1)
    process.exit(70)
  }
}

/** Called by the driver when a transaction has been committed and synced. */
export function afterCommit(faults: DiskFaults): void {
  const cells = new Int32Array(faults.cells)
  Atomics.add(cells, commitCell, 1)
  if (Atomics.load(cells, lateDeathCell) > 0) {
    Atomics.sub(cells, lateDeathCell, 1)
    process.exit(70)
  }
  const delay = Atomics.load(cells, delayCell)
  if (delay > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, delay)
}

class DiskFullError extends Error {
  readonly code = 'SQLITE_FULL'

  constructor() {
    super('database or disk is full')
    this.name = 'DiskFullError'
  }
}
