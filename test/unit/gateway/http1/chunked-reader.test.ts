import { expect } from 'chai'
import fc from 'fast-check'
import { ChunkedReader } from '../../../../gateway/http1/chunked-reader.js'
import { cutAt } from './cuts.js'

interface Read {
  readonly body: string
  readonly left: string
  readonly reader: ChunkedReader
}

/** Feeds `text` in pieces; a sink that stops after every chunk gets the rest of the piece again. */
function read(text: string, cuts: readonly number[] = [], stops = false): Read {
  const reader = new ChunkedReader()
  let body = ''
  let left = ''
  for (const piece of cutAt(text, cuts)) {
    const bytes = Buffer.from(piece, 'latin1')
    const take = (view: Buffer) => {
      body += view.toString('latin1')
      return !stops
    }
    let at = 0
    while (at < bytes.length && !reader.done && reader.fault === undefined) at = reader.read(bytes, at, { take })
    left += bytes.toString('latin1', at)
  }
  return { body, left, reader }
}

const latin1 = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) })

describe('a chunked body', () => {
  it('is the same however its bytes are cut, and ends where it ends', () => {
    const chunks = fc.array(
      latin1.filter((text) => text !== ''),
      { maxLength: 6 },
    )
    const extension = fc.constantFrom('', ';a=b', '; q="x y"')
    const trailers = fc.constantFrom([], ['X-Sum', '1'], ['A', '', 'b', 'c d'])
    const cutting = fc.record({ cuts: fc.array(fc.nat(400)), stops: fc.boolean() })
    fc.assert(
      fc.property(chunks, extension, trailers, cutting, (parts, more, fields, { cuts, stops }) => {
        const coded = parts.map((part) => `${part.length.toString(16)}${more}\r\n${part}\r\n`).join('')
        const lines = fields.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${fields[at + 1] ?? ''}\r\n`] : []))
        const { body, left, reader } = read(`${coded}0\r\n${lines.join('')}\r\nGET /next`, cuts, stops)
        expect(reader.fault).to.equal(undefined)
        expect(reader.done).to.equal(true)
        expect(body).to.equal(parts.join(''))
        expect(reader.trailers).to.deep.equal(fields)
        expect(left).to.equal('GET /next')
      }),
    )
  })

  for (const [what, text] of [
    ['a size that is none', 'x\r\n'],
    ['no size', '\r\nabc'],
    ['a sign', '+3\r\nabc\r\n0\r\n\r\n'],
    ['a prefix', '0x3\r\nabc\r\n0\r\n\r\n'],
    ['a blank before the size', ' 3\r\nabc\r\n0\r\n\r\n'],
    ['a blank after the size', '3 \r\nabc\r\n0\r\n\r\n'],
    ['a size past what is counted exactly', 'fffffffffffffff\r\n'],
    ['a size that ends with LF', '3\nabc\r\n0\r\n\r\n'],
    ['CR without LF', '3\rabc'],
    ['more bytes than it says', '3\r\nabcd\r\n0\r\n\r\n'],
    ['a chunk that ends with LF', '3\r\nabc\n0\r\n\r\n'],
    ['an extension with a control character', '3;\x01\r\nabc\r\n0\r\n\r\n'],
    ['an endless extension', `3;${'x'.repeat(5000)}\r\nabc\r\n0\r\n\r\n`],
    ['a trailer without colon', '0\r\nabc\r\n\r\n'],
    ['a folded trailer', '0\r\nA: b\r\n c\r\n\r\n'],
    ['a trailer that frames', '0\r\nContent-Length: 3\r\n\r\n'],
    ['endless trailers', `0\r\n${'A: b\r\n'.repeat(5000)}`],
  ] as const) {
    it(`with ${what} has a fault, wherever it is cut`, () => {
      for (const cuts of [[], [1], [2, 3, 4], Array.from({ length: 40 }, (_, at) => at)]) {
        const { reader } = read(text, cuts)
        expect(reader.fault, cuts.join()).to.be.a('string')
        expect(reader.done).to.equal(false)
      }
    })
  }
})
