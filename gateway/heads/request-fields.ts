// The fields that go upstream, made from those that came in one pass: what stays keeps its case, order and duplicates.
// Hop-by-hop fields end here (RFC 9110 section 7.6.1), the gateway's own are written anew. Host and framing stay where the
// client put them, with the values that were decided on.
import type { FieldClass } from './field-class.js'
import { pushForwarded, type Hop } from './forwarded.js'
import { countForward } from './max-forwards.js'
import type { RequestHeadView } from './request-head.js'
import { startTrace } from './trace.js'
import { keptAnnouncement, type ListedTrailers } from './trailers.js'
import { viaValue } from './via.js'

export interface RequestFieldsContext {
  readonly hop: Hop
  /** what `forwardedFields` makes of the hop, where that can be known before the request; undefined otherwise */
  readonly forwarded: readonly string[] | undefined
  /** the gateway's name in Via */
  readonly pseudonym: string
  /** Host to send instead of the client's; undefined: the client's */
  readonly host: string | undefined
  /** authority of the service, for requests that came without Host (HTTP/1.0) */
  readonly serviceHost: string
  /** trailers that pass although they are refused by default */
  readonly listedTrailers?: ListedTrailers
}

export interface UpstreamRequestFields {
  /** name, value, name, value… */
  readonly fields: string[]
  readonly traceId: string
}

/** A field that `Connection` nominates is dropped unless the gateway sets or needs it. */
export function upstreamRequestFields(head: RequestHeadView, context: RequestFieldsContext): UpstreamRequestFields {
  const { fields, classes } = head
  const out: string[] = []
  const host = context.host ?? head.host ?? context.serviceHost
  if (!classes.includes('host')) out.push('Host', host)
  for (let at = 0; at < classes.length; at++) {
    const name = fields[at * 2] ?? ''
    const value = fields[at * 2 + 1] ?? ''
    const kind = classes[at] ?? 'plain'
    if (kind === 'host') out.push(name, host)
    else if (kind === 'plain' ? !isNominated(head, name) : passes(kind, head)) out.push(name, value)
  }
  if (head.acceptsTrailers) out.push('TE', 'trailers')
  pushTrailer(out, head, context)
  pushConnection(out, head)
  const traceId = pushTrace(out, head)
  if (context.forwarded === undefined) pushForwarded(out, fields, context.hop)
  else for (const text of context.forwarded) out.push(text)
  out.push('Via', viaValue(head.version, context.pseudonym))
  countForward(head.method, out)
  return { fields: out, traceId }
}

function isNominated({ nominated }: RequestHeadView, name: string): boolean {
  return nominated.length > 0 && nominated.includes(name.toLowerCase())
}

/** Of the named classes, those that are handed on as they came. */
function passes(kind: FieldClass, head: RequestHeadView): boolean {
  if (kind === 'traceparent' || kind === 'tracestate') return head.traceId !== undefined
  return kind === 'via' || kind === 'length' || kind === 'encoding'
}

/** Names the hop-by-hop fields of our own: no further hop may take them for its own (RFC 9110 section 7.6.1). */
function pushConnection(out: string[], { acceptsTrailers, upgrade }: RequestHeadView): void {
  if (upgrade.kind !== 'relayed') {
    if (acceptsTrailers) out.push('Connection', 'TE')
    return
  }
  out.push('Connection', acceptsTrailers ? 'Upgrade, TE' : 'Upgrade', 'Upgrade', upgrade.protocol)
}

function pushTrailer(out: string[], head: RequestHeadView, context: RequestFieldsContext): void {
  if (head.framing.kind !== 'chunked' || head.trailers.length === 0) return
  const kept = keptAnnouncement(head.fields, head.classes, context.listedTrailers)
  if (kept !== undefined) out.push('Trailer', kept)
}

function pushTrace(out: string[], head: RequestHeadView): string {
  if (head.traceId !== undefined) return head.traceId
  const started = startTrace()
  out.push('traceparent', started.traceparent)
  return started.traceId
}
