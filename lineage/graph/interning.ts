// Integer ids for what repeats in graph.db: nodes, exchanges, words. Called only by the projection, which is the one
// writer; ids are assigned here, so that no row has to be read back, and many rows are made at once. Never hands out an id that a
// rollback took away: after one, `forget` must be called.
import type { ExchangeId } from '../../core/ids.js'
import type { Rests } from '../../core/processor-share.js'
import type { Database, SqlValue } from '../sqlite/driver.js'
import { createCache, type Cache } from './cache.js'
import { nodeKinds } from './codes.js'
import type { PlannedNodes } from './plan.js'
import { createInsertNew, type InsertNew, type Into } from './rows.js'

export interface Interning {
  /** Ids of a plan's nodes, in its order. */
  nodes(nodes: PlannedNodes): Ids
  words(texts: readonly string[]): Ids
  /** `rest`: what the row of a new one holds behind id and key */
  exchanges(ids: readonly ExchangeId[], rest: (index: number) => readonly SqlValue[]): InternedExchanges
  /** for a generation above the first; below zero */
  nextLeaf(): number
  /** after a rollback: empties the caches and counts the rows again */
  forget(): void
}

/** By the place in the plan. */
export type Ids = readonly number[]

export interface InternedExchanges {
  readonly ids: Ids
  /** places of those that have got their row now */
  readonly fresh: ReadonlySet<number>
}

/** Entries that a cache keeps at the least. */
const sizes = { entity: 30_000, activity: 4_000, agent: 4_000, word: 10_000, exchange: 10_000 } as const

export function createInterning(into: Into): Interning {
  const { db, rests } = into
  const counters = createCounters(db)
  const caches = { word: createCache(sizes.word), exchange: createCache(sizes.exchange) }
  const nodes = createNodeTable(into, counters)
  const wordRows: Storing = { rests, insert: createInsertNew(into, 'word', 2), next: () => counters.next('word') }
  const findWord = db.prepare<{ id: number }>('SELECT id FROM word WHERE text = ?')
  const exchangeRows: Storing = {
    rests,
    insert: createInsertNew(into, 'exchange', 10),
    next: () => counters.next('exchange'),
  }
  const findExchange = db.prepare<{ id: number }>('SELECT id FROM exchange WHERE key = ?')
  return {
    nodes: (planned) => nodes.all(planned),
    words: (texts) => {
      const ids: number[] = []
      const keyed: Keyed = {
        cache: () => caches.word,
        text: (index) => texts[index] ?? '',
        row: (index, id) => [id, texts[index] ?? ''],
        find: (index) => findWord.get(texts[index] ?? '')?.id,
      }
      intern(texts.keys(), ids, keyed, wordRows)
      return ids
    },
    exchanges: (all, rest) => {
      const ids: number[] = []
      const keyOf = (index: number): Buffer => Buffer.from(all[index] ?? '', 'hex')
      const keyed: Keyed = {
        cache: () => caches.exchange,
        text: (index) => all[index] ?? '',
        row: (index, id) => [id, keyOf(index), ...rest(index)],
        find: (index) => findExchange.get(keyOf(index))?.id,
      }
      return { ids, fresh: new Set(intern(all.keys(), ids, keyed, exchangeRows)) }
    },
    nextLeaf: () => -counters.next('leaf'),
    forget: () => {
      nodes.forget()
      for (const cache of Object.values(caches)) cache.clear()
      counters.forget()
    },
  }
}

function createNodeTable(into: Into, counters: Counters): { all(nodes: PlannedNodes): Ids; forget(): void } {
  const caches = nodeKinds.map((kind) => createCache(sizes[kind]))
  const find = into.db.prepare<{ id: number }>('SELECT id FROM node WHERE key = ? AND kind = ?')
  const rows: Storing = {
    rests: into.rests,
    insert: createInsertNew(into, 'node', 4),
    next: () => counters.next('node'),
  }
  return {
    all: ({ keys, kinds, names }) => {
      const ids: number[] = []
      const keyOf = (index: number): string => keys[index] ?? ''
      const kindOf = (index: number): number => kinds[index] ?? 0
      const isVersion = (index: number): boolean => names[index] !== index
      const nameOf = (index: number): number | null => (isVersion(index) ? (ids[names[index] ?? 0] ?? null) : null)
      const keyed: Keyed = {
        cache: (index) => caches[kindOf(index)] ?? createCache(0),
        text: keyOf,
        row: (index, id) => [id, keyOf(index), kindOf(index), nameOf(index)],
        find: (index) => find.get(keyOf(index), kindOf(index))?.id,
      }
      const all = [...keys.keys()]
      // The row of a version holds its name's id.
      const bare = all.filter((index) => !isVersion(index))
      for (const indexes of [bare, all.filter(isVersion)]) intern(indexes, ids, keyed, rows)
      return ids
    },
    forget: () => {
      for (const cache of caches) cache.clear()
    },
  }
}

/** How the places of a list are known and stored. */
interface Keyed {
  cache(index: number): Cache
  text(index: number): string
  row(index: number, id: number): readonly SqlValue[]
  /** the id of one that is stored */
  find(index: number): number | undefined
}

interface Storing {
  readonly rests: Rests
  readonly insert: InsertNew
  next(): number
}

/** Fills `ids` at all of `indexes`; gives those that are new. */
function intern(indexes: Iterable<number>, ids: number[], keyed: Keyed, storing: Storing): number[] {
  const missing: number[] = []
  const values: SqlValue[] = []
  for (const index of indexes) {
    const known = keyed.cache(index).get(keyed.text(index))
    ids[index] = known ?? storing.next()
    if (known !== undefined) continue
    missing.push(index)
    values.push(...keyed.row(index, ids[index] ?? 0))
  }
  const old = new Set<number>()
  for (const place of storing.insert(values)) {
    const index = missing[place] ?? 0
    const id = keyed.find(index) ?? 0
    storing.rests.rest()
    if (id !== ids[index]) old.add(index)
    ids[index] = id
  }
  for (const index of missing) keyed.cache(index).set(keyed.text(index), ids[index] ?? 0)
  return missing.filter((index) => !old.has(index))
}

/** Where a table's ids have got to: `leaf` counts down, see schema.ts. */
const ends = {
  node: 'SELECT coalesce(max(id), 0) AS id FROM node',
  word: 'SELECT coalesce(max(id), 0) AS id FROM word',
  exchange: 'SELECT coalesce(max(id), 0) AS id FROM exchange',
  leaf: 'SELECT -coalesce(min(min(id), 0), 0) AS id FROM leaf',
} as const

interface Counters {
  next(table: keyof typeof ends): number
  forget(): void
}

function createCounters(db: Database): Counters {
  const last = new Map<keyof typeof ends, number>()
  return {
    next: (table) => {
      const id = (last.get(table) ?? db.prepare<{ id: number }>(ends[table]).get()?.id ?? 0) + 1
      last.set(table, id)
      return id
    },
    forget: () => last.clear(),
  }
}
