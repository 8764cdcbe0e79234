// ATTACKS rows 1 to 6: how a message is framed.
import { expect } from 'chai'
import { expectPassed, expectRefused, openArena, requestOf, type Arena } from './arena.js'
import { seenField } from './raw-upstream.js'

for (const mode of ['off', 'async', 'durable'] as const) {
  describe(`attacks on framing, recording ${mode}`, () => {
    let arena: Arena
    before(async () => {
      arena = await openArena({ mode })
    })
    after(() => arena.close())

    const chunked = '3\r\nabc\r\n0\r\n\r\n'
    const smuggled = requestOf('GET /smuggled HTTP/1.1')
    const refused = (what: string, bytes: string, status: number | readonly number[] = 400) =>
      it(what, async () => {
        const verdict = await arena.attack(bytes, 2)
        expectRefused(verdict, status)
        expect(verdict.closed, 'the connection is closed').to.equal(true)
      })
    const post = (fields: readonly string[], body: string) => requestOf('POST / HTTP/1.1', fields, body)

    describe('row 1: Content-Length with Transfer-Encoding', () => {
      refused('is refused in this order', post(['Content-Length: 5', 'Transfer-Encoding: chunked'], chunked + smuggled))
      refused('is refused in that order', post(['Transfer-Encoding: chunked', 'Content-Length: 5'], chunked + smuggled))
    })

    describe('row 2: Content-Length', () => {
      refused('twice and different is refused', post(['Content-Length: 3', 'Content-Length: 4'], 'abcd'))
      refused('twice and equal is refused', post(['Content-Length: 3', 'Content-Length: 3'], 'abc'))
      for (const value of [
        '3, 3',
        '+3',
        '-1',
        '0x3',
        '3 3',
        '',
        '99999999999999999999999',
        '9007199254740993',
        '３',
        '3;',
      ]) {
        const bytes = Buffer.from(value).toString('latin1')
        refused(`of "${value}" is refused`, post([`Content-Length: ${bytes}`], 'abc'))
      }
    })

    describe('row 3: Transfer-Encoding in disguise', () => {
      const disguises = [
        'Transfer-Encoding: xchunked',
        'Transfer-Encoding : chunked',
        'Transfer-Encoding\t: chunked',
        'Transfer-Encoding:\r\n chunked',
        ' Transfer-Encoding: chunked',
        'Transfer-Encoding: \x0bchunked',
        'Transfer-Encoding: chunked, identity',
        'Transfer-Encoding: identity',
        'Transfer-Encoding: gzip, chunked',
        'Transfer-Encoding: chunked, chunked',
        'Transfer-Encoding: "chunked"',
        'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked',
        'Transfer-Encoding: chunked\r\nTransfer-encoding: x',
        'Transfer-Encoding: x\r\nTransfer-Encoding: chunked',
        'X: a\nTransfer-Encoding: chunked',
        'Transfer\0-Encoding: chunked',
      ]
      for (const field of disguises) refused(JSON.stringify(field), post([field], chunked + smuggled), [400, 501])
    })

    describe('row 4: chunked in HTTP/1.0', () => {
      refused('is refused', requestOf('POST / HTTP/1.0', ['Transfer-Encoding: chunked'], chunked))
      refused(
        'is refused with keep-alive',
        requestOf('POST / HTTP/1.0', ['Transfer-Encoding: chunked', 'Connection: keep-alive'], chunked + smuggled),
      )
    })

    describe('row 5: a body on a method that expects none', () => {
      const inner = 'GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n'
      for (const method of ['DELETE', 'OPTIONS', 'GET', 'HEAD', 'PROPFIND']) {
        it(`chunked on ${method} is a body, never a second request`, async () => {
          const body = `${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`
          const seen = expectPassed(
            await arena.attack(requestOf(`${method} /a HTTP/1.1`, ['Transfer-Encoding: chunked'], body)),
          )
          expect(seen.line).to.equal(`${method} /a HTTP/1.1`)
          expect(seen.body).to.equal(inner)
          expect(seenField(seen, 'transfer-encoding')).to.equal('chunked')
        })
        it(`with a length on ${method} is a body, never a second request`, async () => {
          const seen = expectPassed(
            await arena.attack(requestOf(`${method} /a HTTP/1.1`, [`Content-Length: ${inner.length}`], inner)),
          )
          expect(seen.body).to.equal(inner)
        })
      }

      it('an empty chunked body ends where it ends', async () => {
        for (const method of ['DELETE', 'GET', 'POST']) {
          const first = requestOf(`${method} /a HTTP/1.1`, ['Transfer-Encoding: chunked'], '0\r\n\r\n')
          const verdict = await arena.attack(first + requestOf('GET /b HTTP/1.1'), 2)
          expect(verdict.upstream.map((request) => request.line.split(' ')[1])).to.deep.equal(['/a', '/b'])
          expect(verdict.statuses).to.deep.equal([200, 200])
        }
      })
    })

    describe('row 6: what is not HTTP', () => {
      refused('a bare LF in the head', 'GET / HTTP/1.1\nHost: h\n\n')
      refused('a bare CR in the head', 'GET / HTTP/1.1\r\nHost: h\rX: y\r\n\r\n')
      refused('a bare LF after a field', 'GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n')
      refused('NUL in a value', requestOf('GET / HTTP/1.1', ['X: a\0b']))
      refused('NUL in a name', requestOf('GET / HTTP/1.1', ['X\0: a']))
      refused('an empty name', requestOf('GET / HTTP/1.1', [': a']))
      refused('a line without colon', requestOf('GET / HTTP/1.1', ['abc']))
      refused('folding', requestOf('GET / HTTP/1.1', ['X: a\r\n b']))
      refused('a space before the colon', requestOf('GET / HTTP/1.1', ['X : a']))
      refused('an unknown version', requestOf('GET / HTTP/1.2'))
      refused('HTTP/0.9', 'GET /\r\n\r\n')
      refused('a method in lower case', requestOf('get / HTTP/1.1'))
    })

    describe('row 6: bad chunks', () => {
      const bad: [string, string][] = [
        ['no size', '\r\nabc\r\n0\r\n\r\n'],
        ['a size that is no number', 'xyz\r\nabc\r\n0\r\n\r\n'],
        ['a negative size', '-3\r\nabc\r\n0\r\n\r\n'],
        ['a size that overflows', 'fffffffffffffffff3\r\nabc\r\n0\r\n\r\n'],
        ['0x', '0x3\r\nabc\r\n0\r\n\r\n'],
        ['a longer chunk than its size', '3\r\nabcd\r\n0\r\n\r\n'],
        ['bare LF after the size', '3\nabc\r\n0\r\n\r\n'],
        ['bare LF after the data', '3\r\nabc\n0\r\n\r\n'],
        ['bare CR in the size line', '3\rabc\r\n0\r\n\r\n'],
        ['a space in the size', '3 3\r\nabc\r\n0\r\n\r\n'],
        ['NUL in an extension', '3;a\0b\r\nabc\r\n0\r\n\r\n'],
      ]
      for (const [what, body] of bad) {
        it(`${what} never makes a whole request upstream`, async () => {
          const verdict = await arena.attack(post(['Transfer-Encoding: chunked'], body + smuggled), 2)
          expect(verdict.upstream.map((request) => request.line)).to.deep.equal([])
          expect(verdict.closed).to.equal(true)
          for (const status of verdict.statuses) expect(status).to.equal(400)
        })
      }
      it('an overlong extension never makes a whole request upstream', async () => {
        const verdict = await arena.attack(
          post(['Transfer-Encoding: chunked'], `3;${'a'.repeat(100_000)}\r\nabc\r\n0\r\n\r\n`),
          2,
        )
        expect(verdict.upstream).to.deep.equal([])
        expect(verdict.closed).to.equal(true)
      })
    })
  })
}
