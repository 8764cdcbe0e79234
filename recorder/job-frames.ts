// Jobs as they cross to a gatherer worker: one buffer a batch, for each job a head of numbers, its record's text and its two
// bodies. Nothing but the buffer is cloned. Copies; never keeps a view into what it was given.
import type { BodyCapture } from '../core/exchange.js'
import type { Job, JobBody } from './gather-protocol.js'

/** A job before it is packed. */
export interface PackedJob {
  readonly serial: number
  /** canonical JSON of the record */
  readonly record: string
  readonly request: FramedBody
  readonly response: FramedBody
  readonly headsOnly: boolean
}

export interface FramedBody extends BodyCapture {
  /** its pieces could not all be hashed */
  readonly digestSkipped: boolean
}

/** serial, flags, lengths of record, request and response, totals of request and response */
const headBytes = 5 * 4 + 2 * 8
const flag = { headsOnly: 1, ascii: 2, requestCut: 4, responseCut: 8, requestSkipped: 16, responseSkipped: 32 } as const

export function packJobs(jobs: readonly PackedJob[]): Uint8Array<ArrayBuffer> {
  let room = 0
  for (const { record, request, response } of jobs) {
    room += headBytes + record.length + request.bytes.length + response.bytes.length
  }
  let buffer = Buffer.allocUnsafeSlow(room)
  let at = 0
  for (const job of jobs) {
    const { record, request, response } = job
    // A unit of UTF-16 may take three bytes; ASCII, the usual case, fits the first guess.
    const more = Buffer.byteLength(record) - record.length
    if (more > 0) buffer = longer(buffer, more)
    const length = buffer.write(record, at + headBytes)
    putHead(job, length, { buffer, at })
    at += headBytes + length
    buffer.set(request.bytes, at)
    buffer.set(response.bytes, at + request.bytes.length)
    at += request.bytes.length + response.bytes.length
  }
  return new Uint8Array(buffer.buffer, 0, at)
}

interface Place {
  readonly buffer: Buffer
  readonly at: number
}

function putHead({ serial, record, request, response, headsOnly }: PackedJob, length: number, { buffer, at }: Place) {
  const flags =
    (headsOnly ? flag.headsOnly : 0) |
    (length === record.length ? flag.ascii : 0) |
    (request.truncated ? flag.requestCut : 0) |
    (response.truncated ? flag.responseCut : 0) |
    (request.digestSkipped ? flag.requestSkipped : 0) |
    (response.digestSkipped ? flag.responseSkipped : 0)
  buffer.writeUInt32LE(serial, at)
  buffer.writeUInt32LE(flags, at + 4)
  buffer.writeUInt32LE(length, at + 8)
  buffer.writeUInt32LE(request.bytes.length, at + 12)
  buffer.writeUInt32LE(response.bytes.length, at + 16)
  buffer.writeDoubleLE(request.total, at + 20)
  buffer.writeDoubleLE(response.total, at + 28)
}

function longer(buffer: Buffer<ArrayBuffer>, more: number): Buffer<ArrayBuffer> {
  const bigger = Buffer.allocUnsafeSlow(buffer.length + more)
  buffer.copy(bigger)
  return bigger
}

/** The jobs of a packed batch; their bodies are views into it. */
export function* unpackJobs(bytes: Uint8Array): Generator<Job> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at < buffer.length;) {
    const flags = buffer.readUInt32LE(at + 4)
    const body = at + headBytes + buffer.readUInt32LE(at + 8)
    const middle = body + buffer.readUInt32LE(at + 12)
    const end = middle + buffer.readUInt32LE(at + 16)
    yield {
      serial: buffer.readUInt32LE(at),
      record: buffer.toString((flags & flag.ascii) === 0 ? 'utf8' : 'latin1', at + headBytes, body),
      request: bodyAt(buffer.subarray(body, middle), buffer.readDoubleLE(at + 20), [
        (flags & flag.requestCut) !== 0,
        (flags & flag.requestSkipped) !== 0,
      ]),
      response: bodyAt(buffer.subarray(middle, end), buffer.readDoubleLE(at + 28), [
        (flags & flag.responseCut) !== 0,
        (flags & flag.responseSkipped) !== 0,
      ]),
      headsOnly: (flags & flag.headsOnly) !== 0,
    }
    at = end
  }
}

function bodyAt(bytes: Uint8Array, total: number, [truncated, digestSkipped]: readonly [boolean, boolean]): JobBody {
  return { bytes, total, truncated, digestSkipped }
}
