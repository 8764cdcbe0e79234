// Exchanges as graph.db knows them: enough to name one, to place it and to say whether its facts are there.
import type { ExchangeId } from '../../core/ids.js'
import type { Database } from '../sqlite/driver.js'
import { isLeafOf } from './schema.js'
import { seesTenant, type View } from './view.js'

export interface ExchangeRow {
  readonly id: number
  readonly exchange: ExchangeId
  readonly route: string | null
  /** null where no record of it has come */
  readonly started: number | null
  readonly tenant: string | null
  readonly gathers: boolean
  readonly pending: boolean
}

export interface ExchangeRows {
  /** undefined where nothing is known of it in this view */
  find(exchange: ExchangeId, view: View): ExchangeRow | undefined
  byIds(ids: Iterable<number>): ReadonlyMap<number, ExchangeRow>
  /** whether its facts were still to come in this view */
  isPending(row: ExchangeRow, view: View): boolean
  /** as `byIds`, where nothing else of them is asked: an answer may have thousands */
  names(ids: Iterable<number>): ReadonlyMap<number, ExchangeId>
}

interface Row {
  readonly id: number
  readonly key: Uint8Array
  readonly route: string | null
  readonly tenant: string | null
  readonly tenantId: number | null
  readonly started: number | null
  readonly recorded: number | null
  readonly gathers: number
  readonly pending: number
  readonly leaves: number
}

const select = `SELECT exchange.id, exchange.key, route.text AS route, tenant.text AS tenant, exchange.tenant AS tenantId,
    exchange.started, exchange.recorded, exchange.gathers, exchange.pending`
const words = `LEFT JOIN word route ON route.id = exchange.route LEFT JOIN word tenant ON tenant.id = exchange.tenant`

export function createExchangeRows(db: Database): ExchangeRows {
  const byIds = db.prepare<Row>(
    `${select} FROM json_each(?) one CROSS JOIN exchange ON exchange.id = one.value ${words}`,
  )
  const names = db.prepare<{ id: number; key: string }>(
    'SELECT exchange.id, lower(hex(exchange.key)) AS key FROM json_each(?) one CROSS JOIN exchange ON exchange.id = one.value',
  )
  const byKey = db.prepare<Row>(`${select} FROM exchange ${words} WHERE exchange.key = ?`)
  const leafTenants = db.prepare<{ tenant: number | null }>(
    `SELECT tenant FROM leaf WHERE ${isLeafOf('?')} AND recorded <= ?
     UNION ALL SELECT tenant FROM gap WHERE exchange = ? AND leaf IS NULL AND recorded <= ? AND "from" <= ?`,
  )
  const pendingThen = db.prepare(
    `SELECT 1 FROM exchange WHERE id = ? AND gathers = 1 AND lost = 0 AND closed <= ?
     AND NOT EXISTS (SELECT 1 FROM leaf WHERE ${isLeafOf('exchange.id')} AND leaf.recorded <= ?)`,
  )
  return {
    isPending: ({ id, pending }, { knownAt }) => pending || pendingThen.get(id, knownAt, knownAt) !== undefined,
    byIds: (ids) => new Map(byIds.all(JSON.stringify([...ids])).map((row) => [row.id, exchangeOf(row)])),
    names: (ids) => new Map(names.all(JSON.stringify([...ids])).map(({ id, key }) => [id, key as ExchangeId])),
    find: (exchange, view) => {
      const row = byKey.get(Buffer.from(exchange, 'hex'))
      if (row === undefined) return undefined
      const recorded = row.recorded !== null && row.recorded <= view.knownAt
      if (recorded && (row.started ?? 0) > view.asOf) return undefined
      if (recorded && row.tenantId !== null) return seesTenant(view, row.tenantId) ? exchangeOf(row) : undefined
      const other = leafTenants.all(row.id, row.id, view.knownAt, row.id, view.knownAt, view.asOf)
      return other.some(({ tenant }) => tenant === null || seesTenant(view, tenant)) ? exchangeOf(row) : undefined
    },
  }
}

function exchangeOf({ id, key, route, tenant, started, gathers, pending }: Row): ExchangeRow {
  const exchange = Buffer.from(key).toString('hex') as ExchangeId
  return { id, exchange, route, tenant, started, gathers: gathers === 1, pending: pending === 1 }
}
