import { expect } from 'chai'
import { createHash } from 'node:crypto'
import { request } from 'undici'
import type { BodyCondition, BodyNeeds } from '../../../core/exchange.js'
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

  it('copy only bodies that meet a condition: of the request by its head, of the answer by its own', async () => {
    const upstream = await startUpstream((incoming, response) => {
      incoming.resume()
      incoming.on('end', () => {
        response.setHeader('content-type', incoming.headers['content-type'] ?? '')
        response.end('answer')
      })
    })
    const needs = (when: BodyCondition): BodyNeeds => ({
      bytes: 0,
      digests: [],
      some: [{ when, bytes: 4, digests: [] }],
    })
    const tap = { request: needs({ methods: ['PUT'], query: ['delete'] }), response: needs({ types: ['text/xml'] }) }
    const gateway = await startGateway([routeTo(upstream.port, { mode: 'async', tap })])
    const sent = [
      ['PUT', '/k?delete', 'text/xml; charset=utf-8'],
      ['PUT', '/k?undelete', 'text/plain'],
      ['POST', '/k?delete', 'text/xml'],
    ] as const
    for (const [method, path, type] of sent) {
      const got = await request(`${gateway.url}${path}`, {
        method,
        body: 'question',
        headers: { 'content-type': type },
      })
      expect(await got.body.text()).to.equal('answer')
    }
    await gateway.close()
    await upstream.close()
    const copied = gateway.recorder.closed.map(({ capture }) =>
      [capture.request, capture.response].map(({ bytes, total }) => `${Buffer.from(bytes).toString()} of ${total}`),
    )
    expect(copied).to.deep.equal([
      ['ques of 8', 'answ of 6'],
      [' of 8', ' of 6'],
      [' of 8', 'answ of 6'],
    ])
  })
})
