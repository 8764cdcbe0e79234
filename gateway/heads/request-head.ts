// Reads a request's raw fields once: what framing, routing, identity and forwarding need to know of them. Refuses heads
// that two parties could read differently. Never changes a field and never reads a body.
import { WaybillError, type ErrorCode, type ErrorDetails } from '../../core/errors.js'
import type { RawFields } from '../../core/exchange.js'
import type { ExchangeId } from '../../core/ids.js'
import { parseAuthority, formatAuthority } from './authority.js'
import { addReferences, droppedLabel, type DroppedContext } from './context-fields.js'
import { classOf, listOf, membersOf, type FieldClass } from './field-class.js'
import { framingOf, noBody, type Framing } from './framing.js'
import { parseTarget } from './target.js'
import { traceIdOf } from './trace.js'
import { upgradeOf, type Upgrade } from './upgrade.js'

export interface IncomingHead {
  readonly method: string
  /** as in the request line */
  readonly target: string
  /** `1.0` or `1.1` */
  readonly version: string
  readonly fields: RawFields
  /** the lines of which these were read, where they are at hand */
  readonly lines?: string
}

export interface RequestHeadView {
  readonly kind: 'accepted'
  readonly method: string
  readonly version: string
  readonly fields: RawFields
  /** see IncomingHead */
  readonly lines: string | undefined
  /** one per field */
  readonly classes: readonly FieldClass[]
  /** starts with `/`, or is `*` (OPTIONS of the server as a whole); raw */
  readonly path: string
  /** empty, or starts with `?`; raw */
  readonly query: string
  /** lower case, for routes and records; empty only where HTTP/1.0 named none */
  readonly authority: string
  /** what Host has to carry on: as the client sent it, or the absolute form's authority; undefined where there was none */
  readonly host: string | undefined
  readonly framing: Framing
  /** lower-case names that `Connection` lists */
  readonly nominated: readonly string[]
  readonly upgrade: Upgrade
  /** value of Expect in lower case */
  readonly expect: string | undefined
  readonly acceptsTrailers: boolean
  /** names that `Trailer` announces, lower case */
  readonly trailers: readonly string[]
  /** trace id of a valid traceparent */
  readonly traceId: string | undefined
  readonly references: readonly ExchangeId[]
  /** labels of context fields to count; empty as a rule */
  readonly droppedContext: readonly DroppedContext[]
}

/** Where its body ends is not certain. */
export interface RequestRefusal {
  readonly kind: 'refused'
  readonly error: WaybillError
}

export interface FieldLimits {
  /** fields at most */
  readonly fields: number
  /** bytes of all names and values together at most */
  readonly headBytes: number
}

export function readRequestHead(head: IncomingHead, limits: FieldLimits): RequestHeadView | RequestRefusal {
  // its target is an authority, and no request follows on the connection
  if (head.method === 'CONNECT') return refused('WB_METHOD_REFUSED', { method: head.method })
  const tooLarge = exceeds(head.fields, limits)
  if (tooLarge !== undefined) return refused('WB_FIELDS_TOO_LARGE', { reason: tooLarge })
  const target = parseTarget(head.method, head.target)
  if (target.kind === 'refused') return bad(target.reason)
  const found = collect(head.fields)
  const host = hostOf(head.version, found.hosts, target.kind === 'absolute' ? target.authority : undefined)
  if (host.refusal !== undefined) return bad(host.refusal)
  const framing = found.framed ? framingOf(found, head.version) : noBody
  if (framing.kind === 'refused') return bad(framing.reason)
  const upgrade = upgradeOf(head, { upgrades: found.upgrades, nominated: found.nominated, framing })
  if (upgrade.kind === 'refused') return bad(upgrade.reason)
  return {
    kind: 'accepted',
    method: head.method,
    version: head.version,
    fields: head.fields,
    lines: head.lines,
    classes: found.classes,
    path: target.path,
    query: target.query,
    authority: host.authority,
    host: host.value,
    framing,
    nominated: found.nominated,
    upgrade,
    expect: found.expect,
    acceptsTrailers: found.acceptsTrailers,
    trailers: found.trailers,
    traceId: found.traceparents.length === 1 ? traceIdOf(found.traceparents[0] ?? '') : undefined,
    references: found.references,
    droppedContext: found.droppedContext,
  }
}

/** Why a request that can be read is not forwarded, whatever routes there are. */
export function unforwardable({ method, expect }: RequestHeadView): WaybillError | undefined {
  if (method === 'TRACE') return new WaybillError('WB_METHOD_REFUSED', { method })
  if (expect === undefined || expect === '100-continue') return undefined
  return new WaybillError('WB_EXPECTATION_FAILED', { expectation: expect })
}

function exceeds(fields: RawFields, limits: FieldLimits): string | undefined {
  if (fields.length > limits.fields * 2) return `more than ${limits.fields} fields`
  let total = 0
  for (const text of fields) total += text.length
  return total > limits.headBytes ? `fields of more than ${limits.headBytes} bytes together` : undefined
}

const nothing: readonly never[] = []

/** Lists are made only where there is something to put into them: most requests have one Host and nothing else. */
class Found {
  readonly classes: FieldClass[] = []
  hosts: readonly string[] = nothing
  lengths: readonly string[] = nothing
  encodings: readonly string[] = nothing
  upgrades: readonly string[] = nothing
  traceparents: readonly string[] = nothing
  references: readonly ExchangeId[] = nothing
  droppedContext: readonly DroppedContext[] = nothing
  nominated: readonly string[] = nothing
  trailers: readonly string[] = nothing
  expect: string | undefined
  acceptsTrailers = false
  framed = false
}

function collect(fields: RawFields): Found {
  const found = new Found()
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const name = (fields[at] ?? '').toLowerCase()
    const kind = classOf(name)
    found.classes.push(kind)
    if (kind !== 'plain') note(found, kind, { name, value: fields[at + 1] ?? '' })
  }
  return found
}

function note(found: Found, kind: FieldClass, field: { name: string; value: string }): void {
  const { name, value } = field
  switch (kind) {
    case 'host':
      found.hosts = [...found.hosts, value]
      break
    case 'length':
    case 'encoding':
      found.framed = true
      if (kind === 'length') found.lengths = [...found.lengths, value]
      else found.encodings = [...found.encodings, value]
      break
    case 'connection':
      found.nominated = [...found.nominated, ...listOf(value)]
      break
    case 'te':
      found.acceptsTrailers ||= listOf(value).some((coding) => coding === 'trailers' || coding.startsWith('trailers;'))
      break
    case 'trailer':
      found.trailers = [...found.trailers, ...listOf(value)]
      break
    case 'upgrade':
      found.upgrades = [...found.upgrades, ...membersOf(value)]
      break
    case 'expect':
      found.expect = expectationOf(found.expect, value.trim().toLowerCase())
      break
    case 'traceparent':
      found.traceparents = [...found.traceparents, value]
      break
    case 'reference':
      noteReferences(found, name, value)
      break
    case 'context':
      found.droppedContext = [...found.droppedContext, droppedLabel(name)]
      break
    default:
  }
}

/** Two that differ are one that nobody knows. */
function expectationOf(before: string | undefined, value: string): string {
  return before === undefined || before === value ? value : `${before}, ${value}`
}

function noteReferences(found: Found, name: string, value: string): void {
  const references = [...found.references]
  if (addReferences(value, references) > 0) found.droppedContext = [...found.droppedContext, droppedLabel(name)]
  found.references = references
}

interface HostVerdict {
  readonly authority: string
  readonly value: string | undefined
  readonly refusal?: string
}

/** RFC 9112 section 3.2: one valid Host in HTTP/1.1; the absolute form's authority wins over it (section 3.2.2). */
function hostOf(version: string, hosts: readonly string[], absolute: string | undefined): HostVerdict {
  const none = { authority: '', value: undefined }
  if (hosts.length > 1) return { ...none, refusal: 'two Host fields' }
  const host = hosts[0]
  if (host === undefined && version !== '1.0') return { ...none, refusal: 'no Host field' }
  const own = host === undefined ? undefined : parseAuthority(host)
  if (host !== undefined && own === undefined) return { ...none, refusal: 'Host is not a valid authority' }
  if (absolute === undefined) return own === undefined ? none : { authority: formatAuthority(own), value: host }
  const asked = parseAuthority(absolute)
  if (asked === undefined) return { ...none, refusal: 'the target is not a valid authority' }
  return { authority: formatAuthority(asked), value: absolute }
}

function bad(reason: string): RequestRefusal {
  return refused('WB_BAD_REQUEST', { reason })
}

function refused(code: ErrorCode, details: ErrorDetails): RequestRefusal {
  return { kind: 'refused', error: new WaybillError(code, details) }
}
