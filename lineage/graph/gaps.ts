// The gaps within reach of a walk: those of the leaves and exchanges it touched, of the routes these came by (what was
// lost there may have belonged here), and those that only a query can see: names without one version, origins nobody
// observed, tenants not readable, references dropped, facts that have not come. Of one reason at one place they are added up.
import { fromIso, toIso } from '../../core/clock.js'
import type { ExchangeId, Micros } from '../../core/ids.js'
import type { GapReason } from '../model/fact.js'
import type { GraphGap, GraphNode } from '../ports.js'
import type { Database } from '../sqlite/driver.js'
import type { ExchangeEdges } from './exchange-edges.js'
import type { ExchangeRow, ExchangeRows } from './exchange-rows.js'
import type { IsExternal } from './external.js'
import { unresolved, type Reading } from './fact-edges.js'
import { createStoredGaps, type FoundGap } from './stored-gaps.js'
import type { Walk } from './walk.js'

export interface GapParts {
  readonly reading: Reading
  readonly exchangeEdges: ExchangeEdges
  /** the walk's nodes as answers show them, and the leaves these were read from */
  readonly nodes: ReadonlyMap<number, GraphNode>
  readonly leaves: ReadonlySet<number>
}

export type GapFinder = (walk: Walk, parts: GapParts) => readonly GraphGap[]

export function createGapFinder(db: Database, exchanges: ExchangeRows, isExternal: IsExternal): GapFinder {
  const stored = createStoredGaps(db)
  return (walk, parts) => {
    const leaves = new Set([...parts.leaves, ...walk.edges.flatMap(({ leaf }) => leaf ?? [])])
    const roots = walk.nodes.filter((id) => id < 0).map((id) => -id)
    const touched = {
      leaves,
      exchanges: new Set([...roots, ...walk.edges.flatMap(({ exchange }) => (exchange > 0 ? exchange : []))]),
      keys: [...parts.nodes.values()].map(({ id }) => id as string),
      horizon: horizonOf(walk, parts),
    }
    const dropped = parts.exchangeEdges.dropped([...touched.exchanges])
    const rows = exchanges.byIds(new Set([...roots, ...dropped.map(({ exchange }) => exchange)]))
    const keyOf = (exchange: number): string => rows.get(exchange)?.exchange ?? ''
    const known = stored(touched, parts.reading.view)
    return addUp([
      ...known,
      ...unresolvedNames(walk, parts),
      ...(walk.direction === 'up' ? origins(walk, parts, isExternal) : []),
      ...hiddenAt(walk, parts),
      ...dropped.map(({ exchange, count, time }) => ({
        ...{ reason: 'reference-dropped', at: keyOf(exchange), time, count, exact: true },
      })),
      ...roots.flatMap((id) => {
        const row = rows.get(id)
        const pending = row !== undefined && exchanges.isPending(row, parts.reading.view)
        return nothingGathered(row && { ...row, pending }, walk, known)
      }),
    ])
  }
}

/** Nothing that began after the last thing in an upstream walk can be missing from it. */
function horizonOf(walk: Walk, { reading }: GapParts): number {
  if (walk.direction === 'down' || walk.edges.length === 0) return reading.view.asOf
  return Math.min(
    reading.view.asOf,
    walk.edges.reduce((latest, { time }) => Math.max(latest, time), 0),
  )
}

function keyOfNode(id: number, { nodes }: GapParts): string {
  return nodes.get(id)?.id ?? ''
}

function unresolvedNames(walk: Walk, parts: GapParts): FoundGap[] {
  const { reading } = parts
  const gaps: FoundGap[] = []
  for (const { from, to, kind, time } of walk.edges) {
    const asks = kind === 'used' || kind === 'derived' || kind === 'reused' || kind === 'member-of'
    for (const id of asks ? [from, to] : []) {
      if (id < 0 || !isBareName(id, reading)) continue
      gaps.push({
        reason: unresolved(reading.timelines, id, time),
        at: keyOfNode(id, parts),
        time,
        count: 1,
        exact: true,
      })
    }
  }
  return gaps
}

function isBareName(id: number, { nodes }: Reading): boolean {
  const { kind, name } = nodes.get(id)
  return kind === 'entity' && name === null
}

const tellsOrigin: ReadonlySet<string> = new Set(['generated', 'reused', 'derived', 'member-of'])

function origins(walk: Walk, parts: GapParts, isExternal: IsExternal): FoundGap[] {
  const { reading, nodes } = parts
  const explained = new Set(walk.edges.flatMap(({ kind, from }) => (tellsOrigin.has(kind) ? from : [])))
  const hidden = new Set(walk.hidden.map(({ at }) => at))
  const plans = new Set(walk.edges.flatMap(({ kind, to }) => (kind === 'associated-with' ? to : [])))
  const used = new Set(walk.edges.flatMap(({ kind, to }) => (kind === 'associated-with' ? [] : to)))
  return [...walk.complete].flatMap((id) => {
    if (id < 0 || explained.has(id) || hidden.has(id) || (plans.has(id) && !used.has(id))) return []
    const row = reading.nodes.get(id)
    const node = nodes.get(id)
    if (row.kind !== 'entity' || row.name === null || node === undefined) return []
    const reason: GapReason = isExternal(id, reading) ? 'external' : 'origin-not-observed'
    return { reason, at: row.key, time: timeOf(node), count: 1, exact: true }
  })
}

function hiddenAt(walk: Walk, parts: GapParts): FoundGap[] {
  return walk.hidden.flatMap(({ at, count }) => {
    const node = parts.nodes.get(at)
    return node === undefined ? [] : { reason: 'masked', at: node.id, time: timeOf(node), count, exact: true }
  })
}

/** An exchange that nothing is known of but that it happened says so. */
function nothingGathered(row: ExchangeRow | undefined, walk: Walk, known: readonly FoundGap[]): FoundGap[] {
  if (row === undefined || walk.edges.some(({ from, kind }) => from === -row.id && kind === 'recorded')) return []
  const at: ExchangeId = row.exchange
  const common = { at, time: row.started ?? 0, count: 1, exact: true }
  if (row.pending) return [{ reason: 'facts-pending', ...common }]
  if (known.some((gap) => gap.at.startsWith(at))) return []
  return [{ reason: 'not-gathered', ...common }]
}

function timeOf(node: GraphNode): number {
  return (node.time === null ? undefined : fromIso(node.time)) ?? 0
}

function addUp(gaps: readonly FoundGap[]): GraphGap[] {
  const sums = new Map<string, FoundGap>()
  for (const gap of gaps) {
    const key = `${gap.reason} ${gap.at}`
    const known = sums.get(key)
    const sum = known && {
      count: known.count + gap.count,
      exact: known.exact && gap.exact,
      time: Math.min(known.time, gap.time),
    }
    sums.set(key, { ...gap, ...sum })
  }
  return [...sums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { reason, at, time, count, exact }]) => ({ reason, at, time: toIso(time as Micros), count, exact }))
}
