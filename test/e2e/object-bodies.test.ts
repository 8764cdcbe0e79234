// What passes through an object store is hashed and not kept, whatever its size: the ring has documents only.
import { expect } from 'chai'
import { createHash, randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { StoredExchange } from '../../lineage/ports.js'
import { keptCaptures } from '../../recorder/capture-ring.js'
import { startWaybill, type TestWaybill } from '../support/waybill.js'

const configuration = (url: string) => `
services: { store: { kind: s3, url: '${url}' } }
routes: [{ name: store, match: { path: /* }, service: store }]
`

const hash = (name: 'md5' | 'sha256', bytes: Uint8Array) => createHash(name).update(bytes).digest('hex')

function framed(content: Buffer): Buffer {
  const pieces = [content.subarray(0, content.length >> 1), content.subarray(content.length >> 1)]
  const frames = pieces.flatMap((piece) => [`${piece.length.toString(16)}\r\n`, piece, '\r\n'])
  const all = [...frames, '0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n']
  return Buffer.concat(all.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)))
}

describe('bodies of objects', () => {
  const objects = new Map<string, Buffer>()
  let service: Server
  let waybill: TestWaybill

  before(async () => {
    // keeps what it is given; an object's ETag is the MD5 of what it holds
    service = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const path = request.url ?? ''
        if (request.method === 'POST') {
          response.setHeader('content-type', 'application/xml')
          response.end('<DeleteResult><Deleted><Key>gone</Key></Deleted></DeleteResult>')
          return
        }
        if (request.method === 'PUT') objects.set(path, Buffer.concat(chunks))
        const object = objects.get(path) ?? Buffer.alloc(0)
        response.setHeader('etag', `"${hash('md5', object)}"`)
        response.setHeader('content-type', 'application/xml')
        response.end(request.method === 'GET' ? object : undefined)
      })
    })
    await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
    waybill = await startWaybill(configuration(`http://127.0.0.1:${(service.address() as AddressInfo).port}`))
  })
  after(async () => {
    await waybill.stop()
    service.close()
  })

  async function send(method: string, path: string, body?: Buffer, headers: Record<string, string> = {}) {
    const init = body === undefined ? {} : { body: new Uint8Array(body) }
    const response = await fetch(`${waybill.url}${path}`, { method, headers, ...init })
    const answer = Buffer.from(await response.arrayBuffer())
    await waybill.settled()
    const stored = await waybill.query<StoredExchange>(
      `/v1/exchanges/${response.headers.get('waybill-exchange') ?? ''}`,
    )
    return { answer, stored }
  }

  const entityOf = ({ facts }: StoredExchange) =>
    facts
      .flatMap(({ gathered }) => gathered.flatMap((one) => one.facts))
      .flatMap((fact) => (fact.kind === 'generated' || fact.kind === 'used' ? [fact.entity] : []))[0]

  const kept = ({ record }: StoredExchange) =>
    [...keptCaptures(waybill.data)].find(({ head }) => head.exchange === record.id)

  for (const [size, bytes] of [
    ['5 MiB', 5 << 20],
    ['1 KiB', 1024],
  ] as const) {
    it(`are not kept of a PUT and a GET of ${size}, and the digest comes out`, async () => {
      const object = randomBytes(bytes)
      const put = await send('PUT', `/lake/${bytes}`, object, { 'content-type': 'application/xml' })
      expect(entityOf(put.stored)).to.include({
        version: hash('md5', object),
        digest: `sha256:${hash('sha256', object)}`,
      })
      const capture = kept(put.stored)
      expect([capture?.request.length, capture?.response.length]).to.deep.equal([0, 0])
      expect(capture?.head.request).to.deep.include({ total: bytes, length: 0, truncated: true })
      const get = await send('GET', `/lake/${bytes}`)
      expect(get.answer.equals(object)).to.equal(true)
      expect(entityOf(get.stored)).to.include({ version: hash('md5', object) })
      expect(kept(get.stored)).to.equal(undefined)
    })

    it(`have the digest of their content where ${size} come in frames`, async () => {
      const content = randomBytes(bytes)
      const { stored } = await send('PUT', `/lake/framed-${bytes}`, framed(content), {
        'content-encoding': 'aws-chunked',
        'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
        'x-amz-decoded-content-length': `${bytes}`,
      })
      expect(entityOf(stored)).to.include({ digest: `sha256:${hash('sha256', content)}` })
      expect(kept(stored)?.request.length).to.equal(0)
    })
  }

  it('are told from documents, which are kept and read', async () => {
    const body = Buffer.from('<Delete><Object><Key>gone</Key></Object></Delete>')
    const { stored } = await send('POST', '/lake?delete', body)
    const capture = kept(stored)
    expect(Buffer.from(capture?.request ?? []).equals(body)).to.equal(true)
    expect(Buffer.from(capture?.response ?? []).toString()).to.include('<Deleted>')
  })

  it('are not needed to gather again', async () => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' } }
    const asked = JSON.stringify({ route: 'store', since: '2020-01-01T00:00:00Z' })
    const response = await fetch(new URL('/v1/regather', waybill.controlUrl), { ...init, body: asked })
    expect(await response.json()).to.include({ changed: 0, missing: 0 })
  })
})
