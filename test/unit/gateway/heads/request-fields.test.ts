import { expect } from 'chai'
import fc from 'fast-check'
import type { RawFields } from '../../../../core/exchange.js'
import { newExchangeId } from '../../../../core/ids.js'
import { upstreamRequestFields, type RequestFieldsContext } from '../../../../gateway/heads/request-fields.js'
import { readRequestHead, type RequestHeadView } from '../../../../gateway/heads/request-head.js'

const limits = { fields: 100, headBytes: 16_384 }

function read(fields: RawFields, more: { method?: string; target?: string; version?: string } = {}): RequestHeadView {
  const view = readRequestHead({ method: 'GET', target: '/', version: '1.1', fields, ...more }, limits)
  if (view.kind === 'refused') throw view.error
  return view
}

const context: RequestFieldsContext = {
  forwarded: undefined,
  hop: { peer: '192.0.2.7', trusted: false, scheme: 'http', port: 8080, authority: 'h' },
  pseudonym: 'waybill',
  host: undefined,
  serviceHost: '127.0.0.1:9',
  listedTrailers: [],
}

/** What goes upstream, without what the gateway adds to every request. */
function passed(fields: RawFields, more: Parameters<typeof read>[1] = {}): string[] {
  const out = upstreamRequestFields(read(['Host', 'h', ...fields], more), context).fields
  expect(out.slice(0, 2)).to.deep.equal(['Host', 'h'])
  return out.slice(2, out.indexOf(out.includes('traceparent') ? 'traceparent' : 'Forwarded'))
}

const valueOf = (fields: readonly string[], name: string) => fields.filter((_, at) => fields[at - 1] === name)

describe('a request head', () => {
  it('is refused where two parties could read it differently', () => {
    const refused: [string[], string?, string?][] = [
      [[]],
      [['Host', 'a', 'host', 'a']],
      [['Host', 'good/evil@x']],
      [['Host', 'h', 'Content-Length', '1', 'Transfer-Encoding', 'chunked']],
      [['Host', 'h', 'Transfer-Encoding', 'chunked'], '/', '1.0'],
      [['Host', 'h'], '/a#b'],
      [['Host', 'h'], 'http://a@b/'],
      [['Host', 'h', 'Connection', 'upgrade', 'Upgrade', 'websocket', 'Sec-WebSocket-Key', 'short']],
    ]
    for (const [fields, target = '/', version = '1.1'] of refused) {
      expect(readRequestHead({ method: 'GET', target, version, fields }, limits).kind, fields.join()).to.equal(
        'refused',
      )
    }
  })

  it('is too large by fields or bytes', () => {
    const many = Array.from({ length: 202 }, (_, at) => `f${at}`)
    const big = ['Host', 'h', 'x', 'y'.repeat(20_000)]
    for (const fields of [many, big]) {
      const view = readRequestHead({ method: 'GET', target: '/', version: '1.1', fields }, limits)
      expect(view.kind === 'refused' && view.error.code).to.equal('WB_FIELDS_TOO_LARGE')
    }
  })

  it('lets the absolute form win over Host', () => {
    const view = read(['Host', 'other'], { target: 'http://Real.example:81/p?q' })
    expect(view).to.include({ authority: 'real.example:81', host: 'Real.example:81', path: '/p', query: '?q' })
    expect(upstreamRequestFields(view, context).fields.slice(0, 2)).to.deep.equal(['Host', 'Real.example:81'])
  })

  it('of HTTP/1.0 may lack Host, and gets the service’s', () => {
    const view = read([], { version: '1.0' })
    expect(view.authority).to.equal('')
    expect(upstreamRequestFields(view, context).fields.slice(0, 2)).to.deep.equal(['Host', '127.0.0.1:9'])
  })

  it('keeps well-formed references and counts everything else of the kind', () => {
    const ids = Array.from({ length: 70 }, () => newExchangeId())
    const view = read([
      'Host',
      'h',
      'waybill-exchange',
      ids.slice(0, 2).join(', '),
      'Waybill-Exchange',
      ids.slice(2, 64).join(),
    ])
    expect(view.references).to.deep.equal(ids.slice(0, 64))
    expect(view.droppedContext).to.deep.equal([])
    const forged = [
      'Waybill-Exchange',
      'nonsense',
      'WAYBILL-EXECUTION',
      'x',
      'waybill_execution',
      'y',
      'Waybill-Tenant',
      'z',
    ]
    expect(read(['Host', 'h', ...forged]).droppedContext).to.deep.equal([
      'waybill-exchange',
      'waybill-execution',
      'disguised',
      'other',
    ])
    expect(read(['Host', 'h', 'Waybill-Exchange', ids.join()]).droppedContext).to.deep.equal(['waybill-exchange'])
    expect(passed([...forged, 'Waybill-Exchange', ids[0] ?? '', 'A', 'b'])).to.deep.equal(['A', 'b'])
  })
})

describe('the fields that go upstream', () => {
  it('keep case, order and duplicates', () => {
    const fields = ['X-b', '1', 'x-A', '2', 'Cookie', 'a=1', 'cookie', 'b=2', 'x-B', '\u00e9\t']
    expect(passed(fields)).to.deep.equal(fields)
  })

  it('lose what is for this hop alone, what Connection nominates included', () => {
    const hop = [
      'Keep-Alive',
      't',
      'Proxy-Authorization',
      'p',
      'Proxy-Connection',
      'c',
      'Proxy',
      'http://evil',
      'TE',
      'gzip',
    ]
    const named = ['Connection', 'X-Api-Key, close', 'x-api-key', 'k', 'connection', 'X-Other', 'X-Other', 'o']
    expect(passed([...hop, 'A', 'b', ...named, 'Expect', '100-continue', 'Trailer', 'x'])).to.deep.equal(['A', 'b'])
  })

  it('keep what the gateway sets or needs, whatever Connection says', () => {
    const fields = [
      'Host',
      'h',
      'Connection',
      'Host, X-Forwarded-For, Via, Content-Length, traceparent',
      'Content-Length',
      '3',
    ]
    const view = read([...fields, 'traceparent', `00-${'1'.repeat(32)}-${'2'.repeat(16)}-00`])
    const out = upstreamRequestFields(view, context)
    expect(out.fields.slice(0, 2)).to.deep.equal(['Host', 'h'])
    expect(valueOf(out.fields, 'Content-Length')).to.deep.equal(['3'])
    expect(view.framing).to.deep.equal({ kind: 'length', length: 3 })
    for (const name of ['X-Forwarded-For', 'Via', 'traceparent']) expect(valueOf(out.fields, name)).to.have.length(1)
  })

  it('carry TE only for trailers, and announce those that are forwarded', () => {
    expect(passed(['TE', 'deflate, Trailers;q=0.5'])).to.deep.equal(['TE', 'trailers', 'Connection', 'TE'])
    const view = read(['Host', 'h', 'Transfer-Encoding', 'chunked', 'Trailer', 'X-Sum, Authorization, content-length'])
    expect(valueOf(upstreamRequestFields(view, context).fields, 'Trailer')).to.deep.equal(['X-Sum'])
    const listed = upstreamRequestFields(view, { ...context, listedTrailers: ['authorization'] }).fields
    expect(valueOf(listed, 'Trailer')).to.deep.equal(['X-Sum, Authorization'])
  })

  it('lose an upgrade to HTTP/2 and its settings', () => {
    const fields = ['Connection', 'Upgrade, HTTP2-Settings', 'Upgrade', 'h2c', 'HTTP2-Settings', 'AAMAAABk']
    expect(passed(fields)).to.deep.equal([])
    expect(read(['Host', 'h', ...fields]).upgrade).to.deep.equal({ kind: 'stripped' })
  })

  it('lose names that a CGI program would take for others', () => {
    expect(passed(['X_Forwarded_For', '1.1.1.1', 'content_length', '9', 'my_field', 'm'])).to.deep.equal([
      'my_field',
      'm',
    ])
  })

  it('continue a valid trace and start one otherwise', () => {
    const parent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
    const view = read(['Host', 'h', 'tracestate', 'k=v', 'Traceparent', parent])
    const out = upstreamRequestFields(view, context)
    expect(out.traceId).to.equal('a'.repeat(32))
    expect(out.fields.slice(2, 6)).to.deep.equal(['tracestate', 'k=v', 'Traceparent', parent])
    for (const invalid of [
      'x',
      parent.toUpperCase(),
      `${parent}-`,
      parent.replace(/a/g, '0'),
      parent.replace(/b/g, '0'),
    ]) {
      const started = upstreamRequestFields(read(['Host', 'h', 'traceparent', invalid, 'tracestate', 'k=v']), context)
      expect(valueOf(started.fields, 'traceparent')).to.deep.equal([started.fields[3]])
      expect(started.fields[3]).to.match(new RegExp(`^00-${started.traceId}-[0-9a-f]{16}-01$`))
      expect(started.fields).not.to.include('tracestate')
    }
    expect(read(['Host', 'h', 'traceparent', parent, 'traceparent', parent]).traceId).to.equal(undefined)
    const next = parent.replace(/^00/, '01')
    expect(read(['Host', 'h', 'traceparent', `${next}-more`]).traceId).to.equal('a'.repeat(32))
    expect(read(['Host', 'h', 'traceparent', `ff${parent.slice(2)}`]).traceId).to.equal(undefined)
  })

  it('are all accounted for, whatever comes', () => {
    const name = fc.constantFrom(
      'A',
      'b',
      'Connection',
      'X-Forwarded-For',
      'Via',
      'TE',
      'Keep-Alive',
      'Waybill-X',
      'x_real_ip',
    )
    const field = fc.tuple(name, fc.constantFrom('a', 'b', 'via', 'x, b', ''))
    fc.assert(
      fc.property(fc.array(field, { maxLength: 12 }), (pairs) => {
        const view = read(['Host', 'h', ...pairs.flat()])
        const out = upstreamRequestFields(view, context).fields
        const expected = pairs.filter(
          ([one]) => (one === 'A' || one === 'b') && !view.nominated.includes(one.toLowerCase()),
        )
        const kept = out.flatMap((one, at) =>
          at % 2 === 0 && (one === 'A' || one === 'b') ? [[one, out[at + 1]]] : [],
        )
        expect(kept).to.deep.equal(expected)
        expect(out).not.to.include.members(['Connection'])
        expect(valueOf(out, 'X-Forwarded-For')).to.deep.equal(['192.0.2.7'])
        expect(valueOf(out, 'Via').at(-1)).to.equal('1.1 waybill')
      }),
    )
  })
})
