// Seeded corpora of leaves for the graph: few names, few times and many clashes, so that every merge rule has work to do.
import type { Micros } from '../../core/ids.js'
import type { By, EntityRef, Fact, Phase } from '../../lineage/model/fact.js'
import type { RecordedLeaf } from '../../lineage/model/leaf.js'
import { at, factsOf, second } from './graphs.js'
import { gapLeaf } from './leaves.js'

export type Random = (below: number) => number

/** Mulberry32: the same numbers for the same seed. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** One corpus; each has clashing terminal states, changed outputs, a late digest, bare references and generations. */
export function corpusOf(seed: number): RecordedLeaf[] {
  const random = createRandom(seed)
  const leaves: RecordedLeaf[] = []
  const add = (exchange: number, facts: readonly Fact[], generation = 0): void => {
    const gaps = random(5) === 0 ? [{ reason: 'selector-empty' as const, about: `part ${random(2)}` }] : []
    const leaf = factsOf(exchange, facts, { generation, gaps, tenant: pick(random, tenants) })
    leaves.push({ seq: leaves.length + 1, recorded: (random(12) * second) as Micros, leaf })
  }
  add(1, clashingStates(random))
  add(2, [made(random, 'model', '1'), made(random, 'model', '2'), fact(random)])
  add(3, [digestLater(random)])
  add(4, [bareUse(random), bareUse(random)])
  for (let exchange = 5; exchange < 9; exchange += 1) {
    const generations = random(3) === 0 ? 3 : 1
    for (let generation = 0; generation < generations; generation += 1) {
      add(
        exchange,
        Array.from({ length: 1 + random(4) }, () => fact(random)),
        generation,
      )
    }
  }
  const gap = gapLeaf(`gap-${random(3)}`, {
    at: 'model:model@1',
    count: 1 + random(3),
    exact: random(2) === 0,
    from: when(random),
  })
  leaves.push({ seq: leaves.length + 1, recorded: (random(12) * second) as Micros, leaf: gap })
  return leaves
}

const tenants = [
  { project: 'default', domain: 'development' },
  { project: 'other', domain: 'production' },
]
const bys: readonly By[] = ['observed', 'asserted', 'token', 'trace']

function pick<T>(random: Random, from: readonly T[]): T {
  return from[random(from.length)] as T
}

function when(random: Random): Micros {
  return at(random(10))
}

function common(random: Random): { time: Micros; by: By } {
  return { time: when(random), by: pick(random, bys) }
}

function job(random: Random): { type: string; id: string } {
  return { type: 'job', id: String(random(3)) }
}

function thing(random: Random): EntityRef {
  const base = { type: 'model', name: pick(random, ['model', 'data']) }
  const digest = `sha256:${pick(random, ['aa', 'bb'])}`
  const forms: EntityRef[] = [
    base,
    { ...base, version: String(1 + random(3)) },
    { ...base, version: String(1 + random(3)), digest },
    { ...base, digest },
    { ...base, producer: { activity: job(random), output: 'out' } },
  ]
  return pick(random, [...forms, ...forms.slice(0, 2)])
}

function clashingStates(random: Random): Fact[] {
  const phases: Phase[] = ['START', 'RUNNING', 'COMPLETE', 'FAIL', 'ABORT', 'COMPLETE']
  return phases.map((phase) => ({
    ...{ kind: 'state', activity: { type: 'job', id: '0' }, phase, ...common(random) },
    ...(random(3) === 0 ? { startedAt: when(random) } : {}),
    ...(random(3) === 0 ? { endedAt: when(random) } : {}),
  }))
}

function made(random: Random, name: string, version: string): Fact {
  return {
    kind: 'generated',
    activity: { type: 'job', id: '0' },
    entity: { type: 'model', name, version },
    ...common(random),
  }
}

function digestLater(random: Random): Fact {
  const entity = { type: 'model', name: 'model', version: '1', digest: 'sha256:aa' }
  return { kind: 'used', activity: job(random), entity, time: at(5 + random(5)), by: 'observed' }
}

function bareUse(random: Random): Fact {
  const entity = { type: 'model', name: pick(random, ['model', 'data', 'unknown']) }
  return { kind: 'used', activity: job(random), entity, ...common(random) }
}

function fact(random: Random): Fact {
  const base = common(random)
  const [entity, other, activity, agent] = [thing(random), thing(random), job(random), { type: 'person', id: 'alice' }]
  const role = random(3) === 0 ? { role: 'input' } : {}
  const subject = { kind: 'entity', ref: entity } as const
  const facts: Fact[] = [
    { kind: 'used', activity, entity, ...role, ...base },
    { kind: 'used', activity, entity, ...base },
    { kind: 'generated', activity, entity, ...role, ...base },
    { kind: 'generated', activity, entity, ...base },
    { kind: 'derived', entity, source: other, transformation: 'copy', ...base },
    { kind: 'derived', entity, source: other, fields: { a: ['b'] }, ...base },
    { kind: 'informed-by', activity, informant: job(random), ...base },
    { kind: 'associated-with', activity, plan: pick(random, [entity, { type: 'git', name: 'abc' }]), ...base },
    { kind: 'attributed-to', subject, agent, ...base },
    { kind: 'acted-on-behalf-of', agent, principal: { type: 'organization', id: 'lab' }, ...base },
    { kind: 'specialization-of', entity, general: { type: 'model', name: entity.name }, ...base },
    { kind: 'same-content', entity, other, ...base },
    { kind: 'alias-of', entity, other, ...base },
    { kind: 'member-of', entity, collection: other, ...base },
    { kind: 'invalidated', entity, activity, ...base },
    { kind: 'invalidated', entity, ...base },
    { kind: 'reused', entity, activity, ...base },
    { kind: 'state', activity, phase: pick(random, ['START', 'RUNNING', 'COMPLETE', 'FAIL']), ...base },
    { kind: 'described', subject, facet: pick(random, ['size', 'schema']), value: { n: random(3) }, ...base },
    { kind: 'described', subject: { kind: 'activity', ref: activity }, facet: 'host', value: random(3), ...base },
  ]
  return pick(random, facts)
}
