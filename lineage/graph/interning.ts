// Integer ids for what repeats in graph.db: nodes, exchanges, words. Called only by the projection, which is the one
// writer; ids are assigned here, so that no row has to be read back. Never hands out an id that a rollback took away:
// after one, `forget` must be called.
import type { ExchangeId, NodeId } from '../../core/ids.js'
import type { Tenant } from '../../core/tenant.js'
import { activityId, agentId, entityId, versionOf } from '../model/node-id.js'
import type { ActivityRef, AgentRef, EntityRef } from '../model/fact.js'
import { createNodeCache, type NodeCache, type NodeName } from './node-cache.js'
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
  tenant(tenant: Tenant): number
  exchange(id: ExchangeId): number
  /** `insert` writes a new row and says whether it was one */
  newExchange(id: ExchangeId, insert: (row: number, key: Uint8Array) => boolean): { id: number; fresh: boolean }
  /** for a generation above the first; below zero */
  nextLeaf(): number
  /** after a rollback: empties the caches and counts the rows again */
  forget(): void
}

const kinds = { entity: 0, activity: 1, agent: 2 } as const

/** Entries that a cache keeps at the least. */
const sizes = { word: 10_000, exchange: 10_000 } as const

export function createInterning(db: Database): Interning {
  const counters = createCounters(db)
  const nodes = createNodeTable(db, counters)
  let words = createCache<number>(sizes.word)
  let exchanges = createCache<number>(sizes.exchange)
  const insertWord = db.prepare('INSERT OR IGNORE INTO word (id, text) VALUES (?, ?)')
  const findWord = db.prepare<{ id: number }>('SELECT id FROM word WHERE text = ?')
  const insertExchange = db.prepare('INSERT OR IGNORE INTO exchange (id, key) VALUES (?, ?)')
  const findExchange = db.prepare<{ id: number }>('SELECT id FROM exchange WHERE key = ?')

  let lastTenant: { readonly tenant: Tenant; readonly id: number } | undefined
  const word = (text: string): number =>
    remember(words, text, () => insertOrFind(insertWord, findWord, counters.next('word'), text))

  return {
    entity: nodes.entity,
    activity: nodes.activity,
    agent: nodes.agent,
    word,
    tenant: (tenant) => {
      const { project, domain } = tenant
      if (lastTenant?.tenant.project === project && lastTenant.tenant.domain === domain) return lastTenant.id
      lastTenant = { tenant, id: word(JSON.stringify([project, domain])) }
      return lastTenant.id
    },
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
    nextLeaf: () => -counters.next('leaf'),
    forget: () => {
      nodes.forget()
      lastTenant = undefined
      words = createCache(sizes.word)
      exchanges = createCache(sizes.exchange)
      counters.forget()
    },
  }
}

function createNodeTable(
  db: Database,
  counters: Counters,
): Pick<Interning, 'entity' | 'activity' | 'agent' | 'forget'> {
  const caches = {
    entity: createNodeCache<Interned>(16),
    activity: createNodeCache<Interned>(13),
    agent: createNodeCache<Interned>(13),
  }
  const insert = db.prepare('INSERT OR IGNORE INTO node (id, key, kind, name) VALUES (?, ?, ?, ?)')
  const find = db.prepare<{ id: number; name: number | null }>('SELECT id, name FROM node WHERE key = ? AND kind = ?')

  const add = (key: NodeId, kind: number, name: number | null): Interned => {
    const id = counters.next('node')
    const row = insert.run(id, key, kind, name) === 1 ? { id, name } : find.get(key, kind)
    return { id: row?.id ?? id, name: row?.name ?? row?.id ?? id }
  }
  const remember = (cache: NodeCache<Interned>, node: NodeName, make: () => Interned): Interned => {
    const known = cache.get(node)
    if (known !== undefined) return known
    const made = make()
    cache.set(node, made)
    return made
  }
  const entity = (ref: EntityRef): Interned => {
    const { type, name } = ref
    const version = versionOf(ref)
    return remember(caches.entity, { type, name, version }, () =>
      add(entityId(ref), kinds.entity, version === undefined ? null : entity({ type, name }).id),
    )
  }
  return {
    entity,
    activity: (ref) =>
      remember(caches.activity, { type: ref.type, name: ref.id, version: undefined }, () =>
        add(activityId(ref), kinds.activity, null),
      ),
    agent: (ref) =>
      remember(caches.agent, { type: ref.type, name: ref.id, version: undefined }, () =>
        add(agentId(ref), kinds.agent, null),
      ),
    forget: () => {
      for (const cache of Object.values(caches)) cache.clear()
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
