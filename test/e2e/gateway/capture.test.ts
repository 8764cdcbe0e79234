import { expect } from 'chai'
import { createHash } from 'node:crypto'
import { request } from 'undici'
import { routeTo, startGateway, startUpstream } from '../../support/gateway.js'
import { proveCapture } from '../../support/capture-proof.js'

describe('taps', () => {
  it('capture what passes: 2,000 bodies, 256 at a time, each with its own digest for an answer', () =>
    proveCapture(2_000)).timeout(120_000)

  it('keep the first bytes of longer bodies, and hand whole ones over where a digest is asked for', async () => {
    const answer = Buffer.alloc(300_000, 'answer ')
    const upstream = await startUpstream((incoming, response) => {
      incoming.resume()
      incoming.on('end', () => response.end(answer))
    })
    const tap = {
      request: { bytes: 100, digests: ['sha256' as const] },
      response: { bytes: 1_000, digests: [] },
    }
    const gateway = await startGateway([routeTo(upstream.port, { mode: 'durable', tap })])
    const body = Buffer.alloc(500_000, 'question ')
    const got = await request(gateway.url, { method: 'POST', body })
    expect(Buffer.from(await got.body.arrayBuffer()).equals(answer)).to.equal(true)
    const { recorder } = gateway
    const capture = recorder.closed[0]?.capture
    expect(Buffer.from(capture?.request.bytes ?? []).equals(body.subarray(0, 100))).to.equal(true)
    expect(Buffer.from(capture?.response.bytes ?? []).equals(answer.subarray(0, 1_000))).to.equal(true)
    expect(capture?.request).to.include({ total: body.length, truncated: true })
    expect(capture?.response).to.include({ total: answer.length, truncated: true })
    const hash = createHash('sha256')
    for (const { bytes, side } of recorder.chunks) {
      expect(side).to.equal('request')
      hash.update(bytes)
    }
    expect(hash.digest('hex')).to.equal(createHash('sha256').update(body).digest('hex'))
    await gateway.close()
    await upstream.close()
  })
})
