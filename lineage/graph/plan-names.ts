// Who and what a plan's leaves name, each once, numbered in the order in which they come. Facts name the same few over and over:
// one that is there is found by its parts, since putting its id together costs more than all the rest.
import type { ExchangeId, NodeId } from '../../core/ids.js'
import type { Tenant } from '../../core/tenant.js'
import type { ActivityRef, AgentRef, EntityRef } from '../model/fact.js'
import { activityId, agentId, entityId, versionOf } from '../model/node-id.js'
import { nodeKinds } from './codes.js'
import { createNumberList } from './number-list.js'
import type { PlannedNodes } from './plan.js'

export interface PlanNames {
  entity(ref: EntityRef): number
  activity(ref: ActivityRef): number
  agent(ref: AgentRef): number
  /** of an entity version the node of its bare name; of any other node itself */
  nameOf(node: number): number
  word(text: string): number
  tenant(tenant: Tenant): number
  exchange(id: ExchangeId): number
  all(): { readonly nodes: PlannedNodes; readonly words: readonly string[]; readonly exchanges: readonly ExchangeId[] }
}

export function createPlanNames(): PlanNames {
  const keys: NodeId[] = []
  const kinds = createNumberList()
  const names: number[] = []
  const [entities, activities, agents] = [createKnown(), createKnown(), createKnown()]
  const [words, exchanges] = [createNumbering<string>(), createNumbering<ExchangeId>()]
  let lastTenant: { readonly tenant: Tenant; readonly word: number } | undefined

  const add = (key: NodeId, kind: number, name: number | undefined): number => {
    const node = keys.push(key) - 1
    kinds.push(kind)
    names.push(name ?? node)
    return node
  }
  const entity = (ref: EntityRef): number => {
    const { type, name } = ref
    const version = versionOf(ref)
    return entities.of({ type, name, version }, () =>
      add(entityId(ref), kindCodes.entity, version === undefined ? undefined : entity({ type, name })),
    )
  }
  return {
    entity,
    activity: (ref) =>
      activities.of({ type: ref.type, name: ref.id, version: undefined }, () =>
        add(activityId(ref), kindCodes.activity, undefined),
      ),
    agent: (ref) =>
      agents.of({ type: ref.type, name: ref.id, version: undefined }, () =>
        add(agentId(ref), kindCodes.agent, undefined),
      ),
    nameOf: (node) => names[node] ?? node,
    word: (text) => words.of(text),
    tenant: (tenant) => {
      const { project, domain } = tenant
      if (lastTenant?.tenant.project === project && lastTenant.tenant.domain === domain) return lastTenant.word
      lastTenant = { tenant, word: words.of(JSON.stringify([project, domain])) }
      return lastTenant.word
    },
    exchange: (id) => exchanges.of(id),
    all: () => ({
      nodes: { keys, kinds: kinds.all(), names: Float64Array.from(names) },
      words: words.all,
      exchanges: exchanges.all,
    }),
  }
}

const kindCodes = {
  entity: nodeKinds.indexOf('entity'),
  activity: nodeKinds.indexOf('activity'),
  agent: nodeKinds.indexOf('agent'),
}

/** What names a node within its kind; `version` is undefined for a bare name, an activity, an agent. */
interface NodeName {
  readonly type: string
  readonly name: string
  readonly version: string | undefined
}

interface Known extends NodeName {
  readonly node: number
  /** another one with the same hash */
  readonly next: Known | undefined
}

interface KnownNodes {
  /** `make` gives the number of one that is not known yet */
  of(name: NodeName, make: () => number): number
}

function createKnown(): KnownNodes {
  const byHash = new Map<number, Known>()
  return {
    of: ({ type, name, version }, make) => {
      const hash = hashOf(type, name, version)
      for (let one = byHash.get(hash); one !== undefined; one = one.next) {
        if (one.name === name && one.version === version && one.type === type) return one.node
      }
      const node = make()
      byHash.set(hash, { type, name, version, node, next: byHash.get(hash) })
      return node
    },
  }
}

/** Who names things can't know it, and so not choose many names of one hash. */
const seed = Math.floor(Math.random() * 2 ** 32)

/** 30 bits, as many as V8 keeps without an object. */
function hashOf(type: string, name: string, version: string | undefined): number {
  let hash = seed ^ type.length
  for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193)
  if (version !== undefined) {
    hash = Math.imul(hash ^ 0x40, 0x01000193)
    for (let at = 0; at < version.length; at += 1) hash = Math.imul(hash ^ version.charCodeAt(at), 0x01000193)
  }
  return (hash ^ (hash >>> 15)) & 0x3fffffff
}

/** Throws of what is no text: a leaf that is not as leaves are. */
function createNumbering<T extends string>(): { readonly all: readonly T[]; of(text: T): number } {
  const all: T[] = []
  const numbers = new Map<T, number>()
  return {
    all,
    of: (text) => {
      const known = numbers.get(text)
      if (known !== undefined) return known
      if (typeof text !== 'string') throw new TypeError(`${JSON.stringify(text)} stands where a text is expected`)
      const number = all.push(text) - 1
      numbers.set(text, number)
      return number
    },
  }
}
