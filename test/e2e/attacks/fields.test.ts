// ATTACKS rows 13 to 16, 18 to 20, 22 and 23: fields that are not for the service, and fields that lie.
import { expect } from 'chai'
import { newExchangeId } from '../../../core/ids.js'
import { expectPassed, expectRefused, openArena, requestOf, type Arena } from './arena.js'
import { fieldIn, namesIn, RawClient } from './raw-client.js'
import { seenField, seenFields, type SeenRequest } from './raw-upstream.js'

const secret = ['Waybill-Exchange', 'X-Own', 'Keep-Alive', 'Proxy-Authenticate', 'Upgrade', 'Proxy-Connection', 'TE']

describe('attacks by fields', () => {
  let arena: Arena
  before(async () => {
    arena = await openArena({
      answer: () =>
        [
          'HTTP/1.1 200 OK',
          'Connection: X-Own, close',
          ...secret.map((name) => `${name}: 1`),
          'X-Kept: k',
          'Content-Length: 2',
          '',
          'ok',
        ].join('\r\n'),
    })
  })
  after(() => arena.close())

  const get = async (fields: readonly string[], line = 'GET / HTTP/1.1'): Promise<SeenRequest> =>
    expectPassed(await arena.attack(requestOf(line, fields)))
  const names = (seen: SeenRequest) => namesIn(seen.fields)

  it('row 13: what Connection nominates is dropped, but never what the gateway sets or needs', async () => {
    const nominated = 'X-Api-Key, X-Forwarded-For, Waybill-Execution, Host, Content-Length, Via, traceparent'
    const fields = [
      'X-Api-Key: k',
      'X-Forwarded-For: 1.1.1.1',
      'Waybill-Execution: e',
      'Content-Length: 0',
      'X-Kept: y',
    ]
    const seen = await get([`Connection: ${nominated}`, ...fields], 'POST / HTTP/1.1')
    expect(names(seen)).not.to.include.members(['x-api-key'])
    expect(names(seen)).not.to.include('waybill-execution')
    expect(seenField(seen, 'connection')).not.to.match(/api|forwarded|waybill|host|via/i)
    expect(seenFields(seen, 'x-forwarded-for')).to.deep.equal(['127.0.0.1'])
    expect(seenField(seen, 'host')).to.equal('h')
    expect(seenField(seen, 'content-length')).to.equal('0')
    expect(seenField(seen, 'x-kept')).to.equal('y')
    for (const name of ['via', 'traceparent']) expect(names(seen)).to.include(name)
  })

  it('row 14: hop-by-hop fields of the request end at the gateway', async () => {
    const hop = [
      'Proxy-Authorization: Basic eDp5',
      'Proxy-Connection: keep-alive',
      'Keep-Alive: 5',
      'TE: gzip',
      'Proxy: http://evil/',
    ]
    const seen = await get([...hop, 'Trailer: x', 'Upgrade: custom', 'X-Kept: y'])
    for (const name of ['proxy-authorization', 'proxy-connection', 'keep-alive', 'te', 'proxy', 'trailer', 'upgrade']) {
      expect(names(seen)).not.to.include(name)
    }
    const trailers = await get(['TE: trailers, gzip', 'Connection: TE'])
    expect([seenField(trailers, 'te'), seenField(trailers, 'connection')]).to.deep.equal(['trailers', 'TE'])
  })

  it('row 14: those of the answer too, what the upstream’s Connection nominates included', async () => {
    const { answers } = await arena.attack(requestOf('GET / HTTP/1.1'))
    const fields = answers[0]?.fields ?? []
    expect(fieldIn(fields, 'x-kept')).to.equal('k')
    for (const name of ['x-own', 'proxy-authenticate', 'upgrade', 'proxy-connection', 'te']) {
      expect(namesIn(fields)).not.to.include(name)
    }
    expect(fields.filter((line) => /^waybill-exchange/i.test(line))).to.have.length(1)
    expect(fieldIn(fields, 'waybill-exchange')).to.match(/^[0-9a-f]{32}$/)
    expect(fieldIn(fields, 'keep-alive') ?? '').not.to.equal('1')
  })

  it('row 15: Trailer where none can come changes nothing', async () => {
    for (const value of ['x', 'Content-Length', 'Transfer-Encoding, Host', ',', '', 'a b', '\x80']) {
      expect(names(await get([`Trailer: ${value}`]))).not.to.include('trailer')
      const body = '1\r\na\r\n0\r\n\r\n'
      const posted = expectPassed(
        await arena.attack(requestOf('POST / HTTP/1.1', ['Transfer-Encoding: chunked', `Trailer: ${value}`], body)),
      )
      expect(posted.body).to.equal('a')
    }
  })

  it('row 16: an upgrade to HTTP/2 is stripped with its settings and answered as HTTP/1.1', async () => {
    const fields = ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__']
    for (const [line, more, body] of [
      ['GET /h2 HTTP/1.1', [], ''],
      ['POST /h2 HTTP/1.1', ['Content-Length: 3'], 'abc'],
    ] as const) {
      const seen = expectPassed(await arena.attack(requestOf(line, [...fields, ...more], body)))
      expect(seen.body).to.equal(body)
      for (const name of ['upgrade', 'http2-settings']) expect(names(seen)).not.to.include(name)
    }
  })

  it('row 18: forwarding fields of a peer that is not trusted are replaced', async () => {
    const forged = [
      'X-Forwarded-For: 6.6.6.6',
      'Forwarded: for=6.6.6.6',
      'X-Real-IP: 6.6.6.6',
      'X-Forwarded-Proto: https',
    ]
    const seen = await get([
      ...forged,
      'X-Forwarded-Host: evil',
      'X-Forwarded-Port: 1',
      'X_Forwarded_For: 6.6.6.6',
      'X-Forwarded-For: 7',
    ])
    expect(seen.fields.join('\n')).not.to.match(/6\.6\.6\.6|evil/)
    expect(seenFields(seen, 'x-forwarded-for')).to.deep.equal(['127.0.0.1'])
    expect(seenFields(seen, 'x-forwarded-proto')).to.deep.equal(['http'])
    expect(seenFields(seen, 'x-forwarded-port')).to.deep.equal([String(arena.port)])
    expect(arena.gateway.recorder.closed.at(-2)?.record.peer).to.equal('127.0.0.1')
  })

  it('row 18: those of a trusted peer are continued', async () => {
    const trusting = await openArena({ settings: { trustedPeers: ['127.0.0.0/8'] } })
    const fields = ['X-Forwarded-For: 203.0.113.9', 'Forwarded: for=203.0.113.9', 'X-Forwarded-Proto: https']
    const seen = expectPassed(await trusting.attack(requestOf('GET / HTTP/1.1', fields)))
    expect(seenFields(seen, 'x-forwarded-for')).to.deep.equal(['203.0.113.9, 127.0.0.1'])
    expect(seenField(seen, 'x-forwarded-proto')).to.equal('https')
    expect(seenField(seen, 'forwarded')).to.match(/^for=203\.0\.113\.9, for=127\.0\.0\.1/)
    expect(trusting.gateway.recorder.closed[0]?.record.peer).to.equal('203.0.113.9')
    await trusting.close()
  })

  it('row 18: a client before a trusted peer that appends cannot say where it asked', async () => {
    const trusting = await openArena({
      settings: { trustedPeers: ['127.0.0.0/8'] },
      route: { rewrite: { locations: true } },
      answer: () =>
        'HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Location: http://h/there\r\nContent-Length: 0\r\n\r\n',
    })
    const fields = [
      'X-Forwarded-Host: evil.example, public.example',
      'X-Forwarded-Proto: gopher, https',
      'X-Forwarded-Port: 1, 443',
    ]
    const verdict = await trusting.attack(requestOf('GET / HTTP/1.1', fields)).finally(() => trusting.close())
    const [seen] = verdict.upstream
    expect(seenFields(seen, 'x-forwarded-host')).to.deep.equal(['public.example'])
    expect(seenFields(seen, 'x-forwarded-proto')).to.deep.equal(['https'])
    expect(seenFields(seen, 'x-forwarded-port')).to.deep.equal(['443'])
    expect(fieldIn(verdict.answers[0]?.fields ?? [], 'content-location')).to.equal('https://public.example/there')
  })

  it('row 19, fields: forged context is dropped and counted; references are kept apart and stripped', async () => {
    const counted: string[] = []
    arena.gateway.signals.contextFieldDropped.subscribe(({ field }) => counted.push(field))
    const reference = newExchangeId()
    const forged = ['Waybill-Execution: e', 'waybill_execution: e', 'Waybill-Tenant: t', 'Waybill-Exchange: nonsense']
    const seen = await get([...forged, `Waybill-Exchange: ${reference}`])
    expect(names(seen).filter((name) => name.startsWith('waybill'))).to.deep.equal([])
    expect(counted.sort()).to.deep.equal(['disguised', 'other', 'waybill-exchange', 'waybill-execution'])
    expect(arena.gateway.recorder.closed.at(-2)?.record.references).to.deep.equal([reference])
  })

  it('row 20: a field of 20 KB and 2,500 fields are answered 431', async () => {
    expectRefused(await arena.attack(requestOf('GET / HTTP/1.1', [`X: ${'a'.repeat(20_000)}`]), 2), 431)
    const many = Array.from({ length: 2500 }, (_, at) => `f${at}: ${at}`)
    expectRefused(await arena.attack(requestOf('GET / HTTP/1.1', many), 2), 431)
    const short = Array.from({ length: 2500 }, () => 'a:')
    expectRefused(await arena.attack(requestOf('GET / HTTP/1.1', short), 2), 431)
  })

  it('row 22: request trailers with security fields are dropped', async () => {
    const trailers = ['Authorization: x', 'Cookie: c', 'X-Forwarded-For: 6.6.6.6', 'Waybill-Execution: e', 'Host: evil']
    const body = `3\r\nabc\r\n0\r\nX-Sum: 1\r\n${trailers.join('\r\n')}\r\n\r\n`
    for (const announced of [['Trailer: X-Sum, Authorization'], []]) {
      const seen = expectPassed(
        await arena.attack(requestOf('POST / HTTP/1.1', ['Transfer-Encoding: chunked', ...announced], body)),
      )
      expect(seen.body).to.equal('abc')
      expect(namesIn(seen.trailers)).to.deep.equal(['x-sum'])
      expect(seenField(seen, 'trailer')?.toLowerCase()).to.equal(announced.length > 0 ? 'x-sum' : undefined)
    }
  })

  it('row 22: security fields pass as trailers where the service lists them', async () => {
    const listing = await openArena({ route: { service: { trailers: ['authorization'] } } })
    const body = '3\r\nabc\r\n0\r\nAuthorization: x\r\nCookie: c\r\n\r\n'
    const sent = requestOf('POST / HTTP/1.1', ['Transfer-Encoding: chunked', 'Trailer: Authorization'], body)
    const seen = expectPassed(await listing.attack(sent))
    expect(namesIn(seen.trailers)).to.deep.equal(['authorization'])
    expect(seenField(seen, 'trailer')).to.equal('Authorization')
    await listing.close()
  })

  it('row 22: trailers that frame anew are refused', async () => {
    for (const trailer of ['Content-Length: 9', 'Transfer-Encoding: chunked']) {
      const body = `3\r\nabc\r\n0\r\n${trailer}\r\n\r\n`
      const verdict = await arena.attack(requestOf('POST / HTTP/1.1', ['Transfer-Encoding: chunked'], body), 2)
      expect(verdict.statuses).to.deep.equal([400])
      expect(verdict.upstream).to.deep.equal([])
    }
  })

  it('row 23: 100 comes from the gateway, and the field goes no further', async () => {
    const client = new RawClient(arena.port).send(
      requestOf('POST / HTTP/1.1', ['Expect: 100-continue', 'Content-Length: 3']),
    )
    await client.until(() => client.statuses.length > 0)
    expect(client.statuses).to.deep.equal([100])
    await client.send('abc').answered()
    const verdict = await arena.judge(client)
    expect(verdict.statuses).to.deep.equal([100, 200])
    expect(verdict.upstream.map((seen) => seen.body)).to.deep.equal(['abc'])
    expect(seenField(verdict.upstream[0], 'expect')).to.equal(undefined)
  })

  it('row 23: an unknown expectation is answered 417, a refused request gets no 100', async () => {
    expectRefused(await arena.attack(requestOf('POST / HTTP/1.1', ['Expect: 200-ok', 'Content-Length: 3']), 1), 417)
    const two = ['Expect: 200-ok', 'Expect: 100-continue', 'Content-Length: 3']
    expectRefused(await arena.attack(requestOf('POST / HTTP/1.1', two), 1), 417)
    expectRefused(
      await arena.attack(requestOf('POST /%zz HTTP/1.1', ['Expect: 100-continue', 'Content-Length: 3']), 1),
      400,
    )
  })
})
