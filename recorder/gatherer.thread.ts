// A gatherer worker: redacts captured bodies, runs the routes' gatherers, keeps captures in the ring and sends facts straight
// to the ledger thread. The only thread in which foreign gatherer code runs; it may hang or die here and nowhere else.
import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { canonicalJson } from '../core/canonical-json.js'
import { systemClock } from '../core/clock.js'
import { yieldProcessor } from '../core/thread-priority.js'
import type { ExchangeRecord } from '../core/exchange.js'
import type { BodySide } from '../core/recorder-port.js'
import type { FactsLeaf } from '../lineage/model/fact.js'
import { leafId } from '../lineage/model/leaf.js'
import { createBodyRedactor, type BodyRedactor } from './body-redaction.js'
import { openCaptureRing, type CaptureRing } from './capture-ring.js'
import { createDigests, type Digests } from './digests.js'
import { createGatherOutcomes, type GatherOutcomes } from './gather-outcomes.js'
import type { FromGatherer, GathererThreadOptions, Job, JobBody, ToGatherer } from './gather-protocol.js'
import { digestNames, gatherFrom, redactedBody, type RawBody, type RedactedBody } from './gathering.js'
import { createLedgerPort, type LedgerPort } from './ledger-port.js'
import { importGatherers, runnableUses, type RunnableUse } from './route-gatherers.js'

interface Parts {
  readonly port: MessagePort
  readonly routes: ReadonlyMap<string, readonly RunnableUse[]>
  readonly redactor: BodyRedactor
  readonly digests: Digests
  readonly ring: CaptureRing
  readonly ledger: LedgerPort
  readonly progress: Int32Array
  readonly outcome: GatherOutcomes
}

async function run(port: MessagePort, options: GathererThreadOptions): Promise<void> {
  const modules = await importGatherers(options.modules)
  const routes = new Map(options.routes.map((route) => [route.name, runnableUses(route, modules)]))
  const uses = [...routes.values()].flat()
  const parts: Parts = {
    port,
    routes,
    redactor: createBodyRedactor(options.rules),
    digests: createDigests({ request: digestNames(uses, 'request'), response: digestNames(uses, 'response') }),
    ring: openCaptureRing({
      dir: options.dir,
      ...options.captures,
      now: () => systemClock.now(),
      owner: options.owner,
    }),
    ledger: createLedgerPort(),
    progress: new Int32Array(options.progress),
    outcome: createGatherOutcomes(port),
  }
  port.on('message', (message: ToGatherer) => onMessage(message, parts))
  port.postMessage({ kind: 'ready' } satisfies FromGatherer)
}

function onMessage(message: ToGatherer, parts: Parts): void {
  switch (message.kind) {
    case 'jobs':
      workOff(message.jobs, message.bytes, parts)
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

function workOff(jobs: readonly Job[], bytes: Uint8Array, parts: Parts): void {
  let at = 0
  for (const job of jobs) {
    const middle = at + job.request.length
    const end = middle + job.response.length
    const raw = { request: bytes.subarray(at, middle), response: bytes.subarray(middle, end) }
    at = end
    Atomics.store(parts.progress, 1, 0)
    Atomics.store(parts.progress, 0, job.serial)
    work(job, raw, parts)
    Atomics.store(parts.progress, 0, 0)
  }
}

function work(job: Job, raw: Readonly<Record<BodySide, Uint8Array>>, parts: Parts): void {
  const record = JSON.parse(job.record) as ExchangeRecord
  const uses = parts.routes.get(job.route) ?? []
  const bodies = { request: bodyOf('request'), response: bodyOf('response') }
  const onUse = (use: number) => Atomics.store(parts.progress, 1, use + 1)
  const yields = gatherFrom({ record, uses, bodies, skip: job.skip, onUse })
  parts.outcome.yielded(record, yields)
  if (record.mode === 'shadow') {
    parts.outcome.stored(job.serial)
    return
  }
  const leaf: FactsLeaf = {
    kind: 'facts',
    exchange: record.id,
    route: record.route,
    generation: 0,
    tenant: record.tenant,
    capture: keep(record, bodies, parts.ring),
    gathered: yields,
  }
  parts.ledger.add(leafId(leaf), leafJson(leaf), (failure) => {
    if (failure === undefined) parts.outcome.stored(job.serial)
    else parts.outcome.failed(job.serial, failure)
  })

  function bodyOf(side: BodySide): RedactedBody {
    const body = job.headsOnly ? emptied(job[side]) : job[side]
    const captured: RawBody = { bytes: job.headsOnly ? new Uint8Array(0) : raw[side], ...sizes(body) }
    const names = digestNames(uses, side)
    return redactedBody(side, record, captured, {
      redactor: parts.redactor,
      digests: () => {
        const whole = captured.truncated || job.headsOnly ? undefined : captured.bytes
        const found = parts.digests.finish(record.id, side, { total: body.total, bytes: whole, names })
        return names.length === 0 ? {} : body.digestSkipped ? undefined : found
      },
    })
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

function emptied(body: JobBody): JobBody {
  return { ...body, length: 0, truncated: body.total > 0 }
}

function sizes({ total, truncated }: JobBody): { total: number; truncated: boolean } {
  return { total, truncated }
}

/** Digest of the capture; null where there is nothing to keep. */
function keep(
  record: ExchangeRecord,
  bodies: Readonly<Record<BodySide, RedactedBody>>,
  ring: CaptureRing,
): string | null {
  const { request, response } = bodies
  if (request.bytes.length === 0 && response.bytes.length === 0) return null
  const head = {
    exchange: record.id,
    route: record.route,
    at: record.endedAt,
    request: request.kept,
    response: response.kept,
  }
  return ring.append(head, request.bytes, response.bytes) ?? null
}

if (parentPort !== null) {
  yieldProcessor('gatherer')
  await run(parentPort, workerData as GathererThreadOptions)
}
