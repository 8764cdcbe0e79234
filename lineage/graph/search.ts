// Entities by type and name, and ids that resemble one. Scans the ids in order; never walks edges.
import type { NodeId } from '../../core/ids.js'
import { escapeName } from '../model/node-id.js'
import type { EntityFilter } from '../ports.js'
import type { Database, SqlValue } from '../sqlite/driver.js'
import { folded, nameHas } from './name-match.js'
import { versionsOf } from './schema.js'
import type { View } from './view.js'
import { readable, standing, tenants, times } from './view.js'

export interface Search {
  /** node rows in the order of their ids, after `cursor` */
  list(filter: EntityFilter, view: View): { readonly ids: readonly number[]; readonly cursor: string | null }
  near(text: string, limit: number, view: View): readonly NodeId[]
}

interface Row {
  readonly id: number
  readonly key: string
}

const seen = `CROSS JOIN leaf ON leaf.id = seen.leaf WHERE ${standing('seen')} AND ${readable}`
/** Conditions on `node`; take the values of `times` and `tenants`. */
const seenItself = `EXISTS (SELECT 1 FROM seen ${seen} AND seen.node = node.id TENANT)`
const seenAtAll = `EXISTS (SELECT 1 FROM (SELECT node.id AS id UNION ALL ${versionsOf('node.id')}) one
  CROSS JOIN seen ON seen.node = one.id ${seen})`

/**
 * Condition on `node`: that its name has a folded part. Takes the part as LIKE finds it in an id, and the part. LIKE folds ASCII
 * alone, but is faster by far: of ids in ASCII the function looks only at those that have the part anywhere.
 */
const named = `(node.key LIKE ? ESCAPE '\\' OR octet_length(node.key) > length(node.key)) AND name_has(node.key, ?)`

/** Candidates that near matches are chosen from. */
const candidates = 400

export function createSearch(db: Database): Search {
  db.define('name_has', nameHas)
  const list = (filter: EntityFilter, view: View): { ids: number[]; cursor: string | null } => {
    const conditions = ['node.kind = 0', 'node.name IS NOT NULL']
    const values: SqlValue[] = []
    const add = (sql: string, ...more: SqlValue[]): void => {
      conditions.push(sql)
      values.push(...more)
    }
    if (filter.type !== undefined) add('node.key >= ? AND node.key < ?', `${filter.type}:`, `${filter.type};`)
    if (filter.q !== undefined && filter.q !== '') {
      const part = folded(filter.q)
      add(named, `%${escapeLike(escapeName(part))}%`, part)
    }
    if (filter.cursor !== undefined) add('node.key > ?', filter.cursor)
    const tenant = tenantCondition(filter)
    add(seenItself.replace('TENANT', tenant.sql), ...times(view), ...tenants(view), ...tenant.values)
    const sql = `SELECT node.id, node.key FROM node WHERE ${conditions.join(' AND ')} ORDER BY node.key LIMIT ?`
    const rows = db.prepare<Row>(sql).all(...values, filter.limit + 1)
    const page = rows.slice(0, filter.limit)
    return { ids: page.map(({ id }) => id), cursor: rows.length > filter.limit ? (page.at(-1)?.key ?? null) : null }
  }
  const like = db.prepare<Row>(
    `SELECT node.id, node.key FROM node WHERE node.key LIKE ? ESCAPE '\\' AND ${seenAtAll} LIMIT ${candidates}`,
  )
  const after = db.prepare<Row>(
    `SELECT node.id, node.key FROM node WHERE node.key >= ? AND ${seenAtAll} ORDER BY node.key LIMIT 50`,
  )
  const before = db.prepare<Row>(
    `SELECT node.id, node.key FROM node WHERE node.key < ? AND ${seenAtAll} ORDER BY node.key DESC LIMIT 50`,
  )
  return {
    list,
    near: (text, limit, view) => {
      const values = [...times(view), ...tenants(view)]
      const name = text.slice(text.indexOf(':') + 1).split('@')[0] ?? ''
      const words = name.split(/[^\p{L}\p{N}]+/u).filter((word) => word.length > 2)
      const longest = [...words].sort((a, b) => b.length - a.length).slice(0, 2)
      const found = new Set<string>()
      for (const part of [name, ...longest]) {
        if (part === '' || found.size >= candidates) continue
        for (const { key } of like.all(`%${escapeLike(part)}%`, ...values)) found.add(key)
      }
      for (const { key } of [...after.all(text, ...values), ...before.all(text, ...values)]) found.add(key)
      const scored = [...found].map((key) => ({ key, score: similarity(text, key) })).filter(({ score }) => score > 0.3)
      scored.sort((a, b) => b.score - a.score || (a.key < b.key ? -1 : 1))
      return scored.slice(0, limit).map(({ key }) => key as NodeId)
    },
  }
}

function tenantCondition({ project, domain }: EntityFilter): { sql: string; values: string[] } {
  if (project === undefined && domain === undefined) return { sql: '', values: [] }
  const parts = [project === undefined ? '' : `word.text ->> 0 = ?`, domain === undefined ? '' : `word.text ->> 1 = ?`]
  const sql = `AND leaf.tenant IN (SELECT id FROM word WHERE word.text LIKE '["%' AND ${parts.filter((part) => part !== '').join(' AND ')})`
  return { sql, values: [project, domain].flatMap((value) => value ?? []) }
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, (sign) => `\\${sign}`)
}

/** Dice coefficient of the two texts' pairs of letters, 0 to 1. */
function similarity(a: string, b: string): number {
  const [one, other] = [pairsOf(a), pairsOf(b)]
  const common = [...one].filter((pair) => other.has(pair)).length
  return (2 * common) / Math.max(1, one.size + other.size)
}

function pairsOf(text: string): Set<string> {
  const lower = text.toLowerCase()
  return new Set(Array.from({ length: Math.max(0, lower.length - 1) }, (_, at) => lower.slice(at, at + 2)))
}
