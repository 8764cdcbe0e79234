import { expect } from 'chai'
import { gzipSync } from 'node:zlib'
import { redactionRules } from '../../../core/redaction.js'
import { createBodyRedactor, type CapturedBody } from '../../../recorder/body-redaction.js'

const redactor = createBodyRedactor(redactionRules({ body: ['$..password', '$.items[*].key'] }))

function body(text: string | Uint8Array, contentType?: string, over: Partial<CapturedBody> = {}): CapturedBody {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text
  return { bytes, truncated: false, contentType, contentEncoding: undefined, ...over }
}

function textOf(given: CapturedBody): string | undefined {
  const result = redactor(given)
  return result.ok ? Buffer.from(result.bytes).toString() : undefined
}

describe('body redaction', () => {
  it('blanks what the paths meet in JSON, and leaves a body without secrets as its bytes', () => {
    expect(textOf(body('{"a":{"password":"s"},"items":[{"key":1,"b":2}]}', 'application/json'))).to.equal(
      '{"a":{"password":"[redacted]"},"items":[{"key":"[redacted]","b":2}]}',
    )
    const plain = body('{ "a" : 1.0 }', 'application/json')
    expect(redactor(plain)).to.deep.include({ ok: true, bytes: plain.bytes })
  })

  it('reads JSON whatever it is called, coded or in lines', () => {
    expect(textOf(body('{"password":"s"}', 'text/plain'))).to.equal('{"password":"[redacted]"}')
    expect(textOf(body('{"password":"s"}'))).to.equal('{"password":"[redacted]"}')
    const coded = body(gzipSync('{"password":"s"}'), 'application/json', { contentEncoding: 'gzip' })
    expect(redactor(coded)).to.deep.include({ ok: true, contentEncoding: undefined })
    expect(textOf(coded)).to.equal('{"password":"[redacted]"}')
    const lines = '{"password":"s"}\n{"b":1}\n'
    for (const type of ['application/x-ndjson', 'application/octet-stream']) {
      expect(textOf(body(lines, type))).to.equal('{"password":"[redacted]"}\n{"b":1}\n')
    }
  })

  it('finds a name however JSON writes it', () => {
    const json = 'application/json'
    expect(textOf(body('{"p\\u0061ssword":"s"}', json))).to.equal('{"password":"[redacted]"}')
    expect(textOf(body('{"a":"password","\\u0070assword":"s"}', json))).to.equal(
      '{"a":"password","password":"[redacted]"}',
    )
    const odd = createBodyRedactor(redactionRules({ body: ["$['a/b','c']", "$['é']", '$.x[*]'] }))
    for (const secret of ['{"a\\/b":1}', '{"c":1}', '{"é":1}', '{"\\u00e9":1}', '{"x":[1]}', '{"x":{"y":1}}']) {
      const result = odd(body(secret, json))
      expect(result.ok && Buffer.from(result.bytes).toString(), secret).to.include('[redacted]')
    }
  })

  it('follows a path over any number of elements', () => {
    const many = `{"password":"s","items":[${Array.from({ length: 200_000 }, () => '1').join(',')}]}`
    const all = createBodyRedactor(redactionRules({ body: ['$.items[*]', '$.password'] }))
    const result = all(body(many, 'application/json'))
    expect(result.ok && Buffer.from(result.bytes).toString().slice(0, 60)).to.include('{"password":"[redacted]"')
  })

  it('blanks form fields, by path and by the names that are secret in queries', () => {
    const form = 'application/x-www-form-urlencoded'
    expect(textOf(body('user=a&password=s&client_secret=t&x=%20', form))).to.equal(
      'user=a&password=%5Bredacted%5D&client_secret=%5Bredacted%5D&x=%20',
    )
    expect(textOf(body('pass%77ord=s', form))).to.equal('pass%77ord=%5Bredacted%5D')
    expect(textOf(body('user[token]=s&sig%5B%5D=t', form))).to.equal(
      'user[token]=%5Bredacted%5D&sig%5B%5D=%5Bredacted%5D',
    )
    expect(textOf(body('a=%7B%22password%22%3A%22s%22%7D&b=1', form))).to.equal('a=%5Bredacted%5D&b=1')
    expect(textOf(body('a=%7B%22password%22%3A%22s%22&b=1', form))).to.equal(undefined)
  })

  it('takes fields that only look like JSON for text, unless a path may mean something in them', () => {
    const form = 'application/x-www-form-urlencoded'
    const part = (content: string) =>
      `--b\r\nContent-Disposition: form-data; name="title"\r\n\r\n${content}\r\n--b--\r\n`
    const inPart = (content: string) => textOf(body(part(content), 'multipart/form-data; boundary=b'))
    for (const text of ['[draft] x', '[2024] x: "y"', '{x}', '[draft] a password', "{'a': 1}"]) {
      const fields = `title=${encodeURIComponent(text)}&b=2`
      expect(textOf(body(`${fields}&password=s`, form)), text).to.equal(`${fields}&password=%5Bredacted%5D`)
      expect(inPart(text), text).to.equal(part(text))
    }
    expect(textOf(body('[draft] x=1&%5Bdraft%5D+x=2&[=3', form))).to.equal('[draft] x=1&%5Bdraft%5D+x=2&[=3')
    expect(textOf(body('password=[draft] s&b=2', form))).to.equal('password=%5Bredacted%5D&b=2')
    for (const text of ['{"password":"s"', "{'password': 's'}", '{password=s}', '{"p\\u0061ssword":"s"', '[\0"\0p\0']) {
      expect(textOf(body(`title=${encodeURIComponent(text)}&b=2`, form)), text).to.equal(undefined)
      expect(inPart(text), text).to.equal(undefined)
    }
    expect(textOf(body('items=[{"key2":"s"', form)), 'below a name of the path').to.equal(undefined)
    const anything = createBodyRedactor(redactionRules({ body: ['$.keys[*]', '$.a.*'] }))
    for (const text of ['keys=["s", x', 'b={"keys":["s"', 'a={"b":"s"'])
      expect(anything(body(text, form)).ok, text).to.equal(false)
  })

  it('blanks multipart fields and leaves every other byte', () => {
    const part = (name: string, content: string) =>
      `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${content}\r\n`
    const bytes = `${part('user', 'é')}${part('password', 's')}${part('meta', '{"a":{"password":"t"}}')}--b--\r\n`
    const blank = '[redacted]'
    expect(textOf(body(bytes, 'multipart/form-data; boundary=b'))).to.equal(
      `${part('user', 'é')}${part('password', blank)}${part('meta', blank)}--b--\r\n`,
    )
  })

  describe('of multipart bodies', () => {
    const type = 'multipart/form-data; boundary=b'
    const part = (head: string, content: string) => `--b\r\n${head}\r\n\r\n${content}\r\n`
    const field = 'Content-Disposition: form-data; name="f"'
    const json = `${field}\r\nContent-Type: application/json`
    const last = '--b--\r\n'

    it('reads parts as JSON or its lines', () => {
      const file = `${field}; filename="a"\r\nContent-Type: application/x-ndjson`
      for (const [head, content] of [
        [field, ' {"password":"s"}'],
        [json, '{"a":{"password":"s"}}'],
        [file, '{"a":1}\n{"password":"s"}\n'],
        [field, '[1]\n{"password":"s"}'],
      ] as const) {
        expect(textOf(body(part(head, content) + last, type))).to.equal(part(head, '[redacted]') + last)
      }
    })

    it('keeps what no path speaks about, also where it is cut', () => {
      const csv = part(`${field}; filename="a"\r\nContent-Type: text/csv`, 'a,b\n1,2')
      expect(textOf(body(csv + last, type))).to.equal(csv + last)
      expect(textOf(body(csv, type, { truncated: true }))).to.equal(csv)
      for (const cut of ['--', '--b', '--b-', '--b\r', '--b\r\nContent-']) {
        expect(textOf(body(csv + cut, type, { truncated: true })), cut).to.equal(csv + cut)
      }
    })

    it('keeps nothing where a part can not be read', () => {
      const whole = part(field, '1')
      const unread = {
        'bare line feeds': `--b\n${field}\n\n{"password":"s"}\n--b--\n`,
        'some bare line feeds': `${part(field, '1\n--b\nx: y\n\ns')}${last}`,
        'another boundary': part(field, 's').replaceAll('--b', '--c'),
        'a longer boundary': `${whole}--bx\r\n${field}\r\n\r\ns\r\n${last}`,
        'text before': `s\r\n${whole}${last}`,
        'text behind': `${whole}${last}s`,
        'no head': `--b\r\npassword: s\r\n${last}`,
        'no name': part('Content-Disposition: form-data', 's') + last,
        'duplicate keys': part(json, '{"password":"s","a":1,"a":2}') + last,
        'what looks like JSON': part(field, '{"password":"s"') + last,
        'JSON of another charset': part(`${json}; charset=utf-16`, '\0{\0"') + last,
        'a coded part': part(`${field}\r\nContent-Transfer-Encoding: base64`, 'eyJwYXNzd29yZCI6InMifQ==') + last,
        'parts of a part': part(`${field}\r\nContent-Type: multipart/mixed; boundary=c`, 's') + last,
      }
      for (const [why, text] of Object.entries(unread)) {
        expect(redactor(body(text, type)).ok, why).to.equal(false)
      }
      const cut = body(part(json, '{"password":"s"'), type, { truncated: true })
      expect(redactor(cut).ok, 'cut').to.equal(false)
      for (const tail of ['--bs', `--b\n${field}\n\ns`, `--b\r\n${field}\n\ns`]) {
        expect(redactor(body(whole + tail, type, { truncated: true })).ok, tail).to.equal(false)
      }
      expect(redactor(body(whole + last, 'multipart/form-data')).ok, 'without a boundary').to.equal(false)
      const related = `--b\r\nContent-Type: application/json\r\n\r\n{"password":"s"}\r\n${last}`
      expect(redactor(body(related, 'multipart/related; boundary=b')).ok, 'no form').to.equal(false)
    })
  })

  describe('of event streams', () => {
    const type = 'text/event-stream; charset=utf-8'

    it('blanks in the data of each event and leaves every other line', () => {
      const blank = '{"password":"[redacted]"}'
      for (const [stream, expected] of [
        ['data: {"password":"s"}\n\ndata:{"a":1.0}\n\n', `data: ${blank}\n\ndata:{"a":1.0}\n\n`],
        [': é\r\nid: 1\r\ndata: {"password":\r\ndata: "s"}\r\n\r\n', `: é\r\nid: 1\r\ndata: ${blank}\r\n\r\n`],
        ['data: {"a":1}\rdata: {"password":"s"}\r\r', `data: {"a":1}\rdata: ${blank}\r\r`],
        [
          'data: hello\n\ndata: {"password":"s"}\n\ndata: [DONE]\n\n',
          `data: hello\n\ndata: ${blank}\n\ndata: [DONE]\n\n`,
        ],
        ['data\nevent: x\n\ndata: {"password":"s"}', `data\nevent: x\n\ndata: ${blank}`],
      ] as const) {
        expect(textOf(body(stream, type))).to.equal(expected)
      }
    })

    it('keeps nothing where the data can not be read', () => {
      expect(redactor(body('data: {"password":"s"\n\n', type)).ok).to.equal(false)
      expect(redactor(body('data: {"password":"s","a":1,"a":2}\n\n', type)).ok).to.equal(false)
      expect(redactor(body('data: {"a":1}\n\ndata: {"password', type, { truncated: true })).ok).to.equal(false)
      expect(redactor(body(Buffer.from([0x64, 0xff]), type)).ok).to.equal(false)
    })
  })

  it('keeps nothing of a body that may hold secrets and can not be read', () => {
    const json = 'application/json'
    const unread = [
      body('{"password":"s"', json),
      body('{"a":{"password":"s"},"a":1}', json),
      body('{"password":"s"}', json, { truncated: true }),
      body('{"password":"s"}', json, { contentEncoding: 'zstd' }),
      body('password: s'),
      body(`${' '.repeat(100)}{"password":"s"`, 'application/octet-stream'),
      body(Buffer.from([0x7b, 0x22, 0xff, 0xfe]), json),
    ]
    for (const one of unread) expect(redactor(one).ok, Buffer.from(one.bytes).toString()).to.equal(false)
  })

  it('keeps what no path speaks about', () => {
    expect(textOf(body('<a/>', 'application/xml'))).to.equal('<a/>')
    expect(textOf(body('a,b', 'text/csv', { truncated: true }))).to.equal('a,b')
  })

  it('keeps XML without a content type, as boto3 sends deletes of several objects', () => {
    for (const xml of ['<Delete><Key>a</Key></Delete>', '\ufeff\n <?xml version="1.0"?>\n<a/>']) {
      expect(textOf(body(xml))).to.equal(xml)
      expect(textOf(body(gzipSync(xml), undefined, { contentEncoding: 'gzip', truncated: true }))).not.to.equal(
        undefined,
      )
    }
    for (const other of ['a<b/>', ' ', '\0<a/>']) expect(textOf(body(other)), other).to.equal(undefined)
  })
})
