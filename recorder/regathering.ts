// Gathers again: what the configured gatherers make of an exchange whose record and redacted capture are kept. Reads the data
// folder, stores nothing itself; runs in a worker of its own.
import { canonicalJson } from '../core/canonical-json.js'
import { fieldOf, type ExchangeRecord, type RawFields } from '../core/exchange.js'
import type { ExchangeId, Micros } from '../core/ids.js'
import { createHeadRedactor, type RedactionRules } from '../core/redaction.js'
import { needsOfAll } from '../gatherers/compile.js'
import { pathOf } from '../gatherers/exchange-value.js'
import type { OnSilent } from '../gatherers/gather.js'
import { exchangeOfHar, readHar } from '../gatherers/har/har.js'
import type { LedgerRows } from '../lineage/ledger/reader.js'
import type { FactsLeaf, GathererYield } from '../lineage/model/fact.js'
import { createBodyRedactor } from './body-redaction.js'
import { keptCaptures, type KeptBody, type KeptCapture } from './capture-ring.js'
import { createDigests } from './digests.js'
import type { RecordedRoute } from './gather-protocol.js'
import { bodyNeeds, gatherFrom, ofRecorder, redactedBody, type RedactedBody } from './gathering.js'
import { latestOf, type GatheredNow, type Regathered, type SilentUse } from './regather-protocol.js'
import type { RunnableUse } from './route-gatherers.js'

export interface RegatherParts {
  readonly dir: string
  readonly rows: LedgerRows
  readonly routes: ReadonlyMap<string, RecordedRoute>
  readonly uses: ReadonlyMap<string, readonly RunnableUse[]>
  readonly rules: RedactionRules
  /** an exchange is begun */
  readonly at: (exchange: ExchangeId) => void
}

interface Known {
  readonly record: ExchangeRecord
  /** highest generation; undefined where there are none */
  readonly facts: FactsLeaf | undefined
}

/** Undefined where there is no closing record of it. */
export function gatherExchangeNow(
  exchange: ExchangeId,
  route: string | undefined,
  parts: RegatherParts,
): GatheredNow | undefined {
  const known = knownOf(exchange, parts.rows)
  if (known === undefined) return undefined
  const capture = [...keptCaptures(parts.dir)].filter(({ head }) => head.exchange === exchange).at(-1)
  const name = route ?? known.record.route
  const silent: SilentUse[] = []
  const gathered = gatherKept(known, { route: name, capture, onSilent: into(silent) }, parts)
  return { ...aboutOf(known.record, name), captured: capture !== undefined, gathered, silent }
}

function aboutOf(record: ExchangeRecord, route: string): Omit<GatheredNow, 'captured' | 'gathered' | 'silent'> {
  const { id: exchange, request, response } = record
  return { exchange, route, method: request.method, path: pathOf(record), status: response?.status ?? null }
}

/** Entries of routes that are not configured are left out. */
export function gatherHarNow(
  text: string,
  routes: readonly (string | undefined)[],
  parts: Pick<RegatherParts, 'routes' | 'uses' | 'rules' | 'at'>,
): GatheredNow[] {
  const har = readHar(text)
  if (!har.ok) return []
  const heads = createHeadRedactor(parts.rules)
  const redactor = createBodyRedactor(parts.rules)
  return har.entries.flatMap((entry, index) => {
    const route = parts.routes.get(routes[index] ?? '')
    if (route === undefined) return []
    const { name, service, tenant } = route
    const uses = parts.uses.get(name) ?? []
    const needs = needsOfAll(uses)
    const gatherers = uses.map(({ gatherer }) => gatherer)
    const about = { route: name, service: service.name, serviceKind: service.kind, tenant, gatherers }
    const seen = exchangeOfHar(entry, index, about)
    const record = redactedHeads(seen.record, heads)
    const digests = createDigests({ request: [], response: [] })
    const body = (side: 'request' | 'response'): RedactedBody => {
      const { bytes, total, truncated } = seen[side]
      const { bytes: limit, digests: names } = bodyNeeds(needs, side, record)
      const whole = { total, bytes: truncated ? undefined : bytes, names }
      // as a tap would have copied it
      const copied = bytes.length > limit ? { bytes: bytes.subarray(0, limit), total, truncated: true } : seen[side]
      return redactedBody(side, record, copied, { redactor, digests: digests.finish(record.id, side, whole) })
    }
    parts.at(record.id)
    const bodies = { request: body('request'), response: body('response') }
    const silent: SilentUse[] = []
    const gathered = gatherFrom({ record, uses, bodies, ...nowhere, onSilent: into(silent) })
    return [{ ...aboutOf(record, name), captured: true, gathered, silent }]
  })
}

function redactedHeads(record: ExchangeRecord, heads: ReturnType<typeof createHeadRedactor>): ExchangeRecord {
  const { request, response } = record
  return {
    ...record,
    request: { ...request, target: heads.target(request.target), fields: heads.fields(request.fields) },
    response: response === null ? null : { ...response, fields: heads.fields(response.fields) },
  }
}

/** New facts of the route's exchanges since then, as leaves to be stored: only where they differ from those that stand. */
export function* regather(route: string, since: Micros, parts: RegatherParts): Generator<FactsLeaf, Regathered> {
  const done = new Set<ExchangeId>()
  let changed = 0
  for (const capture of keptCaptures(parts.dir, since)) {
    const { head, digest } = capture
    if (head.route !== route || head.at < since || done.has(head.exchange)) continue
    const known = knownOf(head.exchange, parts.rows)
    if (known === undefined || (known.facts !== undefined && known.facts.capture !== digest)) continue
    done.add(head.exchange)
    const leaf = changedFacts(known, { route, capture }, parts)
    if (leaf === undefined) continue
    changed += 1
    yield leaf
  }
  let missing = 0
  for (const known of recordsOf(route, since, parts)) {
    if (done.has(known.record.id)) continue
    done.add(known.record.id)
    if (known.facts !== undefined && known.facts.capture !== null) missing += 1
    else {
      const leaf = changedFacts(known, { route, capture: undefined }, parts)
      if (leaf === undefined) continue
      changed += 1
      yield leaf
    }
  }
  return { exchanges: done.size, changed, missing }
}

function changedFacts(
  known: Known,
  { route, capture }: { readonly route: string; readonly capture: KeptCapture | undefined },
  parts: RegatherParts,
): FactsLeaf | undefined {
  const { record, facts } = known
  const gathered = gatherKept(known, { route, capture }, parts)
  if (facts !== undefined && canonicalJson(facts.gathered) === canonicalJson(gathered)) return undefined
  const generation = (facts?.generation ?? -1) + 1
  const { id: exchange, tenant } = record
  return { kind: 'facts', exchange, route, generation, tenant, capture: capture?.digest ?? null, gathered }
}

interface Kept {
  readonly route: string
  readonly capture: KeptCapture | undefined
  readonly onSilent?: OnSilent
}

/** No use is left out, and nobody watches which is at work but by `at`. */
const nowhere = { skip: [], onUse: () => undefined }

function into(silent: SilentUse[]): OnSilent {
  return ({ use, gatherer }, reason) => silent.push({ use, gatherer, reason })
}

function gatherKept(
  { record, facts }: Known,
  { route, capture, onSilent }: Kept,
  parts: RegatherParts,
): readonly GathererYield[] {
  parts.at(record.id)
  const bodies = {
    request: keptBody(record.request.fields, capture?.head.request, [capture?.request, record.request.bytes]),
    response: keptBody(record.response?.fields ?? [], capture?.head.response, [
      capture?.response,
      record.response?.bytes ?? 0,
    ]),
  }
  const uses = parts.uses.get(route) ?? []
  return [...gatherFrom({ record, uses, bodies, ...nowhere, onSilent }), ...ofRecorder(facts)]
}

/** A capture is redacted already. */
function keptBody(
  fields: RawFields,
  kept: KeptBody | undefined,
  [bytes, total]: readonly [Uint8Array | undefined, number],
): RedactedBody {
  const none: KeptBody = { length: 0, total, truncated: total > 0, contentEncoding: null, digests: {} }
  const contentType = fieldOf(fields, 'content-type')
  return { contentType, kept: kept ?? none, bytes: bytes ?? new Uint8Array(0), gaps: [] }
}

function knownOf(exchange: ExchangeId, rows: LedgerRows): Known | undefined {
  const leaves = rows.leavesOf(exchange).map(({ leaf }) => leaf)
  const record = leaves.find((leaf) => leaf.kind === 'exchange' && leaf.phase === 'closing')
  if (record?.kind !== 'exchange') return undefined
  return { record, facts: latestOf(leaves.flatMap((leaf) => (leaf.kind === 'facts' ? [leaf] : []))) }
}

const scanAtATime = 500

/** All that anything was read off, or will be: nothing was of a route that had no gatherers. */
function* recordsOf(route: string, since: Micros, { rows, uses }: RegatherParts): Generator<Known> {
  const gathers = (uses.get(route) ?? []).length > 0
  for (let seq = 0; ;) {
    const leaves = rows.leavesAfter(seq, scanAtATime)
    for (const { leaf } of leaves) {
      if (leaf.kind !== 'exchange' || leaf.phase !== 'closing') continue
      if (leaf.route !== route || leaf.endedAt < since || (leaf.gatherers.length === 0 && !gathers)) continue
      const known = knownOf(leaf.id, rows)
      if (known !== undefined) yield known
    }
    const last = leaves.at(-1)
    if (last === undefined) return
    seq = last.seq
  }
}
