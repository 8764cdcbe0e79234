// Exchanges as nodes of a walk: an exchange leads to what its facts were about, and what refers to an exchange (with the
// `Waybill-Exchange` field) leads to it. Their ids are negative: minus the exchange's row. Nothing of this is stored; a
// reference counts only where the exchange it names was recorded in the tenant of the exchange that refers.
import type { Direction } from '../ports.js'
import type { Database, Statement } from '../sqlite/driver.js'
import type { FactEdge, Reading, Resolve } from './fact-edges.js'
import { markParts as part } from './codes.js'
import { isLeafOf } from './schema.js'
import { seesTenant, standing, times } from './view.js'

export interface ExchangeEdges {
  at(ids: readonly number[], direction: Direction): readonly FactEdge[]
  /** how many references of these exchanges name nothing that they may refer to */
  dropped(
    exchanges: readonly number[],
  ): readonly { readonly exchange: number; readonly count: number; readonly time: number }[]
}

interface MarkRow {
  readonly exchange: number
  readonly leaf: number
  readonly tenant: number
  readonly node: number
  readonly time: number
  readonly bare: number
}

/** `source` refers to `target`; null where that is not there, or not to be referred to. */
interface ReferenceRow {
  readonly source: number
  readonly target: number | null
  readonly time: number
  readonly tenant: number
}

const wanted = 'json_each(?) one'
const referred = 'SELECT source.id AS source, target.id AS target, source.started AS time, source.tenant'
const known = 'source.started <= ? AND source.recorded <= ?'
const counts = 'target.started <= ? AND target.recorded <= ? AND target.tenant = source.tenant'
const markColumns = 'leaf.exchange, leaf.id AS leaf, leaf.tenant, mark.node, mark.time, mark.bare'

export function createExchangeEdges(db: Database): (reading: Reading, resolve: Resolve) => ExchangeEdges {
  const statements = prepareAll(db)
  return (reading, resolve) => {
    const { view } = reading
    const span = [view.asOf, view.knownAt]
    const referring = statements.anyReference.get() !== undefined
    const seen = <Row extends { tenant: number }>(rows: readonly Row[]): Row[] =>
      rows.filter((row) => seesTenant(view, row.tenant))
    const read = (statement: Statement<ReferenceRow>, exchanges: readonly number[]): ReferenceRow[] =>
      referring && exchanges.length > 0 ? seen(statement.all(JSON.stringify(exchanges), ...span, ...span)) : []
    const marked = (exchanges: readonly number[], part: number): MarkRow[] =>
      seen(statements.marks.all(JSON.stringify(exchanges), part, ...times(view)))
    const markedAt = (nodes: readonly number[], part: number): MarkRow[] =>
      referring ? seen(statements.marksAt.all(JSON.stringify(nodes), part, ...times(view))) : []
    const nodeOf = ({ node, time, bare }: MarkRow): number =>
      bare === 1 ? resolve(node, time) : reading.classes.of(node).id
    const reference = (from: number, { source, target, time }: ReferenceRow): FactEdge[] =>
      target === null ? [] : [{ ...asserted, from, to: -target, time, exchange: source }]
    const recorded = (mark: MarkRow): FactEdge => ({
      ...{ kind: 'recorded', by: 'observed', role: null },
      ...{ from: -mark.exchange, to: nodeOf(mark), time: mark.time, leaf: mark.leaf, exchange: mark.exchange },
    })

    const up = (exchanges: readonly number[], members: readonly number[]): FactEdge[] => {
      const fromNodes = markedAt(members, part.refers)
      const references = read(statements.targets, [
        ...new Set([...exchanges, ...fromNodes.map(({ exchange }) => exchange)]),
      ])
      const of = (exchange: number): ReferenceRow[] => references.filter(({ source }) => source === exchange)
      return [
        ...(exchanges.length === 0 ? [] : marked(exchanges, part.root).map(recorded)),
        ...exchanges.flatMap((exchange) => of(exchange).flatMap((row) => reference(-exchange, row))),
        ...fromNodes.flatMap((mark) => of(mark.exchange).flatMap((row) => reference(nodeOf(mark), row))),
      ]
    }
    const down = (exchanges: readonly number[], members: readonly number[]): FactEdge[] => {
      const about = markedAt(members, part.root)
      const referredTo = new Set(
        read(statements.sources, [...new Set(about.map(({ exchange }) => exchange))]).map(({ target }) => target),
      )
      const rows = read(statements.sources, exchanges)
      const from = rows.length === 0 ? [] : marked([...new Set(rows.map(({ source }) => source))], part.refers)
      return [
        ...about.filter(({ exchange }) => referredTo.has(exchange)).map(recorded),
        ...rows.flatMap((row) => reference(-row.source, row)),
        ...rows.flatMap((row) =>
          from.filter(({ exchange }) => exchange === row.source).flatMap((mark) => reference(nodeOf(mark), row)),
        ),
      ]
    }
    return {
      at: (ids, direction) => {
        const members = ids.filter((id) => id > 0).flatMap((id) => reading.classes.of(id).members)
        const exchanges = ids.filter((id) => id < 0).map((id) => -id)
        return direction === 'up' ? up(exchanges, members) : down(exchanges, members)
      },
      dropped: (exchanges) => countDropped(read(statements.targets, exchanges)),
    }
  }
}

const asserted = { kind: 'informed-by', by: 'asserted', role: null, leaf: undefined } as const

function countDropped(rows: readonly ReferenceRow[]): { exchange: number; count: number; time: number }[] {
  const counts = new Map<number, { exchange: number; count: number; time: number }>()
  for (const { source, target, time } of rows) {
    if (target !== null) continue
    const known = counts.get(source)
    if (known === undefined) counts.set(source, { exchange: source, count: 1, time })
    else known.count += 1
  }
  return [...counts.values()]
}

function prepareAll(db: Database) {
  return {
    marks: db.prepare<MarkRow>(
      `SELECT ${markColumns} FROM ${wanted} CROSS JOIN leaf ON ${isLeafOf('one.value')}
     CROSS JOIN mark ON mark.leaf = leaf.id AND mark.part & ? WHERE ${standing('mark')}`,
    ),
    marksAt: db.prepare<MarkRow>(
      `SELECT ${markColumns} FROM ${wanted} CROSS JOIN node ON node.id = one.value
     CROSS JOIN seen ON seen.node = node.id
     CROSS JOIN leaf ON leaf.id = seen.leaf
     CROSS JOIN mark ON mark.leaf = leaf.id AND mark.node = node.id AND mark.part & ? WHERE ${standing('mark')}`,
    ),
    targets: db.prepare<ReferenceRow>(
      `${referred} FROM ${wanted} CROSS JOIN exchange source ON source.id = one.value
     CROSS JOIN reference ON reference.exchange = source.id
     LEFT JOIN exchange target ON target.key = reference.target AND ${counts} WHERE ${known}`,
    ),
    sources: db.prepare<ReferenceRow>(
      `${referred} FROM ${wanted} CROSS JOIN exchange target ON target.id = one.value
     CROSS JOIN reference ON reference.target = target.key
     CROSS JOIN exchange source ON source.id = reference.exchange WHERE ${counts} AND ${known}`,
    ),
    anyReference: db.prepare('SELECT 1 FROM reference LIMIT 1'),
  }
}
