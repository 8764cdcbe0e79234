// captures/: redacted captures in a bounded ring of segment files, the oldest of which goes when the ring is full or its
// captures are too old. A capture is found by its exchange and known by the SHA-256 that its facts carry. Nobody waits for one to be
// on disk: a lost capture costs a later regather, never a fact.
import { hash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fdatasyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import type { DigestName } from '../core/exchange.js'
import type { ExchangeId, Micros } from '../core/ids.js'
import { writeAll } from '../core/write-all.js'
import type { GathererGap } from '../lineage/model/fact.js'

/** One body as it is kept; `bytes` lie behind the head, request first. */
export interface KeptBody {
  readonly length: number
  readonly total: number
  /** whether `bytes` are not all that passed */
  readonly truncated: boolean
  /** why nothing of it is kept though it was not cut: redaction can't read it */
  readonly withheld?: GathererGap
  /** null where the bytes are not coded (any more) */
  readonly contentEncoding: string | null
  readonly digests: Readonly<Partial<Record<DigestName, string>>>
}

export interface CaptureHead {
  readonly exchange: ExchangeId
  readonly route: string
  /** when the exchange ended */
  readonly at: Micros
  readonly request: KeptBody
  readonly response: KeptBody
}

export interface KeptCapture {
  readonly head: CaptureHead
  readonly request: Uint8Array
  readonly response: Uint8Array
  /** `sha256:<hex>` of head and bytes */
  readonly digest: string
}

export interface CaptureRing {
  /** Takes it for the next `flush`; gives its digest. */
  add(head: CaptureHead, request: Uint8Array, response: Uint8Array): string
  /** Writes what was added, in one piece. Where it could not be written, the error's code: then none of it is kept. */
  flush(): string | undefined
  close(): void
}

const magic = 0x57424331
/** magic, length of the head, length of the bytes; then their SHA-256 */
const prefixBytes = 12 + 32
/** What waits for `flush`: room at the start, and what is kept for the next batch at most. */
const stageBytes = 256 * 1024
const stagedAtMost = 4 * 1024 * 1024
/** Synced after so many: the system would write half a minute of them at once, and each commit of the ledger wait for that. */
const unsyncedAtMost = 256 * 1024
const segmentShape = /^(\d+)-[0-9a-z]+\.captures$/

export interface RingOptions {
  readonly dir: string
  /** milliseconds */
  readonly keep: number
  /** bytes */
  readonly max: number
  readonly now: () => Micros
  /** tells segments of several workers apart; lower-case letters and digits */
  readonly owner: string
}

export function openCaptureRing(options: RingOptions): CaptureRing {
  const folder = join(options.dir, 'captures')
  const segmentBytes = Math.max(64 * 1024, Math.min(64 * 1024 * 1024, Math.floor(options.max / 8)))
  const segmentMicros = options.keep * 125
  let segment: { readonly fd: number; readonly since: Micros } | undefined
  let size = 0
  let unsynced = 0

  const end = (): void => {
    if (segment !== undefined) closeSync(segment.fd)
    segment = undefined
  }
  const rotate = (now: Micros): number => {
    end()
    // Each time: without it no capture is kept, and somebody may have taken it away.
    mkdirSync(folder, { recursive: true })
    trim(folder, options, segmentBytes, now)
    segment = { fd: openSync(join(folder, `${now}-${options.owner}.captures`), 'ax', 0o600), since: now }
    size = 0
    return segment.fd
  }

  let staged = Buffer.allocUnsafeSlow(stageBytes)
  let used = 0
  let failed: string | undefined

  const write = (): string | undefined => {
    try {
      const now = options.now()
      const full = segment === undefined || size >= segmentBytes || now - segment.since > segmentMicros
      const fd = segment === undefined || full ? rotate(now) : segment.fd
      writeAll(fd, staged.subarray(0, used))
      size += used
      unsynced += used
      if (unsynced >= unsyncedAtMost) {
        unsynced = 0
        fdatasyncSync(fd)
      }
      return undefined
    } catch (thrown) {
      // What follows a torn entry could not be read.
      end()
      return (thrown as NodeJS.ErrnoException).code ?? 'unknown'
    }
  }

  return {
    add: (head, request, response) => {
      const text = JSON.stringify(head)
      const most = prefixBytes + text.length * 3 + request.length + response.length
      // A segment is not to grow past its size by a whole batch.
      if (used > 0 && size + used + most > segmentBytes) {
        failed = write() ?? failed
        used = 0
      }
      if (staged.length - used < most) staged = grown(staged, used, most)
      const entry = putEntry({ text, request, response }, staged, used)
      used += entry.length
      return entry.digest
    },
    flush: () => {
      const failure = (used === 0 ? undefined : write()) ?? failed
      used = 0
      failed = undefined
      if (staged.length > stagedAtMost) staged = Buffer.allocUnsafeSlow(stageBytes)
      return failure
    },
    close: end,
  }
}

/** Every capture that is kept, oldest segment first; `since` leaves out segments that ended before it. */
export function* keptCaptures(dir: string, since: Micros = 0 as Micros): Generator<KeptCapture> {
  const folder = join(dir, 'captures')
  for (const { name, last } of segmentsIn(folder)) {
    if (last >= since) yield* readSegment(join(folder, name))
  }
}

/** The newest capture of an exchange. */
export function captureOf(dir: string, exchange: ExchangeId): KeptCapture | undefined {
  let found: KeptCapture | undefined
  for (const capture of keptCaptures(dir)) if (capture.head.exchange === exchange) found = capture
  return found
}

interface Entry {
  /** JSON of the head */
  readonly text: string
  readonly request: Uint8Array
  readonly response: Uint8Array
}

/** Writes it into `into`, where there is room for it. */
function putEntry({ text, request, response }: Entry, into: Buffer, at: number): { length: number; digest: string } {
  const start = at + prefixBytes
  const headLength = into.write(text, start)
  into.set(request, start + headLength)
  into.set(response, start + headLength + request.length)
  const end = start + headLength + request.length + response.length
  const sum = hash('sha256', into.subarray(start, end), 'hex')
  into.writeUInt32LE(magic, at)
  into.writeUInt32LE(headLength, at + 4)
  into.writeUInt32LE(request.length + response.length, at + 8)
  into.write(sum, at + 12, 'hex')
  return { length: end - at, digest: `sha256:${sum}` }
}

function grown(buffer: Buffer<ArrayBuffer>, used: number, more: number): Buffer<ArrayBuffer> {
  const bigger = Buffer.allocUnsafeSlow(Math.max(buffer.length * 2, used + more))
  buffer.copy(bigger, 0, 0, used)
  return bigger
}

function* readSegment(file: string): Generator<KeptCapture> {
  const fd = openSync(file, 'r')
  try {
    const { size } = statSync(file)
    for (let at = 0; at + prefixBytes <= size;) {
      const prefix = readAt(fd, at, prefixBytes)
      const headLength = prefix.readUInt32LE(4)
      const length = headLength + prefix.readUInt32LE(8)
      if (prefix.readUInt32LE(0) !== magic || at + prefixBytes + length > size) return
      const payload = readAt(fd, at + prefixBytes, length)
      at += prefixBytes + length
      const sum = hash('sha256', payload, 'hex')
      if (sum !== prefix.toString('hex', 12)) return
      const head = JSON.parse(payload.toString('utf8', 0, headLength)) as CaptureHead
      const middle = headLength + head.request.length
      yield {
        head,
        request: payload.subarray(headLength, middle),
        response: payload.subarray(middle),
        digest: `sha256:${sum}`,
      }
    }
  } finally {
    closeSync(fd)
  }
}

function readAt(fd: number, position: number, length: number): Buffer {
  const buffer = Buffer.alloc(length)
  readSync(fd, buffer, 0, length, position)
  return buffer
}

interface Segment {
  readonly name: string
  /** when it was last written, microseconds */
  readonly last: number
  readonly size: number
}

/** None where the folder is gone: then nothing is kept. */
function segmentsIn(folder: string): Segment[] {
  if (!existsSync(folder)) return []
  const names = readdirSync(folder).filter((name) => segmentShape.test(name))
  const byStart = names.sort((one, other) => Number(one.split('-')[0]) - Number(other.split('-')[0]))
  return byStart.map((name) => {
    const { mtimeMs, size } = statSync(join(folder, name))
    return { name, last: mtimeMs * 1000, size }
  })
}

/** Makes room for a new segment. */
function trim(folder: string, { keep, max }: RingOptions, segmentBytes: number, now: Micros): void {
  const segments = segmentsIn(folder)
  let total = segments.reduce((sum, { size }) => sum + size, segmentBytes)
  for (const { name, last, size } of segments) {
    const old = last < now - keep * 1000
    if (!old && total <= max) return
    rmSync(join(folder, name), { force: true })
    total -= size
  }
}
