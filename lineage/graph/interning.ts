// Integer ids for what repeats in graph.db: nodes, exchanges, words. Called only by the projection, which is the one
// writer; ids are assigned here, so that no row has to be read back. Never hands out an id that a rollback took away:
// after one, `forget` must be called.
import type { ExchangeId, NodeId } from '../../core/ids.js'
import { activityId, agentId, entityId, versionOf } from '../model/node-id.js'
import type { ActivityRef, AgentRef, EntityRef } from '../model/fact.js'
import type { Database, Statement } from '../sqlite/driver.js'

/** `name` is the node of the bare name; the same as `id` where the reference is bare, and for activities and agents. */
export interface Interned {
  readonly id: number
  readonly name: number
}

export interface Interning {
  entity(ref: EntityRef): Interned
  activity(ref: ActivityRef): Interned
  agent(ref: AgentRef): Interned
  word(text: string): number
  exchange(id: ExchangeId): number
  /** `insert` writes a new row and says whether it was one */
  newExchange(id: ExchangeId, insert: (row: number, key: Uint8Array) => boolean): { id: number; fresh: boolean }
  nextLeaf(): number
  /** after a rollback: empties the caches and counts the rows again */
  forget(): void
}

const [entityKind, activityKind, agentKind] = [0, 1, 2]

export function createInterning(db: Database): Interning {
  let nodes = createCache<Interned>(50_000)
  let words = createCache<number>(10_000)
  let exchanges = createCache<number>(20_000)
  const counters = createCounters(db)
  const insertNode = db.prepare('INSERT OR IGNORE INTO node (id, key, kind, name) VALUES (?, ?, ?, ?)')
  const findNode = db.prepare<{ id: number; name: number | null }>(
    'SELECT id, name FROM node WHERE key = ? AND kind = ?',
  )
  const insertWord = db.prepare('INSERT OR IGNORE INTO word (id, text) VALUES (?, ?)')
  const findWord = db.prepare<{ id: number }>('SELECT id FROM word WHERE text = ?')
  const insertExchange = db.prepare('INSERT OR IGNORE INTO exchange (id, key) VALUES (?, ?)')
  const findExchange = db.prepare<{ id: number }>('SELECT id FROM exchange WHERE key = ?')

  const node = (key: NodeId, kind: number, nameOf: (() => number) | undefined): Interned => {
    const cacheKey = `${kind}${key}`
    const known = nodes.get(cacheKey)
    if (known !== undefined) return known
    const name = nameOf?.() ?? null
    const id = counters.next('node')
    const row = insertNode.run(id, key, kind, name) === 1 ? { id, name } : findNode.get(key, kind)
    const interned = { id: row?.id ?? id, name: row?.name ?? row?.id ?? id }
    nodes.set(cacheKey, interned)
    return interned
  }
  const bareName = (ref: EntityRef): Interned =>
    node(entityId({ type: ref.type, name: ref.name }), entityKind, undefined)
  return {
    entity: (ref) =>
      versionOf(ref) === undefined ? bareName(ref) : node(entityId(ref), entityKind, () => bareName(ref).id),
    activity: (ref) => node(activityId(ref), activityKind, undefined),
    agent: (ref) => node(agentId(ref), agentKind, undefined),
    word: (text) => remember(words, text, () => insertOrFind(insertWord, findWord, counters.next('word'), text)),
    exchange: (id) =>
      remember(exchanges, id, () =>
        insertOrFind(insertExchange, findExchange, counters.next('exchange'), Buffer.from(id, 'hex')),
      ),
    newExchange: (id, insert) => {
      const known = exchanges.get(id)
      if (known !== undefined) return { id: known, fresh: false }
      const key = Buffer.from(id, 'hex')
      const row = counters.next('exchange')
      const fresh = insert(row, key)
      const found = fresh ? row : (findExchange.get(key)?.id ?? row)
      exchanges.set(id, found)
      return { id: found, fresh }
    },
    nextLeaf: () => counters.next('leaf'),
    forget: () => {
      nodes = createCache(50_000)
      words = createCache(10_000)
      exchanges = createCache(20_000)
      counters.forget()
    },
  }
}

function insertOrFind(
  insert: Statement,
  find: Statement<{ id: number }>,
  id: number,
  key: string | Uint8Array,
): number {
  return insert.run(id, key) === 1 ? id : (find.get(key)?.id ?? id)
}

function remember(cache: Cache<number>, key: string, make: () => number): number {
  const known = cache.get(key)
  if (known !== undefined) return known
  const made = make()
  cache.set(key, made)
  return made
}

type Counted = 'node' | 'word' | 'exchange' | 'leaf'

function createCounters(db: Database): { next(table: Counted): number; forget(): void } {
  const last = new Map<Counted, number>()
  return {
    next: (table) => {
      const id =
        (last.get(table) ??
          db.prepare<{ id: number }>(`SELECT coalesce(max(id), 0) AS id FROM ${table}`).get()?.id ??
          0) + 1
      last.set(table, id)
      return id
    },
    forget: () => last.clear(),
  }
}

interface Cache<V> {
  get(key: string): V | undefined
  set(key: string, value: V): void
}

/** Keeps the most recently used entries, between `size` and twice that many. */
function createCache<V>(size: number): Cache<V> {
  let young = new Map<string, V>()
  let old = new Map<string, V>()
  const set = (key: string, value: V): void => {
    if (young.size >= size) {
      old = young
      young = new Map()
    }
    young.set(key, value)
  }
  return {
    get: (key) => {
      const value = young.get(key)
      if (value !== undefined) return value
      const older = old.get(key)
      if (older !== undefined) set(key, older)
      return older
    },
    set,
  }
}
