// The independent oracle of the graph: the merge rules written down once more, straight from the rules and as slow as it
// likes, over plain arrays. Shares with the store what a fact says (lineage/model) and nothing of how facts merge.
import { createHash } from 'node:crypto'
import { canonicalJson } from '../../core/canonical-json.js'
import { toIso } from '../../core/clock.js'
import type { Micros } from '../../core/ids.js'
import type { Fact } from '../../lineage/model/fact.js'
import { activityId, agentId, entityId } from '../../lineage/model/node-id.js'
import { linkOf, subjectOf, type Mention as ModelMention } from '../../lineage/model/statement.js'
import { leafId, type RecordedLeaf } from '../../lineage/model/leaf.js'
import type { GraphEdge } from '../../lineage/ports.js'

type Kind = 'entity' | 'activity' | 'agent'
type Mention = { id: string; name: string; kind: Kind; as: string; bare: boolean; digest?: string }
type Edge = Omit<GraphEdge, 'from' | 'to' | 'exchange'> & { from: string; to: string; exchange: string | null }
type Ends = Record<'from' | 'to', Mention | undefined>
type Said = { fact: Fact; exchange: string; tenant: string; role: string | null } & Ends

const iso = (time: number): string => toIso(time as Micros)
const sha = (value: unknown): string => createHash('sha256').update(canonicalJson(value)).digest('hex')
const [max, min] = [(all: number[]) => Math.max(-Infinity, ...all), (all: number[]) => Math.min(Infinity, ...all)]

function mentionOf(of: ModelMention): Mention {
  if (of.kind !== 'entity') {
    const id = of.kind === 'activity' ? activityId(of.ref) : agentId(of.ref)
    return { id, name: '', kind: of.kind, as: 'itself', bare: false }
  }
  const [id, name] = [entityId(of.ref), entityId({ type: of.ref.type, name: of.ref.name })]
  const bare = id === name && of.as !== 'named'
  return { id, name, kind: of.kind, as: of.as, bare, ...(of.ref.digest === undefined ? {} : { digest: of.ref.digest }) }
}

/** What is said as of both times: the highest generation of each exchange that was known by then, facts of their time. */
function saidBy(leaves: readonly RecordedLeaf[], asOf: number, knownAt: number): Said[] {
  const known = leaves.filter(({ recorded }) => recorded <= knownAt).map(({ leaf }) => leaf)
  const all = [...new Map(known.map((leaf) => [leafId(leaf), leaf])).values()].flatMap((leaf) =>
    leaf.kind === 'facts' ? leaf : [],
  )
  const standing = all.filter((leaf) =>
    all.every((one) => one.exchange !== leaf.exchange || one.generation <= leaf.generation),
  )
  return standing.flatMap(({ exchange, tenant: { project, domain }, gathered }) =>
    gathered.flatMap(({ facts }) =>
      facts.flatMap((fact): Said[] => {
        if (fact.time > asOf) return []
        const [link, subject] = [linkOf(fact), subjectOf(fact)]
        const ends = [link?.from ?? subject, link?.to].map((of) => of && mentionOf(of))
        const tenant = JSON.stringify([project, domain])
        return [{ fact, exchange, tenant, role: link?.role ?? null, from: ends[0], to: ends[1] }]
      }),
    ),
  )
}

/** What the whole graph must be for these leaves, as of both times: each node once, each edge once. */
export function oracle(
  leaves: readonly RecordedLeaf[],
  asOf: number,
  knownAt: number,
): { nodes: unknown[]; edges: Edge[] } {
  const said = saidBy(leaves, asOf, knownAt)
  const mentions = said.flatMap((one) =>
    [one.from, one.to].flatMap((mention) => (mention ? [{ ...mention, time: one.fact.time, tenant: one.tenant }] : [])),
  )

  // Classes: versions of one name that share a digest, and aliases, until nothing changes.
  const versions = [
    ...new Set(mentions.filter(({ kind, id, name }) => kind === 'entity' && id !== name).map(({ id }) => id)),
  ]
  const group = new Map(versions.map((id) => [id, id]))
  const pairs: [string, string][] = said.flatMap(({ fact, from, to }) =>
    fact.kind === 'alias-of' && from && to && group.has(from.id) && group.has(to.id) ? [[from.id, to.id]] : [],
  )
  const digests = mentions.filter(({ digest }) => digest !== undefined)
  const twins = digests.flatMap((a) => digests.filter((b) => a.digest === b.digest).map((b) => [a, b] as const))
  pairs.push(...twins.filter(([a, b]) => a.name === b.name).map(([a, b]): [string, string] => [a.id, b.id]))
  for (const [a, b] of pairs) {
    const [x, y] = [group.get(a), group.get(b)]
    for (const [id, root] of group) if (root === y) group.set(id, x ?? id)
  }
  const rank = (id: string): number => {
    const version = id.slice(id.indexOf('@') + 1)
    return version.startsWith('by(') ? 2 : /^[a-z0-9-]+:[0-9a-f]+$/.test(version) ? 1 : 0
  }
  const members = (id: string): string[] => [...group].filter(([, root]) => root === group.get(id)).map(([one]) => one)
  const rep = (id: string): string =>
    group.has(id) ? (members(id).sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))[0] ?? id) : id

  // Parts: an external version is made and ended for itself; what only a digest or a producer names is any of them.
  const partOf = (id: string): string => (rank(id) === 0 ? id : '')
  /** Since when each part is, and its end: Infinity where it stands. `ends`: of an empty id where all of it was meant. */
  const fatesOf = (
    mine: { id: string; as: string; time: number }[],
    ends: { id: string; time: number }[],
    unmade: number,
  ) => {
    const made = mine.filter(({ as }) => as === 'generated').map(({ id, time }) => ({ part: partOf(id), since: time }))
    const last = made.filter((one) => made.every(({ part, since }) => part !== one.part || since <= one.since))
    const parts = last.filter(({ part, since: at }) => part || last.every((one) => !one.part || one.since < at))
    return (parts.length > 0 ? parts : [{ part: '', since: unmade }]).map(({ part, since }) => {
      const end = max(ends.filter(({ id }) => !part || ['', part].includes(partOf(id))).map(({ time }) => time))
      return { since, end: end > since ? end : Infinity }
    })
  }

  // Names: the version current at a time, straight from the rule.
  const resolve = (name: string, time: number): string[] => {
    const of = mentions.filter((one) => one.kind === 'entity' && one.name === name && one.time <= time)
    const stand = [...new Set(of.filter(({ id }) => id !== name).map(({ id }) => rep(id)))].flatMap((id) => {
      const mine = of.filter((one) => rep(one.id) === id)
      const seen = min(mine.flatMap(({ as, time: at }) => (as === 'invalidated' ? [] : at)))
      const ended = of.filter((one) => one.as === 'invalidated' && one.time < time)
      const ends = ended.flatMap((one) => (one.id === name ? { ...one, id: '' } : rep(one.id) === id ? one : []))
      const since = max(fatesOf(mine, ends, seen).flatMap((one) => (one.end === Infinity ? one.since : [])))
      return Math.abs(since) === Infinity ? [] : [{ id, since, made: mine.some(({ as }) => as === 'generated') }]
    })
    const last = max(stand.filter(({ made }) => made).map(({ since }) => since))
    return stand.filter(({ made, since }) => (made ? since === last : since > last)).map(({ id }) => id)
  }
  const place = (mention: Mention, time: number): string => {
    const found = mention.bare ? resolve(mention.name, time) : []
    return found.length === 1 ? (found[0] ?? '') : rep(mention.id)
  }

  // Edges: one for each (from, to, kind, role); best established, then earliest, then by exchange.
  const order = ['observed', 'token', 'header', 'address', 'trace', 'name-at-time', 'asserted']
  const edges = new Map<string, Edge>()
  const addEdge = (edge: Edge): void => {
    if (edge.from === edge.to) return
    const key = JSON.stringify([edge.from, edge.to, edge.kind, edge.role])
    const text = (one: Edge): string => `${order.indexOf(one.by)} ${one.time} ${one.exchange ?? ''}`
    const other = edges.get(key)
    if (other === undefined || text(edge) < text(other)) edges.set(key, edge)
  }
  for (const { fact, from, to, role, exchange } of said) {
    const { kind } = fact
    if (from === undefined || to === undefined) continue
    const [a, b] = [place(from, fact.time), place(to, fact.time)]
    const named = (from.bare && a !== from.id) || (to.bare && b !== to.id)
    addEdge({ from: a, to: b, kind, role, by: named ? 'name-at-time' : fact.by, time: iso(fact.time), exchange })
  }
  const firstWith = (id: string, digest: string | undefined): number =>
    min(digests.filter((one) => one.id === id && one.digest === digest).map(({ time }) => time))
  for (const [a, b] of twins.filter(([one, other]) => one.name !== other.name)) {
    const time = iso(Math.max(firstWith(a.id, a.digest), firstWith(b.id, b.digest)))
    addEdge({ from: rep(a.id), to: rep(b.id), kind: 'same-content', role: null, by: 'observed', time, exchange: null })
  }

  // Nodes: first seen, state, facets, digests, endings.
  const ids = [...new Set(mentions.map(({ id }) => rep(id)))].sort()
  const nodes = ids.map((id) => {
    const mine = mentions.filter((one) => rep(one.id) === id)
    const first = mine.map(({ time, tenant }) => `${iso(time)} ${tenant}`).sort()[0] ?? ''
    const facets: Record<string, unknown> = {}
    const about = said.filter(({ from, fact }) => from && place(from, fact.time) === id)
    const values = about.flatMap(({ fact }) =>
      fact.kind === 'described'
        ? [{ time: fact.time, name: fact.facet, value: fact.value }]
        : fact.kind === 'derived' && fact.fields
          ? [{ time: fact.time, name: `fields ${entityId(fact.source)}`, value: fact.fields }]
          : [],
    )
    values.sort((a, b) => a.time - b.time || (sha(a.value) < sha(b.value) ? -1 : 1))
    for (const { name, value } of values) facets[name] = value
    const states = about.flatMap(({ fact }) => (fact.kind === 'state' ? [fact] : []))
    if (states.length > 0) facets['state'] = mergedState(states)
    const others = members(id).filter((one) => one !== id)
    if (others.length > 0) facets['aliases'] = others.sort()
    const own = [...new Set(mine.flatMap(({ digest }) => digest ?? []))].sort()
    if (own.length > 0) facets['digests'] = own
    const named = about.filter(({ fact }) => fact.kind === 'invalidated')
    const ends = named.map(({ fact, from }) => ({ id: from?.bare === true ? '' : (from?.id ?? ''), time: fact.time }))
    const over = max(fatesOf(mine, group.has(id) ? ends : [], -Infinity).map(({ end }) => end))
    if (over < Infinity) facets['invalidated'] = { time: iso(over) }
    return { id, kind: mine[0]?.kind ?? '', first, facets }
  })

  return { nodes, edges: [...edges.values()] }
}

function mergedState(facts: Extract<Fact, { kind: 'state' }>[]): unknown {
  const rank = (phase: string): number => ['START', 'RUNNING'].indexOf(phase) + 1 || 3
  const content = ({ phase, startedAt, endedAt }: (typeof facts)[number]): string =>
    sha({ phase, startedAt: startedAt ?? null, endedAt: endedAt ?? null })
  const key = (fact: (typeof facts)[number]): string => `${rank(fact.phase)} ${iso(fact.time)} ${content(fact)}`
  const sorted = [...facts].sort((a, b) => (key(a) < key(b) ? -1 : 1))
  const phase = sorted.at(-1)?.phase ?? 'START'
  const starts = facts.flatMap(({ startedAt }) => startedAt ?? [])
  const going = facts.filter((fact) => rank(fact.phase) < 3).map(({ time }) => time)
  const started = min(starts.length > 0 ? starts : going)
  const same = sorted.filter((fact) => fact.phase === phase)
  const ended = same.findLast(({ endedAt }) => endedAt !== undefined)?.endedAt ?? min(same.map(({ time }) => time))
  return {
    phase,
    startedAt: started === Infinity ? null : iso(started),
    endedAt: rank(phase) === 3 ? iso(ended) : null,
  }
}
