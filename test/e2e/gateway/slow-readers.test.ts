// Answers to clients that read slowly: every byte arrives as the service sent it, and the service is held up meanwhile.
import { expect } from 'chai'
import { createHash } from 'node:crypto'
import http from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { routeTo, startGateway, startUpstream } from '../../support/gateway.js'
import { until } from '../../support/until.js'

const piece = 100_000
const pieces = 400

/** Tells its place, so that no two pieces are alike. */
function pieceAt(at: number): Buffer {
  return Buffer.alloc(piece, `${at} `)
}

for (const mode of ['off', 'async', 'durable'] as const) {
  for (const framing of ['chunked', 'length'] as const) {
    it(`a slow reader of a ${framing} body gets it whole, recording ${mode}, and holds the service up`, async () => {
      let sent = 0
      const upstream = await startUpstream((_request, response) => {
        if (framing === 'length') response.setHeader('content-length', piece * pieces)
        const more = () => {
          while (sent < pieces) if (!response.write(pieceAt(sent++))) return
          response.end()
        }
        response.on('drain', more)
        more()
      })
      const gateway = await startGateway([routeTo(upstream.port, { mode })])
      const expected = createHash('sha256')
      for (let at = 0; at < pieces; at++) expected.update(pieceAt(at))

      const hash = createHash('sha256')
      const response = await new Promise<http.IncomingMessage>((resolve) => {
        http.get({ port: gateway.port, host: '127.0.0.1', agent: false }, resolve)
      })
      response.pause()
      let before = -1
      while (before !== sent) {
        before = sent
        await wait(100)
      }
      expect(sent).to.be.lessThan(pieces)
      for await (const chunk of response) hash.update(chunk as Buffer)
      expect(hash.digest('hex')).to.equal(expected.digest('hex'))
      await gateway.close()
      await upstream.close()
    })
  }
}

it('a body whose pieces come one by one holds its service up too where the last one is held back', async () => {
  const mebi = 1024 * 1024
  const bytes = Buffer.alloc(100_000, 'x')
  let sent = 0
  let stuck = false
  let whole = false
  const upstream = await startUpstream((_request, response) => {
    const drip = setInterval(() => {
      // longer than a piece is held back
      stuck = response.writableLength > mebi
      if (!stuck && !whole) response.write(bytes, () => (sent += bytes.length))
      if (whole) {
        clearInterval(drip)
        response.end()
      }
    }, 25)
    response.on('close', () => clearInterval(drip))
  })
  const gateway = await startGateway([routeTo(upstream.port, { mode: 'durable' })])
  const response = await new Promise<http.IncomingMessage>((resolve) => {
    http.get({ port: gateway.port, host: '127.0.0.1', agent: false }, resolve)
  })
  response.pause()
  await until(() => stuck || sent > 40 * mebi)
  expect(stuck).to.equal(true)
  whole = true
  let got = 0
  for await (const chunk of response) got += (chunk as Buffer).length
  expect(got).to.equal(sent)
  await gateway.close()
  await upstream.close()
})
