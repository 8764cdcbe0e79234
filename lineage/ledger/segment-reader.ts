// Segments read back and taken apart, for one connection. Keeps a few, since leaves of one exchange lie close together;
// a segment never changes.
import { isAscii } from 'node:buffer'
import type { Micros } from '../../core/ids.js'
import type { RecordedLeaf } from '../model/leaf.js'
import type { Database } from '../sqlite/driver.js'
import type { Directory } from './segment.js'
import { createHeadReader, StoredLeaf, type LeafSource, type ReadHead } from './stored-leaf.js'

export interface Segment {
  /** seq of its first leaf, and of its last */
  readonly first: number
  readonly last: number
  idOf(seq: number): string
  leafAt(seq: number): RecordedLeaf
}

export interface SegmentReader {
  /** in order, from the one that holds `seq` (or the next one) on */
  from(seq: number): Generator<Segment>
  /** in reverse order, from the one that holds `seq` (or the one before it) on */
  backFrom(seq: number): Generator<Segment>
  leaf(seq: number): RecordedLeaf | undefined
  /** seq of the last leaf; 0 where there is none */
  last(): number
}

interface Row {
  readonly first: number
  readonly recorded: number
  readonly directory: string
  readonly bodies: Buffer
}

const kept = 16

export function createSegmentReader(db: Database): SegmentReader {
  const columns = 'first, recorded, directory, bodies'
  const readHead = createHeadReader()
  const forward = db.prepare<Row>(
    `SELECT ${columns} FROM segment
     WHERE first >= coalesce((SELECT max(first) FROM segment WHERE first <= ?), 0) ORDER BY first`,
  )
  const backward = db.prepare<Row>(`SELECT ${columns} FROM segment WHERE first <= ? ORDER BY first DESC`)
  const holding = db.prepare<Row>(`SELECT ${columns} FROM segment WHERE first <= ? ORDER BY first DESC LIMIT 1`)
  const end = db.prepare<{ first: number; leaves: number }>(
    'SELECT first, json_array_length(directory) AS leaves FROM segment ORDER BY first DESC LIMIT 1',
  )
  let recent: Segment[] = []

  const segmentAt = (seq: number): Segment | undefined => {
    const known = recent.find(({ first, last }) => first <= seq && seq <= last)
    if (known !== undefined) return known
    const row = holding.get(seq)
    if (row === undefined) return undefined
    const segment = segmentOf(row, readHead)
    recent = [segment, ...recent.slice(0, kept - 1)]
    return segment
  }
  return {
    from: function* (seq) {
      for (const row of forward.iterate(seq)) {
        const segment = segmentOf(row, readHead)
        if (segment.last >= seq) yield segment
      }
    },
    backFrom: function* (seq) {
      for (const row of backward.iterate(seq)) yield segmentOf(row, readHead)
    },
    leaf: (seq) => {
      const segment = segmentAt(seq)
      return segment !== undefined && seq <= segment.last ? segment.leafAt(seq) : undefined
    },
    last: () => {
      const row = end.get()
      return row === undefined ? 0 : row.first + row.leaves - 1
    },
  }
}

function segmentOf({ first, recorded, directory: text, bodies }: Row, readHead: ReadHead): Segment {
  const directory = JSON.parse(text) as Directory
  const endOf = (index: number): number => directory[index]?.[0] ?? 0
  const idOf = (seq: number): string => directory[seq - first]?.[1] ?? ''
  const ascii = isAscii(bodies)
  const source: LeafSource = {
    recorded: recorded as Micros,
    readHead,
    idOf,
    bodyOf: (seq) => {
      const index = seq - first
      return bodies.toString(ascii ? 'latin1' : 'utf8', endOf(index - 1), endOf(index))
    },
  }
  return {
    first,
    last: first + directory.length - 1,
    idOf,
    leafAt: (seq) => new StoredLeaf(seq, source),
  }
}
