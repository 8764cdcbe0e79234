// One request with its response, as it passed through the gateway. These shapes cross threads: plain data only.
import type { ExchangeId, Micros } from './ids.js'
import type { Tenant } from './tenant.js'

/** Header fields as received: name, value, name, value, …; case, order and duplicates kept. Values are latin1. */
export type RawFields = readonly string[]

export type RecordingMode = 'off' | 'shadow' | 'async' | 'durable' | 'required'

/** How an exchange ended. `complete`: the client got the whole answer that the upstream (or the gateway) gave. */
export type Outcome = 'complete' | 'open' | 'client-aborted' | 'upstream-aborted' | 'refused' | 'failed'

/** What is written before anything is forwarded (one line of `intents.log`). */
export interface Intent {
  readonly id: ExchangeId
  readonly route: string
  readonly method: string
  readonly time: Micros
  readonly mode: RecordingMode
}

/** Who the request says it comes from, read from credentials before these are redacted. Never a secret. */
export interface IdentityClaim {
  /** e.g. `basic:alice`, `jwt:alice@example.org`, `sigv4:AKIA…`, `header:alice` */
  readonly agent: string
  /** how it was established; `asserted` where nothing verified it */
  readonly by: 'asserted' | 'verified'
}

export interface RequestHead {
  readonly method: string
  /** request target as routed, query included, secrets in the query redacted */
  readonly target: string
  /** authority the client asked for (`Host`, or the absolute form's), lower case */
  readonly authority: string
  /** redacted */
  readonly fields: RawFields
  /** the lines of which these very fields were read, where they are at hand: for packed-record.ts alone */
  readonly lines?: string | undefined
  /** body bytes received from the client so far */
  readonly bytes: number
}

export interface ResponseHead {
  readonly status: number
  /** redacted */
  readonly fields: RawFields
  /** see RequestHead */
  readonly lines?: string | undefined
  /** body bytes passed towards the client so far */
  readonly bytes: number
}

/**
 * What is always kept of an exchange. Its canonical JSON is a leaf of the ledger, so keys hold what can be proved later.
 * `phase`: streams, upgrades and `required` write `opening` and `progress` records before the `closing` one; one
 * exchange has at most one `closing` record, and the record with the highest phase (then latest `endedAt`) stands for it.
 */
export interface ExchangeRecord {
  readonly kind: 'exchange'
  readonly id: ExchangeId
  readonly phase: 'opening' | 'progress' | 'closing'
  readonly route: string
  readonly service: string
  readonly serviceKind: string
  readonly mode: RecordingMode
  readonly tenant: Tenant
  /** address of the peer that sent the request (or the one a trusted peer forwarded for) */
  readonly peer: string
  readonly claim: IdentityClaim | null
  /** W3C trace id, 32 hexadecimal digits */
  readonly traceId: string | null
  /** exchanges that the client referred to with `Waybill-Exchange` (shape-checked, at most 64) */
  readonly references: readonly ExchangeId[]
  readonly request: RequestHead
  /** null where no response head was sent */
  readonly response: ResponseHead | null
  /** when the request head was complete; when the response head was; when the last byte passed (or the time of this record) */
  readonly startedAt: Micros
  readonly headAt: Micros | null
  readonly endedAt: Micros
  readonly outcome: Outcome
  /** code of the error table where the gateway itself answered */
  readonly error: string | null
  /** names of the gatherers that are to make facts of this exchange; empty: none will come */
  readonly gatherers: readonly string[]
}

/** Identity of an exchange record among the leaves of the ledger, which drops a second one of the same. */
export function recordId({ id, phase, endedAt }: Pick<ExchangeRecord, 'id' | 'phase' | 'endedAt'>): string {
  return phase === 'progress' ? `x/${id}/progress/${endedAt}` : `x/${id}/${phase}`
}

/** What a route's gatherers need of each body, compiled from the configuration. All sizes in bytes; 0: nothing. */
export interface TapPlan {
  readonly request: BodyNeeds
  readonly response: BodyNeeds
}

/** `aws-chunked-sha256`: the SHA-256 of what a body in S3's aws-chunked framing carries; there is none of other bodies. */
export type DigestName = 'sha256' | 'md5' | 'aws-chunked-sha256'

export interface BodyNeeds {
  /** how many leading bytes to copy */
  readonly bytes: number
  /** digests of the whole body, computed off the proxy thread from a copied stream */
  readonly digests: readonly DigestName[]
  /** what is needed beside that, of some bodies only */
  readonly some?: readonly ConditionalNeeds[]
}

export interface ConditionalNeeds {
  readonly when: BodyCondition
  readonly bytes: number
  readonly digests: readonly DigestName[]
}

/** All that is given must hold. */
export interface BodyCondition {
  readonly methods?: readonly string[]
  /** at least one of these query parameters is there; names as they are sent */
  readonly query?: readonly string[]
  /** none of these is */
  readonly withoutQuery?: readonly string[]
  /** media types of the body itself, lower case, without parameters */
  readonly types?: readonly string[]
}

export const noTap: TapPlan = { request: { bytes: 0, digests: [] }, response: { bytes: 0, digests: [] } }

/** The bounded copy of one body. `truncated` where `total` exceeds the bytes kept, or the body was cut. */
export interface BodyCapture {
  readonly bytes: Uint8Array
  /** bytes that passed */
  readonly total: number
  readonly truncated: boolean
  /** its end did not pass: what is known of it is not known of the whole */
  readonly cut?: boolean
}

/** The bounded copies of an exchange's bodies, before redaction. */
export interface Capture {
  readonly request: BodyCapture
  readonly response: BodyCapture
}

/** First value of the field `name` (lower case), or undefined. */
export function fieldOf(fields: RawFields, name: string): string | undefined {
  for (let at = 0; at < fields.length; at += 2) {
    const candidate = fields[at]
    if (candidate !== undefined && candidate.length === name.length && candidate.toLowerCase() === name) {
      return fields[at + 1]
    }
  }
  return undefined
}
