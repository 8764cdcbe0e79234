// What gatherers need of an exchange's bodies: plain data that crosses to the proxy thread (which copies) and to the gatherer
// workers (which keep). Decided once a head, without regular expressions. Never reads a body.
import { fieldOf, type BodyCondition, type BodyNeeds, type DigestName, type RawFields } from './exchange.js'

/** What a condition looks at: the request's, but `fields` are those of the head before the body. */
export interface BodyHead {
  readonly method: string
  /** with or without what comes before `?` */
  readonly target: string
  readonly fields: RawFields
}

export const noNeeds: BodyNeeds = { bytes: 0, digests: [] }

/** The most that either asks for. */
export function largerNeeds(one: BodyNeeds, other: BodyNeeds): BodyNeeds {
  const digests = new Set<DigestName>([...one.digests, ...other.digests])
  const some = [...(one.some ?? []), ...(other.some ?? [])]
  const always = { bytes: Math.max(one.bytes, other.bytes), digests: [...digests].sort() }
  return some.length === 0 ? always : { ...always, some }
}

/** What is needed of this body; its conditions are resolved. */
export function needsOf(needs: BodyNeeds, head: BodyHead): BodyNeeds {
  if (needs.some === undefined) return needs
  let found: BodyNeeds = needs
  for (const one of needs.some) {
    if (holds(one.when, head)) found = largerNeeds({ bytes: found.bytes, digests: found.digests }, one)
  }
  return found === needs ? { bytes: needs.bytes, digests: needs.digests } : found
}

/** All digests that are asked for of any body. */
export function digestsOf(needs: BodyNeeds): readonly DigestName[] {
  return [...new Set([...needs.digests, ...(needs.some ?? []).flatMap(({ digests }) => digests)])]
}

/**
 * The same with room for `carried` bytes where a digest is asked for: a small body is hashed from its copy, which travels with
 * others, and only longer ones are handed over piece by piece.
 */
export function carrying(needs: BodyNeeds, carried: number): BodyNeeds {
  const roomy = <One extends Pick<BodyNeeds, 'bytes' | 'digests'>>(one: One): One =>
    one.digests.length === 0 ? one : { ...one, bytes: Math.max(one.bytes, carried) }
  return needs.some === undefined ? roomy(needs) : { ...roomy(needs), some: needs.some.map(roomy) }
}

function holds({ methods, query, withoutQuery, types }: BodyCondition, head: BodyHead): boolean {
  if (methods?.includes(head.method) === false) return false
  if (query?.some((name) => hasParameter(head.target, name)) === false) return false
  if (withoutQuery?.some((name) => hasParameter(head.target, name)) === true) return false
  return types === undefined || types.includes(mediaTypeOf(head.fields))
}

function hasParameter(target: string, name: string): boolean {
  const question = target.indexOf('?')
  if (question < 0) return false
  for (let at = target.indexOf(name, question + 1); at >= 0; at = target.indexOf(name, at + 1)) {
    const after = target[at + name.length]
    if ((at === question + 1 || target[at - 1] === '&') && (after === undefined || after === '=' || after === '&')) {
      return true
    }
  }
  return false
}

function mediaTypeOf(fields: RawFields): string {
  const text = fieldOf(fields, 'content-type') ?? ''
  const semicolon = text.indexOf(';')
  return (semicolon < 0 ? text : text.slice(0, semicolon)).trim().toLowerCase()
}
