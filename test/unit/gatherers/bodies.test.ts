import busboy from 'busboy'
import { expect } from 'chai'
import fc from 'fast-check'
import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { readBody } from '../../../gatherers/bodies/body-value.js'
import { runs } from '../../support/fuzz.js'

function read(body: string | Uint8Array, contentType?: string, contentEncoding?: string) {
  const result = readBody({ bytes: Buffer.from(body), contentType, contentEncoding })
  return result.ok ? result.value.value : result.gap
}

const unparsed = (about: string) => ({ reason: 'body-unparsed', about })
const json = 'application/json'

describe('captured bodies', () => {
  it('undoes gzip, deflate (both ways it is sent), br, and several in order', () => {
    const text = '{"a":"é"}'
    for (const [encoding, bytes] of [
      ['gzip', gzipSync(text)],
      ['x-gzip', gzipSync(text)],
      ['deflate', deflateSync(text)],
      ['deflate', deflateRawSync(text)],
      ['BR', brotliCompressSync(text)],
      ['identity', Buffer.from(text)],
      ['gzip, br', brotliCompressSync(gzipSync(text))],
    ] as const) {
      expect(read(bytes, json, encoding), encoding).to.deep.equal({ a: 'é' })
    }
    expect(read(text, json, 'zstd')).to.deep.equal(unparsed('unknown content coding'))
    expect(read(text, json, 'gzip')).to.deep.equal(unparsed('not gzip'))
    expect(read(text, json, 'gzip, gzip, gzip, gzip')).to.deep.equal(unparsed('too many content codings'))
  })

  it('stops a bomb by ratio and by bytes, whatever its coding', () => {
    const zeros = Buffer.alloc(64 * 1024 * 1024)
    for (const [encoding, bytes] of [
      ['gzip', gzipSync(zeros)],
      ['deflate', deflateSync(zeros)],
      ['deflate', deflateRawSync(zeros)],
      ['br', brotliCompressSync(zeros, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })],
    ] as const) {
      const before = process.memoryUsage.rss()
      expect(read(bytes, json, encoding)).to.deep.equal({
        reason: 'body-truncated',
        about: 'decoded size is past the limit',
      })
      expect(process.memoryUsage.rss() - before).to.be.below(48 * 1024 * 1024)
    }
  })

  it('reads a small body that happens to compress well', () => {
    const body = JSON.stringify('a'.repeat(60_000))
    expect(read(gzipSync(body), json, 'gzip')).to.have.length(60_000)
  })

  it('reads by content type, and by looks only where there is none', () => {
    expect(read('{"a":1}', 'application/problem+json; charset=UTF-8')).to.deep.equal({ a: 1 })
    expect(read('\ufeff [1]')).to.deep.equal([1])
    expect(read('1\n2\n', 'application/x-ndjson')).to.deep.equal([1, 2])
    expect(read('a=1&a=2&b=%C3%A9+x', 'application/x-www-form-urlencoded')).to.deep.include({ a: ['1', '2'], b: 'é x' })
    expect(read('{"a":1}', 'text/plain')).to.equal('{"a":1}')
    expect(read('PK', 'application/zip')).to.deep.equal(unparsed('no content type that is read'))
    expect(read('')).to.equal(null)
  })

  it('reads Latin-1 where the charset says so, and no text that is not of its charset', () => {
    expect(read(Buffer.from([0x22, 0xe9, 0x22]), 'application/json;charset="iso-8859-1"')).to.equal('é')
    expect(read(Buffer.from([0x22, 0xe9, 0x22]), json)).to.deep.equal(unparsed('not text in its charset'))
    expect(read('{}', 'application/json; charset=utf-16')).to.deep.equal(unparsed('not text in its charset'))
  })

  it('takes form fields named __proto__ for data', () => {
    const fields = read('__proto__=1&constructor=2&__proto__=3', 'application/x-www-form-urlencoded') as object
    expect(Object.entries(fields)).to.deep.equal([
      ['__proto__', ['1', '3']],
      ['constructor', '2'],
    ])
  })
})

const boundary = 'X-1'
const type = `multipart/form-data; boundary=${boundary}`

function multipart(parts: readonly (readonly [string, string])[]): Buffer {
  const text = parts.map(([head, content]) => `--${boundary}\r\n${head}\r\n\r\n${content}\r\n`).join('')
  return Buffer.from(`${text}--${boundary}--\r\n`)
}

function asBusboyReads(body: Buffer): Promise<Record<string, string>> {
  return new Promise((resolve, reject) => {
    const fields: Record<string, string> = {}
    const parser = busboy({ headers: { 'content-type': type } })
    parser.on('field', (name, value) => (fields[name] = value))
    parser.on('close', () => resolve(fields))
    parser.on('error', reject)
    parser.end(body)
  })
}

describe('multipart bodies', () => {
  it('gives fields as text, JSON parts as values, files by what identifies them', () => {
    const body = multipart([
      ['Content-Disposition: form-data; name="note"', 'a\r\nb'],
      ['Content-Disposition: form-data; name=meta\r\nContent-Type: application/json', '{"v":1}'],
      ['content-disposition: form-data; name="file"; filename="a \\"b\\".csv"\r\ncontent-type: text/csv', 'abc'],
      ['Content-Disposition: form-data; name="tag"', '1'],
      ['Content-Disposition: form-data; name="tag"', '2'],
    ])
    expect(JSON.parse(JSON.stringify(read(body, type)))).to.deep.equal({
      note: 'a\r\nb',
      meta: { v: 1 },
      file: {
        filename: 'a "b".csv',
        type: 'text/csv',
        size: 3,
        digest: 'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      },
      tag: ['1', '2'],
    })
  })

  it('says what is wrong with one that is cut or malformed', () => {
    const whole = multipart([['Content-Disposition: form-data; name="a"', 'x']])
    expect(read(whole.subarray(0, -8), type)).to.deep.equal(unparsed('multipart body without an end'))
    expect(read(whole, 'multipart/form-data')).to.deep.equal(unparsed('no boundary'))
    expect(read('nothing', type)).to.deep.equal(unparsed('no boundary'))
    expect(read(multipart([['X: y', 'x']]), type)).to.deep.equal(unparsed('part without a name'))
    expect(read(multipart(Array(1_001).fill(['X: y', 'x']) as [string, string][]), type)).to.deep.include({
      reason: 'body-unparsed',
    })
  })

  it('reads fields as busboy does', async () => {
    const name = fc.stringMatching(/^[a-z]{1,8}$/)
    const content = fc.string().map((text) => text.replaceAll(boundary, ''))
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, content), async (fields) => {
        const parts = Object.entries(fields).map(
          ([key, value]) => [`Content-Disposition: form-data; name="${key}"`, value] as const,
        )
        fc.pre(parts.length > 0)
        const body = multipart(parts)
        expect(JSON.parse(JSON.stringify(read(body, type)))).to.deep.equal(await asBusboyReads(body))
      }),
      { numRuns: runs(50) },
    )
  })

  it('never throws, whatever the bytes', () => {
    const pieces = fc.array(
      fc.constantFrom(`--${boundary}`, '\r\n', '--', 'Content-Disposition: form-data; name=a', ':', 'x'),
    )
    fc.assert(
      fc.property(pieces, (parts) => {
        expect(() => read(parts.join(''), type)).not.to.throw()
      }),
      { numRuns: runs(500) },
    )
  })
})
