// From an exchange and its captured bodies to facts: redacts, computes digests, runs the route's gatherers one by one. The
// same code for live exchanges and for those gathered again. No I/O; runs in a worker, never on the proxy thread.
import { hash } from 'node:crypto'
import { needsOf } from '../core/body-needs.js'
import { fieldOf, type BodyNeeds, type ExchangeRecord, type RawFields, type TapPlan } from '../core/exchange.js'
import type { BodySide } from '../core/recorder-port.js'
import { createBodyView } from '../gatherers/body-view.js'
import type { BodyDigests } from '../gatherers/bodies/body-hash.js'
import type { OnSilent } from '../gatherers/gather.js'
import { passedWhole } from '../gatherers/whole-body.js'
import type { FactsLeaf, GathererGap, GathererYield } from '../lineage/model/fact.js'
import type { BodyRedactor } from './body-redaction.js'
import type { KeptBody } from './capture-ring.js'
import type { SkippedUse } from './gather-protocol.js'
import type { RunnableUse } from './route-gatherers.js'

/** A body as captured. */
export interface RawBody {
  readonly bytes: Uint8Array
  readonly total: number
  readonly truncated: boolean
  readonly cut?: boolean
}

export interface GatherInput {
  readonly record: ExchangeRecord
  readonly uses: readonly RunnableUse[]
  readonly bodies: Readonly<Record<BodySide, RedactedBody>>
  readonly skip: readonly SkippedUse[]
  /** a use is about to run */
  readonly onUse: (use: number) => void
  readonly onSilent?: OnSilent | undefined
}

export interface RedactedBody {
  /** value of the field, for reading it */
  readonly contentType: string | undefined
  readonly kept: KeptBody
  readonly bytes: Uint8Array
  readonly gaps: readonly GathererGap[]
}

export function redactedBody(side: BodySide, record: ExchangeRecord, raw: RawBody, parts: BodyParts): RedactedBody {
  const fields = fieldsOf(record, side)
  const contentType = fieldOf(fields, 'content-type')
  const contentEncoding = fieldOf(fields, 'content-encoding')
  const redaction = parts.redactor({ bytes: raw.bytes, truncated: raw.truncated, contentType, contentEncoding })
  const { digests } = parts
  const gaps: GathererGap[] = digests === undefined ? [{ reason: 'digest-skipped', about: `${side} body` }] : []
  // of an answer that ended early the outcome tells
  if (raw.cut === true && side === 'request' && record.response !== null) {
    gaps.push({ reason: 'body-truncated', about: 'request body: it was answered before its end came' })
  }
  const keptAs = (length: number, truncated: boolean, encoding: string | undefined): KeptBody => ({
    total: raw.total,
    digests: digests ?? {},
    length,
    truncated,
    contentEncoding: encoding ?? null,
  })
  if (redaction.ok) {
    const { bytes } = redaction
    return { contentType, kept: keptAs(bytes.length, raw.truncated, redaction.contentEncoding), bytes, gaps }
  }
  const sum = hash('sha256', raw.bytes, 'hex')
  const { why, reason = 'body-unparsed' } = redaction
  gaps.push({ reason: 'unredactable', about: `${side} body (${why}), its captured bytes sha256:${sum}` })
  const none = keptAs(0, raw.total > 0, undefined)
  // of a body that was cut as well, that is what is wrong with it
  const kept = raw.truncated ? none : { ...none, withheld: { reason, about: why } }
  return { contentType, kept, bytes: new Uint8Array(0), gaps }
}

export interface BodyParts {
  readonly redactor: BodyRedactor
  /** of the whole body, by name; undefined where they were asked for and could not be computed */
  readonly digests: BodyDigests | undefined
}

/** What gatherers need of this body. */
export function bodyNeeds(plan: TapPlan, side: BodySide, record: ExchangeRecord): BodyNeeds {
  const { method, target } = record.request
  return needsOf(plan[side], { method, target, fields: fieldsOf(record, side) })
}

function fieldsOf({ request, response }: ExchangeRecord, side: BodySide): RawFields {
  return side === 'request' ? request.fields : (response?.fields ?? [])
}

/** What Waybill itself has to say about an exchange's bodies, beside its gatherers. */
const recorderYield = { use: -1, gatherer: 'recorder', version: '1', facts: [] }

/** Of what was gathered of an exchange, what Waybill itself had to say: true of its bodies whoever reads them again. */
export function ofRecorder(facts: FactsLeaf | undefined): readonly GathererYield[] {
  return facts?.gathered.filter(({ use }) => use === recorderYield.use) ?? []
}

export function gatherFrom({ record, uses, bodies, skip, onUse, onSilent }: GatherInput): readonly GathererYield[] {
  const view = (side: BodySide) => viewOf(bodies[side], passedWhole(record, side))
  const exchange = { record, request: view('request'), response: view('response') }
  const yields: GathererYield[] = []
  for (const one of uses) {
    const skipped = skip.find(({ use }) => use === one.use)
    if (skipped !== undefined) yields.push(skippedYield(one, skipped))
    else {
      onUse(one.use)
      yields.push(...one.run(exchange, onSilent))
    }
  }
  const gaps = [...bodies.request.gaps, ...bodies.response.gaps]
  if (gaps.length > 0) yields.push({ ...recorderYield, gaps })
  return yields
}

function skippedYield({ use, gatherer, version }: RunnableUse, { reason, about }: SkippedUse): GathererYield {
  return { use, gatherer, version, facts: [], gaps: [{ reason, about }] }
}

function viewOf({ contentType, kept, bytes }: RedactedBody, whole: boolean) {
  return createBodyView({
    bytes,
    total: kept.total,
    truncated: kept.truncated,
    withheld: kept.withheld,
    contentType,
    contentEncoding: kept.contentEncoding ?? undefined,
    digests: whole ? kept.digests : {},
  })
}
