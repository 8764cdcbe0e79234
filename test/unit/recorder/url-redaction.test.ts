import { expect } from 'chai'
import { gzipSync } from 'node:zlib'
import { redactionRules } from '../../../core/redaction.js'
import { createBodyRedactor, type CapturedBody } from '../../../recorder/body-redaction.js'

function body(bytes: Uint8Array, contentType: string, contentEncoding?: string): CapturedBody {
  return { bytes, truncated: false, contentType, contentEncoding }
}

describe('redaction of URLs in bodies', () => {
  const bare = createBodyRedactor(redactionRules({ query: ['a.b'] }))
  const kept = (text: string, contentType: string, coding?: string) => {
    const bytes = coding === undefined ? Buffer.from(text) : gzipSync(text)
    const result = bare(body(bytes, contentType, coding))
    return result.ok ? Buffer.from(result.bytes).toString() : undefined
  }
  const expectLeft = (text: string) => {
    const plain = body(Buffer.from(text), 'text/plain')
    expect(bare(plain), text).to.deep.equal({ ok: true, bytes: plain.bytes, contentEncoding: undefined })
  }

  it('blanks signatures of presigned URLs in any body', () => {
    const url = (signature: string) => `http://s3/b/k%20é?X-Amz-Expires=9&X-Amz-Signature=${signature}&partNumber=1`
    const json = `{"url":"${url('0a1b')}","n":1.0}`
    const expected = `{"url":"${url('[redacted]')}","n":1.0}`
    expect(kept(json, 'application/json')).to.equal(expected)
    expect(kept(json, 'application/json', 'gzip')).to.equal(expected)
    for (const [secret, blanked] of [
      ['{"u":"x?X-Goog-Signature=ab\\u0026a=1"}', '{"u":"x?X-Goog-Signature=[redacted]\\u0026a=1"}'],
      ['<U>x?X-Amz-Security-Token=a%2Fb%3D&amp;a=1</U>', '<U>x?X-Amz-Security-Token=[redacted]&amp;a=1</U>'],
      ['to=s3%3FX-Amz-Signature%3Dab', 'to=s3%3FX-Amz-Signature%3D[redacted]'],
      ['cut ?X-Amz-Signature=ab', 'cut ?X-Amz-Signature=[redacted]'],
      ['X-Amz-Credential=AK/1', 'X-Amz-Credential=[redacted]'],
    ] as const) {
      expect(kept(secret, 'text/plain')).to.equal(blanked)
    }
  })

  it('blanks the other secret parameters where a URL has them', () => {
    for (const [secret, blanked] of [
      [
        '{"u":"s3/k?AWSAccessKeyId=AK&Signature=a%3D&Expires=1"}',
        '{"u":"s3/k?AWSAccessKeyId=[redacted]&Signature=[redacted]&Expires=1"}',
      ],
      ['{"u":"az/k?sv=1&sig=a%2B%3D","é":"é"}', '{"u":"az/k?sv=1&sig=[redacted]","é":"é"}'],
      [
        '{"u":"x?a\\u003d1\\u0026sig\\u003da\\/b\\u003d\\u0026b=2"}',
        '{"u":"x?a\\u003d1\\u0026sig\\u003d[redacted]\\u0026b=2"}',
      ],
      ['<a href="x?a=1&amp;TOKEN=a,b">', '<a href="x?a=1&amp;TOKEN=[redacted]">'],
      ['x?token[]=à b', 'x?token[]=[redacted] b'],
      ['x?a.b=s', 'x?a.b=[redacted]'],
      ['to=az%3Fsig%3Da', 'to=az%3Fsig%3D[redacted]'],
    ] as const) {
      expect(kept(secret, 'text/plain')).to.equal(blanked)
    }
  })

  it('blanks who URLs say to be, as they are, escaped or encoded', () => {
    const once = encodeURIComponent
    for (const [secret, blanked] of [
      ['{"u":"https://u:p@x/k","v":"a@b"}', '{"u":"https://[redacted]@x/k","v":"a@b"}'],
      ['{"u":"https:\\/\\/u:p\\u0026é@x\\/k"}', '{"u":"https:\\/\\/[redacted]@x\\/k"}'],
      ['{"u":"postgresql+psycopg2://u:p%2F@@x:5432/db"}', '{"u":"postgresql+psycopg2://[redacted]@x:5432/db"}'],
      ['clone git+https://ghp_1@x/k.git', 'clone git+https://[redacted]@x/k.git'],
      ['redis://:p&w@x', 'redis://[redacted]@x'],
      ["['https://u:p@x', 'http://v:q@y']", "['https://[redacted]@x', 'http://[redacted]@y']"],
      ['u=http://u:p@x&b=http://y&c=a%40b', 'u=http://[redacted]@x&b=http://y&c=a%40b'],
      [`u=${once('http://u:p%2F+&w@x/')}&b=a`, 'u=http%3A%2F%2F[redacted]%40x%2F&b=a'],
      ['u=https%3A//u%3Ap%40x', 'u=https%3A//[redacted]%40x'],
      [`j=${once('{"u":"https:\\/\\/u:p@x"}')}`, 'j=%7B%22u%22%3A%22https%3A%5C%2F%5C%2F[redacted]%40x%22%7D'],
      [
        `http://x/?n=${once(`/?m=${once('http://u:p@y')}`)}`,
        'http://x/?n=%2F%3Fm%3Dhttp%253A%252F%252F[redacted]%2540y',
      ],
      [`http://x/?n=${once(once('http://y?sig=s'))}`, 'http://x/?n=http%253A%252F%252Fy%253Fsig%253D[redacted]'],
    ] as const) {
      expect(kept(secret, 'text/plain')).to.equal(blanked)
    }
  })

  it('leaves who is no secret', () => {
    for (const text of [
      'abfss://lake@store.dfs.core.windows.net/a ssh://git@x/k hdfs://u@x:8020/',
      'u=abfss%3A%2F%2Flake%40store',
      '{"a":"http://x:80/","b":"u:p@y"}',
      'docker://r:5000/image@sha256:00 http://x/~u:p@y',
      'http://x,u@y http://x?u:p@y http://x#u:p@y mailto:a:b@c',
      'u=http%3A%2F%2Fx%3A80+a%40b v=http%3A%2F%2Fx%3A80%26a%3Db%40c',
    ]) {
      expectLeft(text)
    }
  })

  it('leaves what only looks like it', () => {
    const form = 'application/x-www-form-urlencoded'
    expect(kept('q=a%3F&token=s&b=2', form)).to.equal('q=a%3F&token=%5Bredacted%5D&b=2')
    for (const text of [
      '{"X-Amz-SignedHeaders":"host","sig":"?","token=":1}',
      'Is it so? sig=1',
      'a?design=1&axb=2&tokens=3&my_token=4',
      'signature: a=b&c?',
    ]) {
      expectLeft(text)
    }
  })

  it('takes time in proportion to the length, whatever is in it', () => {
    const inQueries = ['?', '&', '?sig=', '%3F', '\\u0026', '&amp;', '?token[', 'X-Amz-', '\\/', '?sig=\\', '%25', '25']
    const inUserinfo = ['://', ':\\/', 'a', '@', '%40', '%2540', '&a', '%26a', '%3A%2F%2F', '%3A//%253A//', '\\u003c']
    for (const piece of [...inQueries, ...inUserinfo]) {
      const text = `${piece.repeat(200_000)} http://${piece.repeat(200_000)}@`
      expect(bare(body(Buffer.from(`?sig=${text}`), 'text/plain')).ok).to.equal(true)
    }
  }).timeout(20_000)
})
