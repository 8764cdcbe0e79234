// A gatherer worker: redacts captured bodies, runs the routes' gatherers, keeps captures in the ring and sends facts straight
// to the ledger thread. The only thread in which foreign gatherer code runs; it may hang or die here and nowhere else.
import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { canonicalJson } from '../core/canonical-json.js'
import { systemClock } from '../core/clock.js'
import { createRests, type Rests } from '../core/processor-share.js'
import { shrinkWhenQuiet } from '../core/quiet-heap.js'
import { yieldProcessor } from '../core/thread-priority.js'
import { digestsOf } from '../core/body-needs.js'
import { noTap, type DigestName, type ExchangeRecord, type TapPlan } from '../core/exchange.js'
import { createRecordUnpacker, type UnpackRecord } from '../core/packed-record.js'
import type { BodySide } from '../core/recorder-port.js'
import type { BodyDigests } from '../gatherers/bodies/body-hash.js'
import { needsOfAll } from '../gatherers/compile.js'
import type { FactsLeaf } from '../lineage/model/fact.js'
import { leafId } from '../lineage/model/leaf.js'
import { createBodyRedactor, type BodyRedactor } from './body-redaction.js'
import { openCaptureRing, type CaptureRing } from './capture-ring.js'
import { createDigests, type Digests } from './digests.js'
import { createGatherOutcomes, type GatherOutcomes } from './gather-outcomes.js'
import type { FromGatherer, GathererThreadOptions, Job, JobBody, SkippedUse, ToGatherer } from './gather-protocol.js'
import { bodyNeeds, gatherFrom, redactedBody, type RedactedBody } from './gathering.js'
import { unpackJobs } from './job-frames.js'
import { createLedgerPort, type LedgerPort } from './ledger-port.js'
import { importGatherers, runnableUses, type RunnableUse } from './route-gatherers.js'

interface Parts {
  readonly port: MessagePort
  readonly routes: ReadonlyMap<string, RoutePlan>
  readonly unpack: UnpackRecord
  readonly redactor: BodyRedactor
  readonly digests: Digests
  readonly ring: CaptureRing
  readonly ledger: LedgerPort
  readonly progress: Int32Array
  /** a use is about to run */
  readonly onUse: (use: number) => void
  readonly outcome: GatherOutcomes
  readonly rests: Rests
}

interface RoutePlan {
  readonly uses: readonly RunnableUse[]
  readonly needs: TapPlan
}

async function run(port: MessagePort, options: GathererThreadOptions): Promise<void> {
  const modules = await importGatherers(options.modules)
  const routes = new Map(options.routes.map((route) => [route.name, planOf(runnableUses(route, modules))]))
  const all = needsOfAll([...routes.values()])
  const progress = new Int32Array(options.progress)
  const parts: Parts = {
    port,
    routes,
    unpack: createRecordUnpacker(),
    redactor: createBodyRedactor(options.rules),
    digests: createDigests({ request: digestsOf(all.request), response: digestsOf(all.response) }),
    ring: openCaptureRing({
      dir: options.dir,
      ...options.captures,
      now: () => systemClock.now(),
      owner: options.owner,
    }),
    ledger: createLedgerPort(),
    progress,
    onUse: (use) => Atomics.store(progress, 1, use + 1),
    outcome: createGatherOutcomes(port),
    rests: createRests(options.share),
  }
  port.on('message', (message: ToGatherer) => onMessage(message, parts))
  port.postMessage({ kind: 'ready' } satisfies FromGatherer)
}

function planOf(uses: readonly RunnableUse[]): RoutePlan {
  return { uses, needs: needsOfAll(uses) }
}

function onMessage(message: ToGatherer, parts: Parts): void {
  switch (message.kind) {
    case 'jobs':
      workOff(message, parts)
      parts.port.postMessage({ kind: 'taken' } satisfies FromGatherer)
      return
    case 'chunk':
      parts.digests.update(message.exchange, message.side, message.bytes)
      parts.port.postMessage({ kind: 'hashed', bytes: message.bytes.length } satisfies FromGatherer)
      return
    case 'forget':
      parts.digests.forget(message.exchange)
      return
    case 'ledger':
      parts.ledger.use(message.port)
      return
    case 'close':
      parts.ring.close()
      process.exit(0)
      return
    default:
      message satisfies never
  }
}

function workOff({ memory, from, to, skips }: Extract<ToGatherer, { kind: 'jobs' }>, parts: Parts): void {
  const skipped = skips.length === 0 ? undefined : new Map(skips.map(({ serial, skip }) => [serial, skip]))
  const found: Found[] = []
  for (const job of unpackJobs(memory, from, to)) {
    Atomics.store(parts.progress, 1, 0)
    Atomics.store(parts.progress, 0, job.serial)
    const one = work(job, skipped?.get(job.serial) ?? nothingSkipped, parts)
    if (one !== undefined) found.push(one)
    Atomics.store(parts.progress, 0, 0)
    parts.rests.rest()
  }
  // The captures of a batch are written together, before any leaf says that they are kept.
  const unkept = parts.ring.flush()
  for (const { serial, leaf, patient } of found) {
    const lost = unkept !== undefined && leaf.capture !== null
    if (lost) parts.outcome.captureLost(leaf.route, unkept)
    const told = lost ? { ...leaf, capture: null } : leaf
    parts.ledger.add({ id: leafId(leaf), body: leafJson(told), patient }, (failure) => {
      if (failure === undefined) parts.outcome.stored(serial)
      else parts.outcome.failed(serial, failure)
    })
    parts.rests.rest()
  }
}

interface Found {
  readonly serial: number
  readonly leaf: FactsLeaf
  /** no client waits for these facts */
  readonly patient: boolean
}

const nothingSkipped: readonly SkippedUse[] = []
const noRoute: RoutePlan = { uses: [], needs: noTap }
const noDigests = {}

/** Undefined where its facts are not to be stored. */
function work(job: Job, skip: readonly SkippedUse[], parts: Parts): Found | undefined {
  const record = parts.unpack(job.record)
  const { uses, needs } = parts.routes.get(record.route) ?? noRoute
  const bodies = { request: bodyOf('request'), response: bodyOf('response') }
  const yields = gatherFrom({ record, uses, bodies, skip, onUse: parts.onUse })
  parts.outcome.yielded(record, yields)
  if (record.mode === 'shadow') {
    parts.outcome.stored(job.serial)
    return undefined
  }
  // Members in canonical order: its text is made without sorting them.
  const leaf: FactsLeaf = {
    capture: keep(record, bodies, parts.ring),
    exchange: record.id,
    gathered: yields,
    generation: 0,
    kind: 'facts',
    route: record.route,
    tenant: record.tenant,
  }
  return { serial: job.serial, leaf, patient: record.mode !== 'required' }

  function bodyOf(side: BodySide): RedactedBody {
    const body = job.headsOnly ? emptied(job[side]) : job[side]
    const { redactor } = parts
    const { bytes, digests } = bodyNeeds(needs, side, record)
    if (digests.length === 0) return redactedBody(side, record, body, { redactor, digests: noDigests })
    return redactedBody(side, record, cut(body, bytes), { redactor, digests: hashed(side, body, digests) })
  }

  function hashed(side: BodySide, body: JobBody, names: readonly DigestName[]): BodyDigests | undefined {
    const whole = body.truncated || job.headsOnly ? undefined : body.bytes
    const found = parts.digests.finish(record.id, side, { total: body.total, bytes: whole, names })
    return body.digestSkipped || body.cut === true ? undefined : found
  }
}

/** A gatherer may yield what JSON has no form for; then its facts are a gap. */
function leafJson(leaf: FactsLeaf): string {
  try {
    return canonicalJson(leaf)
  } catch {
    const gaps = [{ reason: 'gatherer-failed', about: 'its facts are no JSON' } as const]
    return canonicalJson({ ...leaf, gathered: leaf.gathered.map((one) => ({ ...one, facts: [], gaps })) })
  }
}

/** What was copied only to be hashed is not kept. */
function cut(body: JobBody, bytes: number): JobBody {
  return body.bytes.length <= bytes ? body : { ...body, bytes: body.bytes.subarray(0, bytes), truncated: true }
}

function emptied(body: JobBody): JobBody {
  return { ...body, bytes: new Uint8Array(0), truncated: body.total > 0 }
}

/** Digest of the capture; null where there is nothing to keep. */
function keep(
  record: ExchangeRecord,
  bodies: Readonly<Record<BodySide, RedactedBody>>,
  ring: CaptureRing,
): string | null {
  const { request, response } = bodies
  if (!worthKeeping(request) && !worthKeeping(response)) return null
  const head = {
    exchange: record.id,
    route: record.route,
    at: record.endedAt,
    request: request.kept,
    response: response.kept,
  }
  return ring.add(head, request.bytes, response.bytes)
}

/** A digest cannot be had again once the body has passed; that of nothing can. */
function worthKeeping({ bytes, kept }: RedactedBody): boolean {
  return bytes.length > 0 || (kept.total > 0 && Object.keys(kept.digests).length > 0)
}

if (parentPort !== null) {
  yieldProcessor('gatherer')
  shrinkWhenQuiet()
  await run(parentPort, workerData as GathererThreadOptions)
}
