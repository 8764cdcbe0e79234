// Node rows by id, cached for the length of one query.
import type { Database } from '../sqlite/driver.js'
import { nodeKinds } from './codes.js'
import type { NodeKind } from '../model/node-id.js'

export interface NodeRow {
  readonly id: number
  readonly key: string
  readonly kind: NodeKind
  /** node of the bare name, for an entity version; null for names, activities, agents */
  readonly name: number | null
}

export interface Nodes {
  /** reads what is not cached yet in one go */
  load(ids: Iterable<number>): void
  get(id: number): NodeRow
  find(key: string): NodeRow[]
}

interface Row {
  readonly id: number
  readonly key: string
  readonly kind: number
  readonly name: number | null
}

export function createNodes(db: Database): () => Nodes {
  const byIds = db.prepare<Row>('SELECT node.* FROM json_each(?) one CROSS JOIN node ON node.id = one.value')
  const byKey = db.prepare<Row>('SELECT * FROM node WHERE key = ? ORDER BY kind')
  return () => {
    const cache = new Map<number, NodeRow>()
    const keep = (row: Row): NodeRow => {
      const node = { ...row, kind: nodeKinds[row.kind] ?? 'entity' }
      cache.set(row.id, node)
      return node
    }
    const load = (ids: Iterable<number>): void => {
      const missing = [...ids].filter((id) => id > 0 && !cache.has(id))
      if (missing.length > 0) byIds.all(JSON.stringify(missing)).forEach(keep)
    }
    return {
      load,
      get: (id) => {
        if (!cache.has(id)) load([id])
        const node = cache.get(id)
        if (node === undefined) throw new Error(`graph.db has no node ${id}`)
        return node
      },
      find: (key) => byKey.all(key).map(keep),
    }
  }
}
