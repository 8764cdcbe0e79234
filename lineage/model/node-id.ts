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
 * `@` inside a version is kept; inside a name it is written `%40`, so that the first unescaped `@` ends the name.
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

/** As ids write a name. */
export function escapeName(name: string): string {
  if (!name.includes('%') && !name.includes('@')) return name
  return name.replaceAll('%', '%25').replaceAll('@', '%40')
}

function unescapeName(name: string): string {
  return name.replaceAll('%40', '@').replaceAll('%25', '%')
}
