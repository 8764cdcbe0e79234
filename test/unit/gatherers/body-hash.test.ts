import { expect } from 'chai'
import fc from 'fast-check'
import { createHash } from 'node:crypto'
import { bodyDigests, createBodyHash } from '../../../gatherers/bodies/body-hash.js'

const sha256 = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** One frame a piece, then the last frame and trailers. */
function framed(pieces: readonly Uint8Array[], signature = '', trailers = 'x-amz-checksum-crc32:AAAA\r\n\r\n'): Buffer {
  const frames = pieces.map((piece) => [
    Buffer.from(`${piece.length.toString(16)}${signature}\r\n`),
    piece,
    Buffer.from('\r\n'),
  ])
  return Buffer.concat([...frames.flat(), Buffer.from(`0${signature}\r\n${trailers}`)])
}

function hashOf(body: Uint8Array, cuts: readonly number[]): string | undefined {
  const hash = createBodyHash('aws-chunked-sha256')
  const ends = [...cuts.map((cut) => cut % (body.length + 1)), body.length].sort((one, other) => one - other)
  ends.reduce((from, to) => (hash.update(body.subarray(from, to)), to), 0)
  return hash.digest()
}

describe('gatherers/bodies: digests', () => {
  it('is that of the content of an aws-chunked body, however it is framed and wherever it is cut', () => {
    const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 5 })
    const signature = fc.constantFrom('', `;chunk-signature=${'0'.repeat(64)}`)
    fc.assert(
      fc.property(pieces, signature, fc.array(fc.nat(), { maxLength: 20 }), (content, signed, cuts) => {
        expect(hashOf(framed(content, signed), cuts)).to.equal(sha256(Buffer.concat(content)))
      }),
    )
  })

  it('is none of a body that is not so framed, or not to its end', () => {
    const whole = framed([Buffer.from('hello')])
    const others = [
      Buffer.from('hello'),
      Buffer.alloc(0),
      whole.subarray(0, whole.indexOf('0\r\n')),
      Buffer.from('5\r\nhello!\r\n0\r\n\r\n'),
      Buffer.from('5\nhello\r\n0\r\n\r\n'),
      Buffer.from(`5;${'x'.repeat(300)}\r\nhello\r\n0\r\n\r\n`),
      Buffer.from('-5\r\nhello\r\n0\r\n\r\n'),
    ]
    for (const one of others) expect(hashOf(one, []), one.toString()).to.equal(undefined)
    expect(bodyDigests(['aws-chunked-sha256', 'sha256'], Buffer.from('hello'))).to.deep.equal({
      sha256: sha256(Buffer.from('hello')),
    })
  })
})
