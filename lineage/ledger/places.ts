// Which leaves there are, by identity, so that none is stored twice. What came lately is in memory; the table `place` is
// filled behind it, many keys at a time and in their order, a little with every commit: keys are random within
// a second, and one by one each would cost a page. Never says that a leaf is unknown without having looked in both.
import type { Database, SqlValue, Statement } from '../sqlite/driver.js'
import { createPlacesMemory } from './places-memory.js'
import { namedAt, type Directory, type NamedLeaf, type NewLeaf } from './segment.js'

export interface Places {
  /** Of `leaves` those that are not stored yet, each once. Within the transaction that stores them. */
  unknown(leaves: readonly NewLeaf[]): NewLeaf[]
  /** Writes what has waited longest into the table, in proportion to so many new leaves. Within the transaction. */
  settle(leaves: number): void
  /** The transaction is committed: what was unknown is stored, from `first` on. */
  committed(first: number): void
  /** The transaction was rolled back. */
  rolledBack(): void
}

export function createPlaces(db: Database): Places {
  const ofKeys = db.prepare<{ key: number; seqs: string }>(
    'SELECT place.key, place.seqs FROM json_each(?) one CROSS JOIN place ON place.key = one.value',
  )
  const holding = db.prepare<Stored>(
    'SELECT first, directory FROM segment WHERE first <= ? ORDER BY first DESC LIMIT 1',
  )
  const insert = createInsert(db)
  const setPlaced = db.prepare('UPDATE placed SET seq = ?')
  const memory = createPlacesMemory()
  let staged: NewLeaf[] = []

  // Late leaves come in the order of their exchanges' records, so one directory serves many.
  let read: { readonly first: number; readonly directory: Directory } = { first: 1, directory: [] }
  const idOf = (seq: number): string => {
    if (seq < read.first || seq >= read.first + read.directory.length) {
      const row = holding.get(seq)
      if (row === undefined) return ''
      read = { first: row.first, directory: JSON.parse(row.directory) as Directory }
    }
    return read.directory[seq - read.first]?.[1] ?? ''
  }
  /** After this memory holds all that is stored under these leaves' keys. */
  const load = (leaves: readonly NamedLeaf[]): void => {
    const keys = new Set<number>()
    for (const { key } of leaves) if (!memory.knows(key)) keys.add(key)
    if (keys.size === 0) return
    const rows = ofKeys.all(JSON.stringify([...keys]))
    // Not before: a key that could not be looked up is not known.
    for (const key of keys) memory.learn(key)
    for (const { key, seqs } of rows) {
      for (const seq of seqs.split(',')) memory.add({ key, id: idOf(Number(seq)) })
    }
  }

  for (const { first, leaves } of unplaced(db)) {
    load(leaves)
    for (const [index, leaf] of leaves.entries()) {
      if (!memory.has(leaf)) memory.add(leaf)
      memory.wait(leaf, first + index)
    }
  }
  return {
    unknown: (leaves) => {
      load(leaves)
      staged = []
      for (const leaf of leaves) {
        if (memory.has(leaf)) continue
        memory.add(leaf)
        staged.push(leaf)
      }
      return staged
    },
    settle: (leaves) => {
      const { slice, whole } = memory.take(leaves)
      insert(rowsOf(slice))
      if (whole !== undefined) setPlaced.run(whole)
    },
    committed: (first) => {
      memory.taken(true)
      for (const [index, leaf] of staged.entries()) memory.wait(leaf, first + index)
      staged = []
    },
    rolledBack: () => {
      memory.taken(false)
      for (const leaf of staged) memory.remove(leaf)
      staged = []
    },
  }
}

interface Stored {
  readonly first: number
  readonly directory: string
}

/** A key and its seqs with commas between, by turns, of places in order of their keys. */
function rowsOf(slice: readonly { readonly key: number; readonly seq: number }[]): SqlValue[] {
  const rows: SqlValue[] = []
  let last: number | undefined
  for (const { key, seq } of slice) {
    if (key === last) rows[rows.length - 1] = `${rows[rows.length - 1] as string},${seq}`
    else rows.push(key, String(seq))
    last = key
  }
  return rows
}

/** Rows of one statement at most. */
const together = 32

function createInsert(db: Database): (rows: readonly SqlValue[]) => void {
  const prepare = (count: number): Statement =>
    db.prepare(
      `INSERT INTO place VALUES ${Array.from({ length: count }, () => '(?, ?)').join(', ')}
       ON CONFLICT (key) DO UPDATE SET seqs = seqs || ',' || excluded.seqs`,
    )
  const [one, many] = [prepare(1), prepare(together)]
  return (rows) => {
    let at = 0
    for (; rows.length - at >= together * 2; at += together * 2) many.run(...rows.slice(at, at + together * 2))
    for (; at < rows.length; at += 2) one.run(...rows.slice(at, at + 2))
  }
}

/** Segments that the table does not hold yet. */
function unplaced(db: Database): { readonly first: number; readonly leaves: readonly NamedLeaf[] }[] {
  return db
    .prepare<Stored>('SELECT first, directory FROM segment WHERE first > (SELECT seq FROM placed) ORDER BY first')
    .all()
    .map(({ first, directory }) => ({
      first,
      leaves: (JSON.parse(directory) as Directory).map(namedAt),
    }))
}
