// Jobs as they wait for a gatherer worker and cross to it: frames of memory that threads share, for each job a head of
// numbers, its record's text (which the ledger thread may read too) and its two bodies. What waits is bytes outside the heap, so
// that a long queue costs no collection of garbage. Copies what it is given; knows nothing of who works on it.
import type { Capture } from '../core/exchange.js'
import type { BodySide } from '../core/recorder-port.js'
import type { Job, JobBody } from './gather-protocol.js'

/** A job before it is put into a frame. */
export interface FramedJob {
  /** the record, packed (core/packed-record.ts) */
  readonly record: string
  readonly capture: Capture
  /** sides whose pieces could not all be hashed */
  readonly digestSkipped: ReadonlySet<BodySide> | undefined
}

/** serial, flags, lengths of record, request and response, totals of request and response */
const headBytes = 5 * 4 + 2 * 8
const flag = {
  headsOnly: 1,
  ascii: 2,
  requestCut: 4,
  responseCut: 8,
  requestSkipped: 16,
  responseSkipped: 32,
  finished: 64,
  requestEndless: 128,
  responseEndless: 256,
} as const

/**
 * Bodies, and with them the next job, begin at whole words: V8 copies to and from shared memory by words where both sides lie so, else
 * byte by byte.
 */
const word = 8
const paddingAtMost = 3 * (word - 1)

/** A frame of the usual size; a job that is longer gets one for itself. */
export const frameBytes = 512 * 1024

export class JobFrame {
  readonly memory: SharedArrayBuffer
  /** bytes written */
  used = 0
  private readonly buffer: Buffer
  private readonly view: DataView
  private readonly starts: number[] = []

  constructor(bytes: number = frameBytes) {
    this.memory = new SharedArrayBuffer(bytes)
    this.buffer = Buffer.from(this.memory)
    this.view = new DataView(this.memory)
  }

  /** False where it finds no room. */
  put(serial: number, job: FramedJob): boolean {
    const { buffer, view, used } = this
    const { record, capture } = job
    const { request, response } = capture
    const bodies = request.bytes.length + response.bytes.length
    const room = buffer.length - used - headBytes - bodies - paddingAtMost
    // A unit of UTF-16 takes three bytes at most; where that does not fit, it is counted.
    if (record.length * 3 > room && Buffer.byteLength(record) > room) return false
    const start = used + headBytes
    const length = buffer.write(record, start)
    view.setUint32(used, serial, true)
    view.setUint32(used + 4, flagsOf(job) | (length === record.length ? flag.ascii : 0), true)
    view.setUint32(used + 8, length, true)
    view.setUint32(used + 12, request.bytes.length, true)
    view.setUint32(used + 16, response.bytes.length, true)
    view.setFloat64(used + 20, request.total, true)
    view.setFloat64(used + 28, response.total, true)
    const body = wholeWords(start + length)
    const middle = wholeWords(body + request.bytes.length)
    buffer.set(request.bytes, body)
    buffer.set(response.bytes, middle)
    this.starts.push(used)
    this.used = wholeWords(middle + response.bytes.length)
    return true
  }

  /** It is done: not to be worked on again. */
  finish(index: number): void {
    this.mark(index, flag.finished)
  }

  isFinished(index: number): boolean {
    return (this.flags(index) & flag.finished) !== 0
  }

  /** Its bodies are not to be read. */
  headsOnly(index: number): void {
    this.mark(index, flag.headsOnly)
  }

  /** Whether `headsOnly` was called for it. */
  isHeadsOnly(index: number): boolean {
    return (this.flags(index) & flag.headsOnly) !== 0
  }

  /** its record, packed */
  recordOf(index: number): string {
    return textOf(this.buffer, this.startOf(index))
  }

  /** where its record begins, and how many bytes it has */
  recordFrom(index: number): number {
    return this.startOf(index) + headBytes
  }

  recordBytes(index: number): number {
    return this.view.getUint32(this.startOf(index) + 8, true)
  }

  startOf(index: number): number {
    return this.starts[index] ?? this.used
  }

  clear(): void {
    this.used = 0
    this.starts.length = 0
  }

  private flags(index: number): number {
    return this.view.getUint32(this.startOf(index) + 4, true)
  }

  private mark(index: number, bit: number): void {
    this.view.setUint32(this.startOf(index) + 4, this.flags(index) | bit, true)
  }
}

/** How long a frame has to be for it. */
export function lengthOf({ record, capture }: FramedJob): number {
  const bodies = capture.request.bytes.length + capture.response.bytes.length
  return headBytes + Buffer.byteLength(record) + bodies + paddingAtMost
}

function wholeWords(bytes: number): number {
  return bytes + (-bytes & (word - 1))
}

function flagsOf({ capture, digestSkipped }: FramedJob): number {
  return (
    (capture.request.truncated ? flag.requestCut : 0) |
    (capture.response.truncated ? flag.responseCut : 0) |
    (digestSkipped?.has('request') === true ? flag.requestSkipped : 0) |
    (digestSkipped?.has('response') === true ? flag.responseSkipped : 0) |
    (capture.request.cut === true ? flag.requestEndless : 0) |
    (capture.response.cut === true ? flag.responseEndless : 0)
  )
}

function textOf(buffer: Buffer, at: number): string {
  const ascii = (buffer.readUInt32LE(at + 4) & flag.ascii) !== 0
  const start = at + headBytes
  return buffer.toString(ascii ? 'latin1' : 'utf8', start, start + buffer.readUInt32LE(at + 8))
}

/** The jobs that lie between `from` and `to` and are not done; bodies are views into a copy of their own. */
export function* unpackJobs(memory: SharedArrayBuffer, from: number, to: number): Generator<Job> {
  // Copied, since the memory is used again, and what foreign code keeps of a body must stay what it was.
  const buffer = Buffer.from(Buffer.from(memory, from, to - from))
  for (let at = 0; at < buffer.length;) {
    const flags = buffer.readUInt32LE(at + 4)
    const body = wholeWords(at + headBytes + buffer.readUInt32LE(at + 8))
    const requestEnd = body + buffer.readUInt32LE(at + 12)
    const middle = wholeWords(requestEnd)
    const end = middle + buffer.readUInt32LE(at + 16)
    if ((flags & flag.finished) === 0) {
      yield {
        serial: buffer.readUInt32LE(at),
        record: textOf(buffer, at),
        request: bodyAt(buffer.subarray(body, requestEnd), buffer.readDoubleLE(at + 20), [
          (flags & flag.requestCut) !== 0,
          (flags & flag.requestSkipped) !== 0,
          (flags & flag.requestEndless) !== 0,
        ]),
        response: bodyAt(buffer.subarray(middle, end), buffer.readDoubleLE(at + 28), [
          (flags & flag.responseCut) !== 0,
          (flags & flag.responseSkipped) !== 0,
          (flags & flag.responseEndless) !== 0,
        ]),
        headsOnly: (flags & flag.headsOnly) !== 0,
      }
    }
    at = wholeWords(end)
  }
}

function bodyAt(
  bytes: Uint8Array,
  total: number,
  [truncated, digestSkipped, cut]: readonly [boolean, boolean, boolean],
): JobBody {
  return { bytes, total, truncated, digestSkipped, cut }
}
