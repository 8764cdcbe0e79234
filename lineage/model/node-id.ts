// Node ids as CLI and API take them: `<type>:<name>[@<version>]`. The one place that makes and reads them.
import type { NodeId } from '../../core/ids.js'
import type { ActivityRef, AgentRef, EntityRef } from './fact.js'

export type NodeKind = 'entity' | 'activity' | 'agent'

/** Whether ids can begin with it: the first `:` ends a type, and `@` begins a version. */
export function isType(text: string): boolean {
  return /^[^\s:@\p{Cc}]+$/u.test(text)
}

/**
 * Id of an entity version: the external version where there is one, else the digest, else (producer, output name);
 * without any of them the id of the name itself, which stands for the version current at some time.
 * `@` inside a version is kept; inside a name it is written `%40`, and `%` there `%25`, so that the first `@` ends the name.
 */
export function entityId(ref: EntityRef): NodeId {
  const name = `${ref.type}:${escapeName(ref.name)}`
  const version = versionOf(ref)
  return (version === undefined ? name : `${name}@${version}`) as NodeId
}

/** The version part of an entity's id, or undefined for a bare name. */
export function versionOf(ref: EntityRef): string | undefined {
  if (ref.version !== undefined) return ref.version
  if (ref.digest !== undefined) return ref.digest
  if (ref.producer === undefined) return undefined
  return `by(${activityId(ref.producer.activity)}#${ref.producer.output})`
}

export function activityId(ref: ActivityRef): NodeId {
  return `${ref.type}:${escapeName(ref.id)}` as NodeId
}

export function agentId(ref: AgentRef): NodeId {
  return `${ref.type}:${escapeName(ref.id)}` as NodeId
}

export interface ParsedNodeId {
  readonly type: string
  readonly name: string
  readonly version: string | undefined
}

/** Undefined where `text` has not the shape of a node id (no type, or no name). */
export function parseNodeId(text: string): ParsedNodeId | undefined {
  const colon = text.indexOf(':')
  if (colon < 1) return undefined
  const type = text.slice(0, colon)
  const rest = text.slice(colon + 1)
  const at = rest.indexOf('@')
  const name = unescapeName(at < 0 ? rest : rest.slice(0, at))
  if (name === '') return undefined
  return { type, name, version: at < 0 ? undefined : rest.slice(at + 1) }
}

/**
 * Ids, at most six and likeliest first, that `text` means where it has the name as it is and not as ids write it. Which `@` began
 * the version, if any did, and whether `%25` and `%40` stood so in the name, nobody can tell.
 */
export function meantBy(text: string): NodeId[] {
  const start = text.indexOf(':') + 1
  if (start < 2) return []
  const rest = text.slice(start)
  const found = new Set<string>()
  for (const at of [rest.lastIndexOf('@'), rest.length, rest.indexOf('@')]) {
    if (at < 1) continue
    const name = rest.slice(0, at)
    for (const kept of [name.replace(/%(?!25|40)/g, '%25'), name.replaceAll('%', '%25')])
      found.add(`${text.slice(0, start)}${kept.replaceAll('@', '%40')}${rest.slice(at)}`)
  }
  found.delete(text)
  return [...found] as NodeId[]
}

/** As ids write a name. */
export function escapeName(name: string): string {
  if (!name.includes('%') && !name.includes('@')) return name
  return name.replaceAll('%', '%25').replaceAll('@', '%40')
}

function unescapeName(name: string): string {
  return name.replaceAll('%40', '@').replaceAll('%25', '%')
}
