// The kinds of facts: one statement of provenance each, as gatherers make them and the ledger keeps them (W3C PROV
// terms). Plain data. A fact says nothing about how it is stored or merged; see merge.ts for that.
import type { ExchangeId, Micros } from '../../core/ids.js'
import type { Tenant } from '../../core/tenant.js'

/**
 * A thing. With `version` (external version: S3 versionId or ETag, MLflow model version, …) or `digest` it names one entity
 * version; with `producer` (an activity and an output's name) a thing that has neither; with none of them it refers to
 * whatever version is current at the fact's time (`by: name-at-time`).
 * `name` follows OpenLineage naming (`s3://bucket/key`); `digest` is `<algorithm>:<hex>`.
 */
export interface EntityRef {
  readonly type: string
  readonly name: string
  readonly version?: string
  readonly digest?: string
  readonly producer?: { readonly activity: ActivityRef; readonly output: string }
}

/** Something that happened: `id` is unique within its type for the whole installation, e.g. `trainer:42`. */
export interface ActivityRef {
  readonly type: string
  readonly id: string
}

/** Who answers for something: type `person`, `software`, `organization` or `agent` where that is unknown. */
export interface AgentRef {
  readonly type: string
  readonly id: string
}

/** How a link was established. */
export type By =
  | 'observed' // read off an exchange that the gateway saw
  | 'asserted' // only a client says so
  | 'name-at-time' // version resolved from name and time
  | 'token'
  | 'header'
  | 'address'
  | 'trace'

/** Ranks for merging: START < RUNNING < terminal. */
export type Phase = 'START' | 'RUNNING' | 'COMPLETE' | 'FAIL' | 'ABORT'

interface Common {
  /** event time: when it happened, not when it was recorded */
  readonly time: Micros
  readonly by: By
}

export type Fact = Common &
  (
    | { readonly kind: 'used'; readonly activity: ActivityRef; readonly entity: EntityRef; readonly role?: string }
    | { readonly kind: 'generated'; readonly activity: ActivityRef; readonly entity: EntityRef; readonly role?: string }
    | {
        readonly kind: 'derived'
        readonly entity: EntityRef
        readonly source: EntityRef
        readonly transformation?: string
        readonly fields?: Readonly<Record<string, readonly string[]>>
      }
    | {
        readonly kind: 'informed-by'
        readonly activity: ActivityRef
        readonly informant: ActivityRef
        readonly role?: string
      }
    | { readonly kind: 'associated-with'; readonly activity: ActivityRef; readonly plan: EntityRef }
    | { readonly kind: 'attributed-to'; readonly subject: Subject; readonly agent: AgentRef; readonly role?: string }
    | { readonly kind: 'acted-on-behalf-of'; readonly agent: AgentRef; readonly principal: AgentRef }
    | { readonly kind: 'specialization-of'; readonly entity: EntityRef; readonly general: EntityRef }
    | { readonly kind: 'same-content'; readonly entity: EntityRef; readonly other: EntityRef }
    | { readonly kind: 'alias-of'; readonly entity: EntityRef; readonly other: EntityRef }
    | { readonly kind: 'member-of'; readonly entity: EntityRef; readonly collection: EntityRef }
    | { readonly kind: 'invalidated'; readonly entity: EntityRef; readonly activity?: ActivityRef }
    | { readonly kind: 'reused'; readonly entity: EntityRef; readonly activity: ActivityRef }
    | {
        readonly kind: 'state'
        readonly activity: ActivityRef
        readonly phase: Phase
        readonly startedAt?: Micros
        readonly endedAt?: Micros
      }
    | { readonly kind: 'described'; readonly subject: Subject; readonly facet: string; readonly value: JsonValue }
  )

/** What an agent answers for, or a facet describes. */
export type Subject =
  | { readonly kind: 'entity'; readonly ref: EntityRef }
  | { readonly kind: 'activity'; readonly ref: ActivityRef }
  | { readonly kind: 'agent'; readonly ref: AgentRef }

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue }

export type FactKind = Fact['kind']

/** Why a record is incomplete. The list is open; these are the reasons that Waybill itself gives. */
export type GapReason =
  | 'in-flight-at-crash'
  | 'queue-full'
  | 'ledger-unavailable'
  | 'ledger-truncated'
  | 'facts-pending'
  | 'facts-lost'
  | 'gatherer-failed'
  | 'gatherer-timeout'
  | 'selector-empty'
  | 'facts-limited'
  | 'body-truncated'
  | 'body-unparsed'
  | 'unredactable'
  | 'digest-skipped'
  | 'version-ambiguous'
  | 'version-unknown'
  | 'origin-not-observed'
  | 'external'
  | 'recording-off'
  | 'shadow'
  | 'abandoned'
  | 'not-projected'
  // found when the graph is asked, never stored
  | 'not-gathered'
  | 'reference-dropped'
  | 'masked'

/** A gap found by a gatherer while it read one exchange. `about` is what is missing, in words or as a node id. */
export interface GathererGap {
  readonly reason: GapReason
  readonly about: string
}

/** What one gatherer of the route made of an exchange; `use` is its place in the route's `gather` list. */
export interface GathererYield {
  readonly use: number
  readonly gatherer: string
  readonly version: string
  readonly facts: readonly Fact[]
  readonly gaps: readonly GathererGap[]
}

/**
 * All facts of one exchange: one leaf. Its identity is (exchange, generation); exchange + use + position in `facts` is each
 * fact's id, so replays change nothing. A higher generation (from `regather`) supersedes the lower ones of the same exchange
 * as of its record time; nothing is deleted.
 */
export interface FactsLeaf {
  readonly kind: 'facts'
  readonly exchange: ExchangeId
  readonly route: string
  readonly generation: number
  readonly tenant: Tenant
  /** SHA-256 of the redacted capture that these facts were read from, `sha256:<hex>`; null where nothing was captured */
  readonly capture: string | null
  readonly gathered: readonly GathererYield[]
}

/** Something known to have happened of which the record is incomplete. */
export interface GapLeaf {
  readonly kind: 'gap'
  /** deterministic where the gap can be found twice (e.g. `in-flight-at-crash/<exchange>`), so that it counts once */
  readonly id: string
  readonly reason: GapReason
  /** where: route name, exchange id, node id, or `ledger` */
  readonly at: string
  readonly exchange: ExchangeId | null
  readonly tenant: Tenant | null
  readonly from: Micros
  readonly to: Micros
  readonly count: number
  /** whether `count` is exact or an upper bound */
  readonly exact: boolean
}
