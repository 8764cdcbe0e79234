import { expect } from 'chai'
import fc from 'fast-check'
import { gzipSync } from 'node:zlib'
import { createBodyRedactor, type CapturedBody } from '../../../gatherers/body-redactor.js'
import { SelectorError } from '../../../gatherers/selectors.js'

const redactor = createBodyRedactor(['$..password', '$.keys[*].secret'])

function redact(body: string | Uint8Array, contentType?: string, over: Partial<CapturedBody> = {}) {
  return redactor.redact({
    bytes: Buffer.from(body),
    contentType,
    contentEncoding: undefined,
    truncated: false,
    ...over,
  })
}

function keptText(result: ReturnType<typeof redact>): string {
  return result.ok ? Buffer.from(result.bytes).toString() : `${result.gap.reason}: ${result.gap.about}`
}

const json = 'application/json'
const boundary = 'multipart/form-data; boundary=b'

describe('redaction of bodies', () => {
  it('blanks what the paths select, and keeps the rest as it was said', () => {
    const text =
      '{"a":[{"password":"x1"}],"password":{"password":"x2"},"keys":[{"secret":1,"id":12345678901234567890}]}'
    expect(keptText(redact(text, json))).to.equal(
      '{"a":[{"password":"[redacted]"}],"password":"[redacted]","keys":[{"secret":"[redacted]","id":"12345678901234567890"}]}',
    )
  })

  it('keeps the very bytes where nothing is selected', () => {
    const text = ' {"a" : 1.0}'
    const result = redact(text, json)
    expect(result.ok && result.changed).to.equal(false)
    expect(keptText(result)).to.equal(text)
  })

  it('reads compressed bodies, NDJSON, forms and multipart', () => {
    expect(keptText(redact(gzipSync('{"password":"x"}'), json, { contentEncoding: 'gzip' }))).to.equal(
      '{"password":"[redacted]"}',
    )
    expect(keptText(redact('{"a":1}\n{"password":2}\n', 'application/x-ndjson'))).to.equal(
      '{"a":1}\n{"password":"[redacted]"}\n',
    )
    expect(keptText(redact('user=ada&password=x', 'application/x-www-form-urlencoded'))).to.equal(
      '{"user":"ada","password":"[redacted]"}',
    )
    const part = (name: string, value: string) =>
      `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
    expect(keptText(redact(`${part('user', 'ada')}${part('password', 'x')}--b--`, boundary))).to.equal(
      '{"user":"ada","password":"[redacted]"}',
    )
  })

  it('does not keep the content of uploaded files, which no path can reach into', () => {
    const file = '--b\r\nContent-Disposition: form-data; name="f"; filename="a.json"\r\n\r\n{"password":"x1"}\r\n--b--'
    expect(keptText(redact(file, boundary))).not.to.contain('x1')
  })

  it('reads what looks like JSON as JSON, whatever it is called', () => {
    for (const type of [undefined, 'text/plain', 'application/octet-stream', 'image/png']) {
      expect(keptText(redact('\n {"password":"x"}', type)), type).to.equal('{"password":"[redacted]"}')
    }
  })

  it('keeps what the paths cannot address', () => {
    expect(keptText(redact('<a/>', 'application/xml'))).to.equal('<a/>')
    expect(keptText(redact('<a/', 'application/xml', { truncated: true }))).to.equal('<a/')
    expect(keptText(redact(''))).to.equal('')
  })

  it('keeps nothing of what it cannot read', () => {
    for (const [body, type, over] of [
      ['{"password":"x"', json],
      ['{"password":"x","password":"y"}', json],
      ['{"password":"x"}', json, { truncated: true }],
      ['{"password":"x"}', json, { contentEncoding: 'zstd' }],
      ['{"password":"x"}', json, { contentEncoding: 'gzip' }],
      ['{"password":"x"}', 'application/json; charset=utf-16'],
      ['{"password":"x"}\n{"password":"y"}', 'text/plain'],
      ['a=1', boundary],
      ['['.repeat(100_000), json],
    ] as const) {
      expect(keptText(redact(body, type, over)), body.slice(0, 20)).to.match(/^unredactable: /)
    }
  })

  it('lets no value through under a selected name, at any depth', () => {
    const canary = 'c4n4ry'
    const value = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 6 },
        fc.constantFrom<unknown>(1, null, 'x'),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('a', 'password', '__proto__'), tie('value'), {
          maxKeys: 3,
          noNullPrototype: true,
        }),
        fc.record({ password: fc.constantFrom<unknown>(canary, [canary], { deep: canary }) }),
      ),
    })).value
    fc.assert(
      fc.property(value, (body) => {
        expect(keptText(redact(JSON.stringify({ body }), json))).not.to.contain(canary)
      }),
      { numRuns: 1_000 },
    )
  })

  it('refuses a path that is none when it is made', () => {
    expect(() => createBodyRedactor(['password'])).to.throw(SelectorError)
    expect(() => createBodyRedactor(['$$.password'])).to.throw(SelectorError)
  })
})
