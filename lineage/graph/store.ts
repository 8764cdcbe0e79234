// The embedded graph: queries over graph.db, synchronous, for the thread that owns the file. Every query takes a scope
// and both times. Never writes.
import { toIso } from '../../core/clock.js'
import { parseExchangeId, type Micros, type NodeId } from '../../core/ids.js'
import type { TenantScope } from '../../core/tenant.js'
import { meantBy, parseNodeId } from '../model/node-id.js'
import type {
  AsOf,
  Direction,
  EntityFilter,
  GraphGap,
  GraphNode,
  Page,
  ServiceCoverage,
  Subgraph,
  WalkOptions,
} from '../ports.js'
import type { Database } from '../sqlite/driver.js'
import { createAnswers } from './answers.js'
import { createClasses } from './classes.js'
import { createCoverage } from './coverage.js'
import { createExchangeEdges } from './exchange-edges.js'
import { createExchangeRows } from './exchange-rows.js'
import { createEdgeReader, unresolved, type Reading } from './fact-edges.js'
import { createFirstSeen } from './first-seen.js'
import { createIsExternal } from './external.js'
import { folded, nameHas } from './name-match.js'
import { createNodes } from './nodes.js'
import { versionsOf } from './schema.js'
import { createSameContent } from './same-content.js'
import { createSearch } from './search.js'
import { shortestPath } from './shortest-path.js'
import { createTimelines } from './timelines.js'
import { createViews, readable, standing, tenants, times, unscoped, type View } from './view.js'
import { walk, type WalkParts } from './walk.js'

/** GraphReader without its promises. */
export interface GraphStore {
  node(id: NodeId, scope: TenantScope, when: AsOf): GraphNode | undefined
  closure(root: NodeId, direction: Direction, options: WalkOptions, scope: TenantScope): Subgraph | undefined
  path(from: NodeId, to: NodeId, options: WalkOptions, scope: TenantScope): Subgraph | undefined
  list(filter: EntityFilter, scope: TenantScope): Page<GraphNode>
  near(text: string, limit: number, scope: TenantScope): readonly NodeId[]
  coverage(scope: TenantScope): readonly ServiceCoverage[]
  /** everything, as one answer: for comparing two graphs */
  whole(when: AsOf, scope: TenantScope): Subgraph
}

export interface GraphSettings {
  /** names, or whole ids with the type, exact or ending in `*`, whose origin is outside by configuration */
  readonly external: readonly string[]
}

export function createGraphStore(db: Database, { external }: GraphSettings): GraphStore {
  const openParts = createParts(db)
  const findRoot = createRootFinder(db)
  const isExternal = createIsExternal(external)
  const answers = createAnswers(db, isExternal)
  const search = createSearch(db)
  const coverage = createCoverage(db, isExternal)
  const firstSeen = createFirstSeen(db)
  const everyLeaf = db.prepare<{ id: number }>('SELECT id FROM leaf')
  const everyNode = db.prepare<{ id: number }>('SELECT id FROM node')

  const closure: GraphStore['closure'] = (root, direction, options, scope) => {
    const parts = openParts(scope, options)
    const start = findRoot(root, parts)
    if (start === undefined) return undefined
    const found = answers.subgraph(walk([start], direction, options, parts), parts)
    const own = rootGap(start, parts, firstSeen)
    const known = own === undefined || found.gaps.some(({ reason, at }) => reason === own.reason && at === own.at)
    return known ? found : { ...found, gaps: [own, ...found.gaps] }
  }

  return {
    closure,
    node: (id, scope, when) => {
      const parts = openParts(scope, when)
      const found = findRoot(id, parts)
      return found === undefined ? undefined : answers.nodes([found], parts)[0]
    },
    path: (from, to, options, scope) => {
      const parts = openParts(scope, options)
      const target = findRoot(to, parts)
      const end = target === undefined ? undefined : answers.nodes([target], parts)[0]
      const up = closure(from, 'up', options, scope)
      if (end === undefined || up === undefined) return undefined
      // walked up too: what is missing on the way is the same whichever end was named first
      let back: Subgraph | undefined
      // last, that one is called the other says more than that there is no path
      for (const over of ['derivations', 'aliases-too'] as const) {
        const way = shortestPath(up.edges, { from: up.root, to: end.id }, over)
        if (way !== undefined) return cutTo(up, way, over)
        back ??= closure(to, 'up', options, scope)
        const wayBack = back && shortestPath(back.edges, { from: back.root, to: up.root }, over)
        if (back !== undefined && wayBack !== undefined) return { ...cutTo(back, wayBack, over), root: up.root }
      }
      const ends = [...up.nodes.filter(({ id }) => id === up.root), ...(end.id === up.root ? [] : [end])]
      return { root: up.root, nodes: ends, edges: [], gaps: [], truncated: up.truncated || back?.truncated === true }
    },
    list: (filter, scope) => {
      const parts = openParts(scope, filter)
      const { ids, cursor } = search.list(filter, parts.reading.view)
      return { items: answers.nodes(listed(ids, filter, parts), parts), cursor }
    },
    near: (text, limit, scope) => {
      const parts = openParts(scope, {})
      const meant = meantBy(text).filter((id) => findRoot(id, parts) !== undefined)
      return [...new Set([...meant, ...search.near(text, limit, parts.reading.view)])].slice(0, limit)
    },
    coverage: (scope) => {
      const { reading, edges } = openParts(scope, {})
      return coverage(reading, edges.resolve)
    },
    whole: (when, scope) => {
      const parts = openParts(scope, when)
      const ids = everyNode.all().map(({ id }) => id)
      const roots = answers.visible(ids, parts)
      const all = walk(roots, 'up', { depth: 1, limit: Number.MAX_SAFE_INTEGER }, parts)
      const leaves = everyLeaf.all().map(({ id }) => id)
      return { ...answers.subgraph(all, parts, leaves), root: '' as NodeId, truncated: false }
    },
  }
}

function createParts(db: Database): (scope: TenantScope, when: AsOf) => WalkParts {
  const views = createViews(db)
  const nodesOf = createNodes(db)
  const classesOf = createClasses(db)
  const timelinesOf = createTimelines(db)
  const edgesOf = createEdgeReader(db)
  const exchangesOf = createExchangeEdges(db)
  const sameContentOf = createSameContent(db)
  const readingOf = (view: View): Reading => {
    const nodes = nodesOf()
    const classes = classesOf(view, nodes)
    const everybody = unscoped(view)
    const timelines = timelinesOf(everybody, everybody === view ? classes : classesOf(everybody, nodes))
    return { view, nodes, classes, timelines }
  }
  return (scope, when) => {
    const reading = readingOf(views(scope, when))
    const edges = edgesOf(reading)
    return { reading, edges, exchanges: exchangesOf(reading, edges.resolve), sameContent: sameContentOf(reading) }
  }
}

/** A thing of several ids stands where its first id does, or where that one is not listed itself: in the place of another. */
function listed(ids: readonly number[], { type, q, project, domain }: EntityFilter, { reading }: WalkParts): number[] {
  const { classes, nodes } = reading
  classes.load(ids)
  const part = folded(q ?? '')
  const standsItself = (id: number): boolean => {
    const key = nodes.get(id).key
    if (project !== undefined || domain !== undefined) return ids.includes(id)
    return (type === undefined || key.startsWith(`${type}:`)) && nameHas(key, part)
  }
  const found = new Set<number>()
  for (const id of ids) {
    const first = classes.of(id).id
    if (first === id || !standsItself(first)) found.add(first)
  }
  return [...found]
}

/** Node of an id as CLI and API take it; below zero for an exchange; undefined where this view has none. */
function createRootFinder(db: Database): (id: NodeId, parts: WalkParts) => number | undefined {
  const exchanges = createExchangeRows(db)
  const firstSeen = createFirstSeen(db)
  const byDigest = db.prepare<{ id: number }>(
    `SELECT digest.node AS id FROM word CROSS JOIN digest ON digest.digest = word.id CROSS JOIN node ON node.id = digest.name
     WHERE word.text = ? AND node.key = ? AND EXISTS (SELECT 1 FROM digest_seen JOIN leaf ON leaf.id = digest_seen.leaf
       WHERE digest_seen.node = digest.node AND digest_seen.digest = digest.digest AND ${standing('digest_seen')} AND ${readable})`,
  )
  const versionSeen = db.prepare(
    `SELECT 1 FROM (${versionsOf('?')}) one CROSS JOIN seen ON seen.node = one.id CROSS JOIN leaf ON leaf.id = seen.leaf
     WHERE ${standing('seen')} AND ${readable} LIMIT 1`,
  )
  return (text, { reading, edges }) => {
    const { view, nodes, classes } = reading
    const exchange = parseExchangeId(text)
    if (exchange !== undefined) {
      const row = exchanges.find(exchange, view)
      return row === undefined ? undefined : -row.id
    }
    const isSeen = (id: number): boolean => firstSeen(classes.of(id).members, view, nodes).size > 0
    const rows = nodes.find(text)
    const exact = rows.find(({ id, kind, name }) => (kind !== 'entity' || name !== null) && isSeen(id))
    if (exact !== undefined) return classes.of(exact.id).id
    const [bare] = rows
    if (bare?.name === null) {
      const current = edges.resolve(bare.id, view.asOf)
      return current !== bare.id ||
        isSeen(bare.id) ||
        versionSeen.get(bare.id, ...times(view), ...tenants(view)) !== undefined
        ? current
        : undefined
    }
    const parsed = parseNodeId(text)
    if (parsed?.version === undefined) return undefined
    const name = text.slice(0, text.indexOf('@'))
    const same = byDigest.all(parsed.version, name, ...times(view), ...tenants(view))[0]
    return same === undefined ? undefined : classes.of(same.id).id
  }
}

/** Of a root that stayed a bare name: there is no one version to answer for. */
function rootGap(
  root: number,
  { reading }: WalkParts,
  firstSeen: ReturnType<typeof createFirstSeen>,
): GraphGap | undefined {
  const { nodes, timelines, view } = reading
  if (root < 0 || nodes.get(root).kind !== 'entity' || nodes.get(root).name !== null) return undefined
  const since = timelines.of(root).stretches[0]?.from ?? firstSeen([root], view, nodes).get(root)?.time ?? 0
  const reason = unresolved(timelines, root, view.asOf)
  return { reason, at: nodes.get(root).key, time: toIso(since as Micros), count: 1, exact: true }
}

/** With what is missing at its nodes and of the exchanges that tell of it. What a limit cut off could only be a better way than by an alias. */
function cutTo(whole: Subgraph, edges: Subgraph['edges'], over: 'derivations' | 'aliases-too'): Subgraph {
  const ids = new Set<string>([whole.root, ...edges.flatMap(({ from, to }) => [from, to])])
  const nodes = whole.nodes.filter(({ id }) => ids.has(id))
  const told = edges.flatMap(({ exchange }) => exchange ?? [])
  const gaps = whole.gaps.filter(({ at }) => ids.has(at) || told.some((exchange) => at.startsWith(exchange)))
  return { root: whole.root, nodes, edges, gaps, truncated: whole.truncated && over === 'aliases-too' }
}
