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

interface Known {
  readonly type: string
  readonly version: string | undefined
  readonly node: number
  /** another one of the same name */
  readonly next: Known | undefined
}

export function createPlanNames(): PlanNames {
  const keys: NodeId[] = []
  const kinds = createNumberList()
  const names: number[] = []
  const [entities, activities, agents] = [new Map<string, Known>(), new Map<string, Known>(), new Map<string, Known>()]
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
    const first = entities.get(name)
    const known = find(first, type, version)
    if (known !== undefined) return known
    const bare = version === undefined ? undefined : entity({ type, name })
    const node = add(entityId(ref), kindCodes.entity, bare)
    entities.set(name, { type, version, node, next: entities.get(name) })
    return node
  }
  const other = (among: Map<string, Known>, { type, id }: ActivityRef, make: () => number): number => {
    const known = find(among.get(id), type, undefined)
    if (known !== undefined) return known
    const node = make()
    among.set(id, { type, version: undefined, node, next: among.get(id) })
    return node
  }
  return {
    entity,
    activity: (ref) => other(activities, ref, () => add(activityId(ref), kindCodes.activity, undefined)),
    agent: (ref) => other(agents, ref, () => add(agentId(ref), kindCodes.agent, undefined)),
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

function find(first: Known | undefined, type: string, version: string | undefined): number | undefined {
  for (let known = first; known !== undefined; known = known.next) {
    if (known.version === version && known.type === type) return known.node
  }
  return undefined
}

function createNumbering<T extends string>(): { readonly all: readonly T[]; of(text: T): number } {
  const all: T[] = []
  const numbers = new Map<T, number>()
  return {
    all,
    of: (text) => {
      const known = numbers.get(text)
      if (known !== undefined) return known
      const number = all.push(text) - 1
      numbers.set(text, number)
      return number
    },
  }
}
