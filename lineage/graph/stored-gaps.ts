// Gaps that the ledger tells of, found by what a walk touched. What is known of a route alone is added up by SQL, since it
// can be very much.
import type { Database } from '../sqlite/driver.js'
import { isLeafOf } from './schema.js'
import { standing, readable, tenants, type View } from './view.js'

export interface FoundGap {
  readonly reason: string
  readonly at: string
  readonly time: number
  readonly count: number
  readonly exact: boolean
}

export interface Touched {
  readonly leaves: ReadonlySet<number>
  readonly exchanges: ReadonlySet<number>
  /** node ids and exchange ids that a gap may name */
  readonly keys: readonly string[]
  /** gaps of routes that began later are left out */
  readonly horizon: number
}

export type StoredGaps = (touched: Touched, view: View) => FoundGap[]

interface Row {
  readonly reason: string
  readonly at: string
  readonly time: number
  readonly count: number
  readonly exact: number
}

/** When what is missing of a leaf's exchange began: by its facts, or where it has none by its record. Regathering changes neither. */
const began = `CASE leaf.loose WHEN 1 THEN coalesce(exchange.started, gap."from") ELSE gap."from" END`
const sumsSince = (time: string): string => `min(${time}) AS time, sum(gap.count) AS count, min(gap.exact) AS exact`
const sums = sumsSince('gap."from"')
const missing = standing('gap', began)
const visible = '(gap.tenant IS NULL OR ? = 1 OR gap.tenant IN (SELECT value FROM json_each(?)))'
const stated = `gap.leaf IS NULL AND gap."from" <= ? AND gap.recorded <= ? AND ${visible}`

export function createStoredGaps(db: Database): StoredGaps {
  const routesOf = db.prepare<{ id: number; text: string }>(
    `SELECT DISTINCT word.id, word.text FROM json_each(?) one CROSS JOIN leaf ON leaf.id = one.value
     CROSS JOIN word ON word.id = leaf.route
     UNION SELECT word.id, word.text FROM json_each(?) one CROSS JOIN exchange ON exchange.id = one.value
     CROSS JOIN word ON word.id = exchange.route`,
  )
  const gathered = db.prepare<Row>(
    `SELECT gap.reason, gap.at, ${sumsSince(began)} FROM json_each(?) one
     CROSS JOIN gap ON gap.leaf = one.value CROSS JOIN leaf ON leaf.id = gap.leaf CROSS JOIN exchange ON exchange.id = leaf.exchange
     WHERE ${missing} AND ${readable} GROUP BY gap.reason, gap.at`,
  )
  const ofExchanges = db.prepare<Row>(
    `SELECT gap.reason, gap.at, ${sums} FROM json_each(?) one CROSS JOIN gap ON gap.exchange = one.value
     WHERE ${stated} GROUP BY gap.reason, gap.at`,
  )
  const atPlaces = db.prepare<Row>(
    `SELECT gap.reason, gap.at, ${sums} FROM json_each(?) one CROSS JOIN gap ON gap.at = one.value
     WHERE ${stated} GROUP BY gap.reason, gap.at`,
  )
  const loose = db.prepare<Row>(
    `SELECT gap.reason, word.text AS at, ${sumsSince(began)} FROM json_each(?) one
     CROSS JOIN leaf ON leaf.route = one.value AND leaf.loose = 1 CROSS JOIN gap ON gap.leaf = leaf.id
     CROSS JOIN word ON word.id = leaf.route CROSS JOIN exchange ON exchange.id = leaf.exchange
     WHERE leaf.id NOT IN (SELECT value FROM json_each(?)) AND leaf.exchange NOT IN (SELECT value FROM json_each(?))
       AND ${missing} AND ${readable} GROUP BY gap.reason, leaf.route`,
  )
  const looseOf = db.prepare<{ id: number }>(
    `SELECT leaf.id FROM json_each(?) one CROSS JOIN leaf ON ${isLeafOf('one.value')} WHERE leaf.loose = 1`,
  )
  const pending = createPending(db)

  return (touched, view) => {
    const exchanges = JSON.stringify([...touched.exchanges])
    const loners = looseOf.all(exchanges).map(({ id }) => id)
    const leaves = JSON.stringify([...touched.leaves, ...loners])
    const routes = routesOf.all(leaves, exchanges)
    const routeIds = JSON.stringify(routes.map(({ id }) => id))
    const names = new Set([...routes.map(({ text }) => text), 'ledger'])
    const keys = touched.keys.filter((key) => !names.has(key))
    const own = tenants(view)
    const known = view.knownAt
    const horizon = Math.min(touched.horizon, view.asOf)
    const ofExchange = ofExchanges
      .all(exchanges, view.asOf, known, ...own)
      .filter(({ at }) => !names.has(at) && !keys.includes(at))
    return [
      ...gathered.all(leaves, view.asOf, known, known, ...own),
      ...ofExchange,
      ...atPlaces.all(JSON.stringify(keys), view.asOf, known, ...own),
      ...atPlaces.all(JSON.stringify([...names]), horizon, known, ...own),
      ...loose.all(routeIds, JSON.stringify(loners), exchanges, horizon, known, known, ...own),
      ...pending(routeIds, exchanges, horizon, view),
    ].map((row) => ({ ...row, exact: row.exact === 1 }))
  }
}

/** Other exchanges of a route whose facts have not come. As of a past recording time it takes a look at each of the route. */
function createPending(db: Database): (routeIds: string, besides: string, horizon: number, view: View) => Row[] {
  const columns = `'facts-pending' AS reason, word.text AS at, min(exchange.started) AS time, count(*) AS count, 1 AS exact`
  const joins = 'CROSS JOIN word ON word.id = exchange.route'
  const scope = '(? = 1 OR exchange.tenant IN (SELECT value FROM json_each(?)))'
  const others = 'exchange.id NOT IN (SELECT value FROM json_each(?))'
  const now = db.prepare<Row>(
    `SELECT ${columns} FROM json_each(?) one CROSS JOIN exchange ON exchange.route = one.value AND exchange.pending = 1 ${joins}
     WHERE exchange.started <= ? AND ${scope} AND ${others} GROUP BY exchange.route`,
  )
  const then = db.prepare<Row>(
    `SELECT ${columns} FROM exchange ${joins}
     WHERE exchange.route IN (SELECT value FROM json_each(?)) AND exchange.started <= ? AND ${scope}
       AND ${others} AND exchange.gathers = 1 AND exchange.lost = 0 AND exchange.closed <= ?
       AND NOT EXISTS (SELECT 1 FROM leaf WHERE ${isLeafOf('exchange.id')} AND leaf.recorded <= ?) GROUP BY exchange.route`,
  )
  return (routeIds, besides, horizon, view) => {
    const isNow = view.knownAt >= Number.MAX_SAFE_INTEGER - 1
    const common = [routeIds, horizon, ...tenants(view), besides]
    return isNow ? now.all(...common) : then.all(...common, view.knownAt, view.knownAt)
  }
}
