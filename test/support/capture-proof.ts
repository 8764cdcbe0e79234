// The proof that taps copy what passes: many POSTs at once with random bodies, whose answer is the body's own digest. What
// was captured must be what the upstream got, and nobody may have counted anything else.
import { expect } from 'chai'
import { createHash, randomBytes, randomInt } from 'node:crypto'
import { Readable } from 'node:stream'
import { Pool } from 'undici'
import type { BodyNeeds } from '../../core/exchange.js'
import { routeTo, startGateway, startUpstream } from './gateway.js'

const captureLimit = 16 * 1024
const atOnce = 256

export async function proveCapture(count: number): Promise<void> {
  const upstream = await startUpstream((request, response) => {
    const hash = createHash('sha256')
    request.on('data', (chunk: Buffer) => hash.update(chunk))
    request.on('end', () => response.end(hash.digest('hex')))
  })
  const needs: BodyNeeds = { bytes: captureLimit, digests: ['sha256'] }
  const route = { mode: 'durable' as const, tap: { request: needs, response: needs }, service: { connections: atOnce } }
  const gateway = await startGateway([routeTo(upstream.port, route)])
  const pool = new Pool(gateway.url, { connections: atOnce })
  const { recorder } = gateway
  let sent = 0
  let statuses = 0
  let checked = 0
  const check = () => {
    for (const { record, capture } of recorder.closed.splice(0)) {
      const digest = createHash('sha256').update(capture.request.bytes).digest('hex')
      if (Buffer.from(capture.response.bytes).toString() !== digest) throw new Error(`exchange ${record.id} differs`)
      if (capture.request.truncated || record.outcome !== 'complete')
        throw new Error(`exchange ${record.id} is not whole`)
      checked++
    }
  }
  const one = async () => {
    while (sent < count) {
      const number = sent++
      const body = randomBytes(randomInt(1, captureLimit))
      // every third one of unknown length
      const whole = number % 3 === 0 ? Readable.from(pieces(body)) : body
      const answer = await pool.request({ method: 'POST', path: '/digest', body: whole })
      const text = await answer.body.text()
      if (answer.statusCode !== 200) statuses++
      if (text !== createHash('sha256').update(body).digest('hex')) throw new Error(`answer ${number} differs`)
      if (number % 1_000 === 0) check()
    }
  }
  try {
    await Promise.all(Array.from({ length: atOnce }, one))
    check()
    expect({ statuses, upstream: upstream.count(), records: checked }).to.deep.equal({
      statuses: 0,
      upstream: count,
      records: count,
    })
    expect([recorder.intents.length, recorder.abandoned.length, recorder.chunks.length]).to.deep.equal([count, 0, 0])
  } finally {
    await pool.destroy()
    await gateway.close()
    await upstream.close()
  }
}

function* pieces(body: Buffer): Generator<Buffer> {
  const cut = body.length >> 1
  if (cut > 0) yield body.subarray(0, cut)
  yield body.subarray(cut)
}
