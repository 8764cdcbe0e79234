import { expect } from 'chai'
import fc from 'fast-check'
import { isBrokenHead, readRequestText } from '../../../../gateway/http1/head-text.js'

const line = 'GET /a?b HTTP/1.1\r\n'

describe('the text of a request head', () => {
  it('gives method, target, version and fields as they came', () => {
    const lines = 'Host: h\r\nx-A:1\r\nX-a: \t two  \r\nE:\r\nL: \xe9\r\n'
    const head = readRequestText(`PURGE http://h/a HTTP/1.0\r\n${lines}`)
    expect(head).to.deep.equal({
      kind: 'request',
      method: 'PURGE',
      target: 'http://h/a',
      version: '1.0',
      fields: ['Host', 'h', 'x-A', '1', 'X-a', 'two', 'E', '', 'L', '\xe9'],
      lines,
    })
  })

  it('gives back any fields that can be written', () => {
    const name = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}$/)
    const value = fc.stringMatching(/^(?:[!-~\x80-\xff](?:[\t -~\x80-\xff]{0,20}[!-~\x80-\xff])?)?$/)
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), (pairs) => {
        const text = line + pairs.map(([one, other]) => `${one}: ${other}\r\n`).join('')
        const head = readRequestText(text)
        expect(head.kind === 'request' && head.fields).to.deep.equal(pairs.flat())
      }),
    )
  })

  for (const text of [
    '\r\n',
    'GET\r\n',
    'GET /\r\n',
    ' / HTTP/1.1\r\n',
    'GET / HTTP/2.0\r\n',
    'PRI * HTTP/2.0\r\n',
    'GET / HTTP/1.1 \r\n',
    'GET / http/1.1\r\n',
    'G(T / HTTP/1.1\r\n',
    'get / HTTP/1.1\r\n',
    `${'G'.repeat(33)} / HTTP/1.1\r\n`,
    `${line}no colon\r\n`,
    `${line}: empty name\r\n`,
    `${line}A : b\r\n`,
    `${line}A: b\r\n c\r\n`,
    `${line}A: b\nC: d\r\n`,
    `${line}A: b\rC: d\r\n`,
    `${line}A: \0\r\n`,
    `${line}A: \x7f\r\n`,
    `${line}\xe9: b\r\n`,
  ]) {
    it(`is refused where it reads ${JSON.stringify(text)}`, () => {
      expect(readRequestText(text).kind).to.equal('fault')
    })
  }

  it('is known to be broken before it is complete', () => {
    for (const text of ['GET / HTTP/1.1\n', '\n', 'GET / HTTP/1.1\r\nA: b\n', 'GET /\rx']) {
      expect(isBrokenHead(text), JSON.stringify(text)).to.equal(true)
    }
    for (const text of ['GET', 'GET / HTTP/1.1\r', 'GET / HTTP/1.1\r\nA: b\r\n']) {
      expect(isBrokenHead(text), JSON.stringify(text)).to.equal(false)
    }
  })
})
