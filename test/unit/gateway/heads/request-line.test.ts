import { expect } from 'chai'
import { parseAuthority } from '../../../../gateway/heads/authority.js'
import { framingOf } from '../../../../gateway/heads/framing.js'
import { parseTarget } from '../../../../gateway/heads/target.js'

describe('request targets', () => {
  it('are split into path and query, byte for byte', () => {
    expect(parseTarget('GET', '/')).to.deep.equal({ kind: 'origin', path: '/', query: '' })
    expect(parseTarget('GET', '/a%0d%0a?b=%0d%0a?/../')).to.deep.equal({
      kind: 'origin',
      path: '/a%0d%0a',
      query: '?b=%0d%0a?/../',
    })
    expect(parseTarget('GET', '//h/x')).to.deep.equal({ kind: 'origin', path: '//h/x', query: '' })
  })

  it('in absolute form give their authority apart', () => {
    const absolute = (authority: string, path: string, query = '') => ({ kind: 'absolute', authority, path, query })
    expect(parseTarget('GET', 'http://h:80/a?b')).to.deep.equal(absolute('h:80', '/a', '?b'))
    expect(parseTarget('GET', 'HTTPS://H')).to.deep.equal(absolute('H', '/'))
    expect(parseTarget('GET', 'http://h?q')).to.deep.equal(absolute('h', '/', '?q'))
    expect(parseTarget('GET', 'http://h@evil/a')).to.deep.equal(absolute('h@evil', '/a'))
  })

  it('are refused where they are not valid in a request line', () => {
    const invalid = ['/a#b', '/a b', '/\u00e9', '/a\tb', '/a\0', '/a\x7f', '', 'a', 'http://', 'http:///a', 'ftp://h/']
    for (const target of invalid) expect(parseTarget('GET', target).kind, target).to.equal('refused')
    expect(parseTarget('GET', '*').kind).to.equal('refused')
  })

  it('of OPTIONS may be the server as a whole, in absolute form too (RFC 9112 section 3.2.4)', () => {
    const at = (target: string) => {
      const parsed = parseTarget('OPTIONS', target)
      return parsed.kind === 'refused' ? parsed.reason : parsed.path + parsed.query
    }
    expect(at('*')).to.equal('*')
    expect(at('http://h:80')).to.equal('*')
    expect(at('http://h/')).to.equal('/')
    expect(at('http://h?q')).to.equal('/?q')
    expect(at('http://h?')).to.equal('/?')
  })
})

describe('authorities', () => {
  it('are read strictly', () => {
    const valid: [string, string, string][] = [
      ['Example.COM', 'example.com', ''],
      ['a.example.:8080', 'a.example', '8080'],
      ['my_host-1:0', 'my_host-1', '0'],
      ['127.0.0.1:65535', '127.0.0.1', '65535'],
      ['[::1]', '[::1]', ''],
      ['[2001:DB8::1]:443', '[2001:db8::1]', '443'],
      ['h:', 'h', ''],
    ]
    for (const [text, host, port] of valid) expect(parseAuthority(text), text).to.deep.equal({ host, port })
  })

  it('are refused where parsers disagree', () => {
    const malformed = [
      '',
      'good/evil@x',
      'a@b',
      'a b',
      'a,b',
      'a/b',
      'a?b',
      'a#b',
      'a:b',
      'a:1:2',
      'a:65536',
      'a:+1',
      ':80',
    ]
    const more = [
      '.',
      'a..b',
      '.a',
      '[::1',
      '::1',
      '[::1]x',
      '[fe80::1%eth0]',
      '[1.2.3.4]',
      'a%41',
      'a\\b',
      'é',
      '[]',
      'a'.repeat(300),
    ]
    for (const text of [...malformed, ...more]) expect(parseAuthority(text), text).to.equal(undefined)
  })
})

describe('framing', () => {
  const framing = (lengths: string[], encodings: string[] = [], version = '1.1') =>
    framingOf({ lengths, encodings }, version).kind

  it('is none, one length or chunked', () => {
    expect(framing([])).to.equal('none')
    expect(framingOf({ lengths: ['12'], encodings: [] }, '1.0')).to.deep.equal({ kind: 'length', length: 12 })
    expect(framing([], ['Chunked'])).to.equal('chunked')
  })

  it('is refused in every other case', () => {
    for (const lengths of [['5', '5'], ['5', '6'], ['5, 5'], ['+5'], ['-1'], [''], ['0x5'], ['5 '], ['9'.repeat(17)]]) {
      expect(framing(lengths), lengths.join('|')).to.equal('refused')
    }
    for (const encodings of [
      ['xchunked'],
      ['chunked', 'chunked'],
      ['chunked, identity'],
      ['gzip, chunked'],
      ['\vchunked'],
      [''],
    ]) {
      expect(framing([], encodings), encodings.join('|')).to.equal('refused')
    }
    expect(framing(['5'], ['chunked'])).to.equal('refused')
    expect(framing([], ['chunked'], '1.0')).to.equal('refused')
  })
})
