import { expect } from 'chai'
import http from 'node:http'
import type { RecordingMode } from '../../../core/exchange.js'
import { routeTo, startGateway, startUpstream, type TestGateway, type TestUpstream } from '../../support/gateway.js'

interface Answered {
  readonly status: number
  readonly fields: readonly string[]
  readonly body: Buffer
  readonly trailers: readonly string[]
  readonly hints: readonly number[]
}

interface Asked {
  readonly method?: string
  readonly path: string
  readonly fields?: readonly string[]
  readonly body?: readonly Buffer[]
}

/** A client that keeps raw fields and interim answers. */
function ask(port: number, { method = 'GET', path, fields = [], body = [] }: Asked): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const headers = ['Host', 'any.example', ...fields] as unknown as http.OutgoingHttpHeaders
    const request = http.request({ port, host: '127.0.0.1', method, path, headers, agent: false })
    const hints: number[] = []
    request.on('information', ({ statusCode }) => hints.push(statusCode))
    request.on('error', reject)
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const { statusCode: status = 0, rawHeaders, rawTrailers: trailers } = response
        resolve({ status, fields: rawHeaders, body: Buffer.concat(chunks), trailers, hints })
      })
    })
    for (const chunk of body) request.write(chunk)
    request.end()
  })
}

function lower(fields: readonly string[]): ReadonlyMap<string, string> {
  const map = new Map<string, string>()
  for (let at = 0; at < fields.length; at += 2) map.set((fields[at] ?? '').toLowerCase(), fields[at + 1] ?? '')
  return map
}

/** Fields that the gateway may add to an answer, and those of the connection. */
const published = new Set(['via', 'waybill-exchange', 'connection', 'keep-alive', 'transfer-encoding'])

function endToEnd(fields: readonly string[]): readonly string[] {
  return fields.flatMap((name, at) =>
    at % 2 === 1 || published.has(name.toLowerCase()) ? [] : [`${name}: ${fields[at + 1] ?? ''}`],
  )
}

const modes: readonly RecordingMode[] = ['off', 'shadow', 'async', 'durable', 'required']

describe('what passes through the gateway unchanged', () => {
  let upstream: TestUpstream
  let gateway: TestGateway
  before(async () => {
    upstream = await startUpstream(answer)
    gateway = await startGateway(
      modes.map((mode) =>
        routeTo(upstream.port, {
          name: mode,
          mode,
          match: { path: `/${mode}/*` },
          rewrite: { stripPrefix: `/${mode}` },
        }),
      ),
    )
  })
  after(async () => {
    await gateway.close()
    await upstream.close()
  })

  /** Asks the upstream itself, then through the gateway, and says that the answers are the same. */
  async function same(mode: string, asked: Asked): Promise<Answered> {
    const direct = await ask(upstream.port, asked)
    const through = await ask(gateway.port, { ...asked, path: `/${mode}${asked.path}` })
    expect(through.status).to.equal(direct.status)
    expect(endToEnd(through.fields)).to.deep.equal(endToEnd(direct.fields))
    expect(through.body.equals(direct.body)).to.equal(true)
    expect(through.trailers).to.deep.equal(direct.trailers)
    expect(through.hints).to.deep.equal(direct.hints)
    const framed = (fields: readonly string[]) => lower(fields).get('transfer-encoding')
    expect(framed(through.fields)).to.equal(framed(direct.fields))
    return through
  }

  for (const mode of modes) {
    describe(`on a route that records ${mode}`, () => {
      it('fields: case, order, duplicates, latin1', () => same(mode, { path: '/fields' }))
      it('statuses without a body', async () => {
        for (const path of ['/204', '/304', '/empty', '/205']) await same(mode, { path })
        await same(mode, { path: '/fields', method: 'HEAD' })
        await same(mode, { path: '/chunked', method: 'HEAD' })
        await same(mode, { path: '/304', method: 'HEAD' })
      })
      it('chunked bodies and their trailers', async () => {
        await same(mode, { path: '/chunked' })
        const { trailers } = await same(mode, { path: '/trailers' })
        expect(trailers).to.deep.equal(['X-Sum', '42'])
      })
      it('early hints', async () => {
        const { hints } = await same(mode, { path: '/hints' })
        expect(hints).to.deep.equal([103])
      })
      it('long bodies', () => same(mode, { path: '/long' }))
      it('request bodies, framed as they came', async () => {
        const body = [Buffer.alloc(70_000, 'a'), Buffer.alloc(70_000, 'b'), Buffer.from('c')]
        for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'GET']) {
          const echoed = await same(mode, { path: '/echo', method, body, fields: ['Transfer-Encoding', 'chunked'] })
          expect(echoed.body.length, method).to.equal(140_001)
          await same(mode, { path: '/echo', method, body, fields: ['Content-Length', '140001'] })
          await same(mode, { path: '/echo', method, body: [Buffer.from('small')], fields: ['Content-Length', '5'] })
          await same(mode, { path: '/echo', method, fields: ['Content-Length', '0'] })
        }
      })
    })
  }

  it('sends Host, target and end-to-end fields upstream, and adds only the published ones', async () => {
    const fields = ['X-B', '2', 'x-a', '1', 'X-B', '3', 'Connection', 'X-Gone, keep-alive', 'X-Gone', 'yes']
    const { body } = await ask(gateway.port, { path: '/off/seen?a=b%20c&d=%2F', fields })
    const seen = JSON.parse(body.toString()) as { url: string; fields: string[] }
    expect(seen.url).to.equal('/seen?a=b%20c&d=%2F')
    const names = seen.fields.flatMap((name, at) => (at % 2 === 0 ? [name] : []))
    expect(lower(seen.fields).get('host')).to.equal('any.example')
    const added = ['host', 'connection', 'traceparent', 'Forwarded', 'Via', 'X-Real-IP'].map((name) =>
      name.toLowerCase(),
    )
    const own = names.filter((name) => !added.includes(name.toLowerCase()) && !/^x-forwarded-/i.test(name))
    expect(own).to.deep.equal(['X-B', 'x-a', 'X-B'])
    expect(lower(seen.fields).get('via')).to.equal('1.1 waybill')
  })

  it('names the exchange on recorded answers, and only there', async () => {
    const named = async (mode: string) => lower((await ask(gateway.port, { path: `/${mode}/fields` })).fields)
    expect((await named('off')).has('waybill-exchange')).to.equal(false)
    const id = (await named('durable')).get('waybill-exchange')
    expect(gateway.recorder.closed.some(({ record }) => record.id === id)).to.equal(true)
  })
})

function answer(request: http.IncomingMessage, response: http.ServerResponse): void {
  response.sendDate = false
  const path = new URL(request.url ?? '/', 'http://upstream').pathname
  answers[path]?.(request, response)
}

const long = Buffer.alloc(3_000_000, 'long ')

const answers: Record<string, (request: http.IncomingMessage, response: http.ServerResponse) => void> = {
  '/fields': (_, response) => {
    const fields = ['Set-Cookie', 'a=1', 'x-lower', 'l', 'Set-Cookie', 'b=2', 'X-Latin', '\xe9\xff', 'Empty', '']
    response.writeHead(200, 'As You Like It', [...fields, 'Content-Length', '5', 'ETag', '"x"'])
    response.end('hello')
  },
  '/204': (_, response) => response.writeHead(204, ['X-Nothing', 'yes']).end(),
  '/205': (_, response) => response.writeHead(205, ['Content-Length', '0']).end(),
  '/304': (_, response) => response.writeHead(304, ['ETag', '"x"', 'Content-Length', '1234']).end(),
  '/empty': (_, response) => response.writeHead(200, ['Content-Length', '0']).end(),
  '/chunked': (_, response) => {
    response.write('one')
    setImmediate(() => response.end('two'))
  },
  '/trailers': (_, response) => {
    response.writeHead(200, ['Trailer', 'X-Sum'])
    response.write('body')
    response.addTrailers([['X-Sum', '42']])
    response.end()
  },
  '/hints': (_, response) => {
    response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' }, () => response.end('hinted'))
  },
  '/long': (_, response) => {
    response.writeHead(200, ['Content-Length', String(long.length)])
    response.end(long)
  },
  '/echo': (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { 'content-length': length = 'none', 'transfer-encoding': coding = 'none' } = request.headers
      response.writeHead(200, ['X-Length', length, 'X-Coding', coding])
      response.end(Buffer.concat(chunks))
    })
  },
  '/seen': (request, response) => response.end(JSON.stringify({ url: request.url, fields: request.rawHeaders })),
}
