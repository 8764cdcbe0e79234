// A fact as one readable line.
import type { Fact, Subject } from '../../lineage/model/fact.js'
import { activityId, agentId, entityId } from '../../lineage/model/node-id.js'

export function factText(fact: Fact): string {
  switch (fact.kind) {
    case 'used':
    case 'generated':
      return `${activityId(fact.activity)} ${fact.kind} ${entityId(fact.entity)}${role(fact.role)}`
    case 'derived':
      return `${entityId(fact.entity)} from ${entityId(fact.source)}`
    case 'informed-by':
      return `${activityId(fact.activity)} by ${activityId(fact.informant)}${role(fact.role)}`
    case 'associated-with':
      return `${activityId(fact.activity)} with ${entityId(fact.plan)}`
    case 'attributed-to':
      return `${subjectText(fact.subject)} to ${agentId(fact.agent)}${role(fact.role)}`
    case 'acted-on-behalf-of':
      return `${agentId(fact.agent)} for ${agentId(fact.principal)}`
    case 'specialization-of':
      return `${entityId(fact.entity)} of ${entityId(fact.general)}`
    case 'same-content':
    case 'alias-of':
      return `${entityId(fact.entity)} = ${entityId(fact.other)}`
    case 'member-of':
      return `${entityId(fact.entity)} in ${entityId(fact.collection)}`
    case 'invalidated':
      return entityId(fact.entity)
    case 'reused':
      return `${entityId(fact.entity)} from ${activityId(fact.activity)}`
    case 'state':
      return `${activityId(fact.activity)} ${fact.phase}`
    case 'described':
      return `${subjectText(fact.subject)} ${fact.facet} ${JSON.stringify(fact.value)}`
    default:
      return fact satisfies never
  }
}

function role(text: string | undefined): string {
  return text === undefined ? '' : ` (${text})`
}

function subjectText(subject: Subject): string {
  switch (subject.kind) {
    case 'entity':
      return entityId(subject.ref)
    case 'activity':
      return activityId(subject.ref)
    case 'agent':
      return agentId(subject.ref)
    default:
      return subject satisfies never
  }
}
