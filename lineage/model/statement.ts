// What a fact says of the graph: the nodes it mentions and the edge between them, from effect to cause. Pure; knows
// nothing of storage. The one place that gives each kind of fact its direction.
import type { ActivityRef, AgentRef, EntityRef, Fact, FactKind, Subject } from './fact.js'
import { versionOf } from './node-id.js'

export type LinkKind = Exclude<FactKind, 'state' | 'described'>

/**
 * A node as a fact mentions it. `as`: `generated` and `invalidated` make and end a version; `named` stands for the name
 * itself, also where it is bare; anything else that is bare stands for the version current at the fact's time.
 */
export type Mention =
  | {
      readonly kind: 'entity'
      readonly ref: EntityRef
      readonly as: 'generated' | 'invalidated' | 'mentioned' | 'named'
    }
  | { readonly kind: 'activity'; readonly ref: ActivityRef }
  | { readonly kind: 'agent'; readonly ref: AgentRef }

export interface Link {
  readonly kind: LinkKind
  readonly from: Mention
  readonly to: Mention
  readonly role: string | null
}

/** The edge of a fact; undefined for `state`, `described`, and an `invalidated` that names no activity. */
export function linkOf(fact: Fact): Link | undefined {
  switch (fact.kind) {
    case 'used':
      return link(fact.kind, activity(fact.activity), entity(fact.entity), fact.role)
    case 'generated':
      return link(
        fact.kind,
        entity(produced(fact.entity, fact.activity, fact.role), 'generated'),
        activity(fact.activity),
        fact.role,
      )
    case 'derived':
      return link(fact.kind, entity(fact.entity), entity(fact.source), fact.transformation)
    case 'informed-by':
      return link(fact.kind, activity(fact.activity), activity(fact.informant), fact.role)
    case 'associated-with':
      return link(fact.kind, activity(fact.activity), entity(fact.plan, 'named'))
    case 'attributed-to':
      return link(fact.kind, subject(fact.subject), agent(fact.agent), fact.role)
    default:
      return linkOfRest(fact)
  }
}

function linkOfRest(
  fact: Exclude<Fact, { kind: 'used' | 'generated' | 'derived' | 'informed-by' | 'associated-with' | 'attributed-to' }>,
): Link | undefined {
  switch (fact.kind) {
    case 'acted-on-behalf-of':
      return link(fact.kind, agent(fact.agent), agent(fact.principal))
    case 'specialization-of':
      return link(fact.kind, entity(fact.entity), entity(fact.general, 'named'))
    case 'same-content':
    case 'alias-of':
      return link(fact.kind, entity(fact.entity), entity(fact.other))
    case 'member-of':
      // The collection is what depends on its members (PROV's hadMember), and edges point from effect to cause.
      return link(fact.kind, entity(fact.collection), entity(fact.entity))
    case 'invalidated':
      if (fact.activity === undefined) return undefined
      return link(fact.kind, entity(fact.entity, 'invalidated'), activity(fact.activity))
    case 'reused':
      return link(fact.kind, entity(fact.entity), activity(fact.activity))
    case 'state':
    case 'described':
      return undefined
    default:
      return fact satisfies never
  }
}

/** The node of a fact that makes no edge. */
export function subjectOf(fact: Fact): Mention | undefined {
  if (fact.kind === 'state') return activity(fact.activity)
  if (fact.kind === 'described') return subject(fact.subject)
  if (fact.kind === 'invalidated') return entity(fact.entity, 'invalidated')
  return undefined
}

/** Edges that a walk shows and does not cross: they say nothing about where a thing came from. */
export const unwalked: ReadonlySet<LinkKind> = new Set<LinkKind>(['same-content', 'invalidated', 'alias-of'])

/** What an activity makes is a new version even where nothing names it: then (producer, output) does. */
function produced(ref: EntityRef, producer: ActivityRef, role: string | undefined): EntityRef {
  if (versionOf(ref) !== undefined) return ref
  return { ...ref, producer: { activity: producer, output: role ?? 'output' } }
}

function link(kind: LinkKind, from: Mention, to: Mention, role?: string): Link {
  return { kind, from, to, role: role ?? null }
}

function entity(ref: EntityRef, as: 'generated' | 'invalidated' | 'mentioned' | 'named' = 'mentioned'): Mention {
  return { kind: 'entity', ref, as }
}

function activity(ref: ActivityRef): Mention {
  return { kind: 'activity', ref }
}

function agent(ref: AgentRef): Mention {
  return { kind: 'agent', ref }
}

function subject(of: Subject): Mention {
  switch (of.kind) {
    case 'entity':
      return entity(of.ref)
    case 'activity':
      return activity(of.ref)
    case 'agent':
      return agent(of.ref)
    default:
      return of satisfies never
  }
}
