// Which trailer fields may pass (RFC 9110 section 6.5.1): none that frames, routes, authenticates or identifies, since a
// recipient may merge trailers into the head after these were checked there.
import type { RawFields } from '../../core/exchange.js'
import { classOf, type FieldClass } from './field-class.js'
import { isToken } from './field-text.js'

const refused = new Set([
  'authorization',
  'cache-control',
  'content-encoding',
  'content-range',
  'content-type',
  'cookie',
  'host',
  'location',
  'max-forwards',
  'range',
  'set-cookie',
  'www-authenticate',
  'x-api-key',
  'x-auth-token',
  'x-amz-security-token',
])

/** Names (lower case) that pass although they are refused by default. */
export type ListedTrailers = readonly string[]

const noneListed: ListedTrailers = []

/** `name` in lower case. */
export function isTrailerAllowed(name: string, listed: ListedTrailers = noneListed): boolean {
  if (!isToken(name)) return false
  if (classOf(name) !== 'plain') return false
  return !refused.has(name) || listed.includes(name)
}

/** What `Trailer` may still announce, in the announcer's own writing; undefined: nothing. */
export function keptAnnouncement(
  fields: RawFields,
  classes: readonly FieldClass[],
  listed: ListedTrailers = noneListed,
): string | undefined {
  const kept: string[] = []
  for (let at = 0; at < classes.length; at++) {
    if (classes[at] !== 'trailer') continue
    for (const name of (fields[at * 2 + 1] ?? '').split(',')) {
      if (isTrailerAllowed(name.trim().toLowerCase(), listed)) kept.push(name.trim())
    }
  }
  return kept.length === 0 ? undefined : kept.join(', ')
}

/** The trailer fields that pass, case and order kept; `fields` itself where all do. */
export function keptTrailers(fields: RawFields, listed: ListedTrailers = noneListed): RawFields {
  let all = true
  for (let at = 0; at + 1 < fields.length; at += 2) all &&= isTrailerAllowed((fields[at] ?? '').toLowerCase(), listed)
  if (all) return fields
  const kept: string[] = []
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const name = fields[at] ?? ''
    if (isTrailerAllowed(name.toLowerCase(), listed)) kept.push(name, fields[at + 1] ?? '')
  }
  return kept
}
