// Where the leaves of an exchange are, for a reader: in the table, and in the directories of the segments that the table does
// not hold yet, which are read once. Writes nothing.
import type { ExchangeId } from '../../core/ids.js'
import type { Database } from '../sqlite/driver.js'
import { keyOf, namedAt, type Directory } from './segment.js'

export interface PlaceReader {
  /** Seqs of its leaves, in order; others may be among them. */
  of(exchange: ExchangeId): readonly number[]
}

export function createPlaceReader(db: Database): PlaceReader {
  const placed = db.prepare<{ seq: number }>('SELECT seq FROM placed')
  const inTable = db.prepare<{ seqs: string }>('SELECT seqs FROM place WHERE key = ?')
  const directories = db.prepare<{ first: number; directory: string }>(
    'SELECT first, directory FROM segment WHERE first > ? ORDER BY first',
  )
  let newer = new Map<number, number[]>()
  let from = 0
  let read = 0

  const catchUp = (): void => {
    // What came into the table meanwhile is found there as well as here, until it is much.
    const floor = placed.get()?.seq ?? 0
    if (floor > from) {
      newer = new Map([...newer].filter(([, seqs]) => (seqs.at(-1) ?? 0) > floor))
      from = floor
    }
    for (const { first, directory } of directories.iterate(Math.max(read, floor))) {
      for (const [index, entry] of (JSON.parse(directory) as Directory).entries()) {
        const { key } = namedAt(entry)
        const seqs = newer.get(key)
        read = first + index
        if (seqs === undefined) newer.set(key, [read])
        else seqs.push(read)
      }
    }
  }
  return {
    of: (exchange) => {
      catchUp()
      const key = keyOf(exchange, '')
      const placed = inTable.get(key)?.seqs.split(',').map(Number) ?? []
      return [...new Set([...placed, ...(newer.get(key) ?? [])])].sort((a, b) => a - b)
    },
  }
}
