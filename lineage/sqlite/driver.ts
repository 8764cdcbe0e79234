// The one door to SQLite: opens a database with the settings that our guarantees rest on. Knows nothing of tables, and
// is called only in the thread that owns the file (or reads it); no promise, no pool. better-sqlite3 stays behind it,
// so that `node:sqlite` can take its place.
import Sqlite from 'better-sqlite3'
import { afterCommit, beforeCommit, type DiskFaults } from './faults.js'

export type SqlValue = string | number | bigint | Uint8Array | null

export interface Statement<Row = unknown> {
  /** rows changed */
  run(...values: readonly SqlValue[]): number
  get(...values: readonly SqlValue[]): Row | undefined
  all(...values: readonly SqlValue[]): Row[]
  iterate(...values: readonly SqlValue[]): IterableIterator<Row>
}

export interface Database {
  readonly file: string
  prepare<Row = unknown>(sql: string): Statement<Row>
  /**
   * Runs `work` in one immediate transaction, or in the one that was left open; what it throws rolls all of that back and is thrown
   * on. Not to be nested. `open`: leaves it open, for the next one or for `commit`; these throw where it was taken back meanwhile.
   */
  transaction<T>(work: () => T, open?: boolean): T
  /** Commits what was left open, or throws and it is rolled back. */
  commit(): void
  /** The write-ahead log is copied back when it has so many bytes, whatever the file's pages are; until then, when it has 1,000 pages. */
  checkpointAfter(bytes: number): void
  exec(sql: string): void
  /** Makes `work` a function of SQL over two texts; it must answer the same for the same ones. */
  define(name: string, work: (one: string, other: string) => boolean): void
  /** value of a pragma's first column, e.g. `pragma('user_version')` */
  pragma(text: string): unknown
  close(): void
}

export interface OpenOptions {
  readonly readonly: boolean
  /** FULL: a commit is on disk when it returns. NORMAL: the last commits may be lost with the power, never torn. */
  readonly synchronous: 'FULL' | 'NORMAL'
  /** bytes; only where the file is made now; default 4,096 */
  readonly pageSize?: number
  /** hold the file for this process alone, in a rollback journal, and fail where another process does */
  readonly lock?: boolean
  /** milliseconds to wait for what another process holds; default 5,000 */
  readonly patience?: number
  /** tests only */
  readonly faults?: DiskFaults
}

/** Opens (and unless `readonly`, makes) the database `file` in WAL mode. Throws what SQLite throws. */
export function openDatabase(file: string, options: OpenOptions): Database {
  const sqlite = new Sqlite(file, { readonly: options.readonly, timeout: options.patience ?? 5_000 })
  if (options.lock === true) {
    sqlite.exec('BEGIN EXCLUSIVE')
    return wrap(sqlite, file, options.faults)
  }
  if (options.pageSize !== undefined) sqlite.pragma(`page_size = ${options.pageSize}`)
  if (!options.readonly) sqlite.pragma('journal_mode = WAL')
  sqlite.pragma(`synchronous = ${options.synchronous}`)
  sqlite.pragma('cache_size = -32768')
  sqlite.pragma('temp_store = MEMORY')
  return wrap(sqlite, file, options.faults)
}

function wrap(sqlite: Sqlite.Database, file: string, faults: DiskFaults | undefined): Database {
  const begin = sqlite.prepare('BEGIN IMMEDIATE')
  const end = sqlite.prepare('COMMIT')
  /** a transaction was left open */
  let left = false
  /** SQLite takes a transaction back by itself where the disk fails a statement, be it one that only reads. */
  const goesOn = (): boolean => {
    const was = left
    left = false
    if (was && !sqlite.inTransaction) throw new Error('the transaction that was left open was taken back')
    return was
  }
  const commit = (): void => {
    if (faults !== undefined) beforeCommit(faults)
    end.run()
    if (faults !== undefined) afterCommit(faults)
  }
  const orRollBack = <T>(work: () => T): T => {
    try {
      return work()
    } catch (thrown) {
      if (sqlite.inTransaction) sqlite.exec('ROLLBACK')
      throw thrown
    }
  }
  return {
    file,
    prepare: <Row>(sql: string) => statement<Row>(sqlite.prepare(sql)),
    transaction: (work, open = false) => {
      if (!goesOn()) begin.run()
      return orRollBack(() => {
        const result = work()
        if (!open) commit()
        left = open
        return result
      })
    },
    commit: () => {
      if (goesOn()) orRollBack(commit)
    },
    checkpointAfter: (bytes) => {
      const pageSize = Number(sqlite.pragma('page_size', { simple: true }))
      sqlite.pragma(`wal_autocheckpoint = ${Math.ceil(bytes / pageSize)}`)
    },
    exec: (sql) => {
      sqlite.exec(sql)
    },
    define: (name, work) => {
      sqlite.function(name, { deterministic: true }, (one: string, other: string) => (work(one, other) ? 1 : 0))
    },
    pragma: (text) => sqlite.pragma(text, { simple: true }),
    close: () => {
      sqlite.close()
    },
  }
}

function statement<Row>(prepared: Sqlite.Statement): Statement<Row> {
  return {
    run: (...values) => prepared.run(...values).changes,
    get: (...values) => prepared.get(...values) as Row | undefined,
    all: (...values) => prepared.all(...values) as Row[],
    iterate: (...values) => prepared.iterate(...values) as IterableIterator<Row>,
  }
}
