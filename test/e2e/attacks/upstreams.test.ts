// ATTACKS rows 26 to 29: upstreams that break, and clients that leave.
import { expect } from 'chai'
import type { Socket } from 'node:net'
import { openArena, requestOf, type Arena, type ArenaOptions } from './arena.js'
import { fieldIn, RawClient } from './raw-client.js'

const ok = 'HTTP/1.1 200 OK\r\n'

for (const mode of ['off', 'async', 'durable', 'required'] as const) {
  const open = (answer: ArenaOptions['answer']) => openArena({ ...(answer === undefined ? {} : { answer }), mode })

  const using = async (answer: ArenaOptions['answer'], use: (arena: Arena) => Promise<void>) => {
    const arena = await open(answer)
    try {
      await use(arena)
    } finally {
      await arena.close()
    }
  }

  /** Sends the bytes, then ends or resets the connection. */
  const cutting =
    (bytes: string, reset: boolean): ArenaOptions['answer'] =>
    (_request, socket) => {
      socket.write(bytes, 'latin1', () => {
        if (reset) socket.resetAndDestroy()
        else socket.destroySoon()
      })
      return undefined
    }

  describe(`broken upstreams: recording ${mode}`, () => {
    const cuts: [string, string][] = [
      ['in the middle of a length', `${ok}Content-Length: 10\r\n\r\nhalf`],
      ['before the first byte of a length', `${ok}Content-Length: 10\r\n\r\n`],
      ['in the middle of a chunk', `${ok}Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n8\r\nmore`],
      ['between chunks', `${ok}Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n`],
      ['before the last CR LF', `${ok}Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\n`],
      ['by a bad chunk', `${ok}Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nzzz\r\n`],
    ]
    for (const [where, bytes] of cuts) {
      for (const reset of [false, true]) {
        it(`row 26: cut ${where} (${reset ? 'reset' : 'ended'}), the client is aborted`, () =>
          using(cutting(bytes, reset), async (arena) => {
            const client = await new RawClient(arena.port).send(requestOf('GET /cut HTTP/1.1')).ending()
            // an answer of which nothing has gone out may also become a 502
            if (client.finals.length > 0) expect(client.statuses).to.deep.equal([502])
            else expect(client.broken || client.unparsed === '').to.equal(true)
            const verdict = await arena.judge(client)
            expect(verdict.upstream).to.have.length(1)
            if (mode === 'off') return
            const record = arena.gateway.recorder.closed[0]?.record
            expect(record?.outcome).to.equal(client.finals.length > 0 ? 'failed' : 'upstream-aborted')
          }))
      }
    }

    it('what came before the cut comes before the break', () =>
      using(cutting(`${ok}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`, false), async (arena) => {
        const client = await new RawClient(arena.port).send(requestOf('GET /cut HTTP/1.1')).ending()
        expect(client.broken).to.equal(true)
        expect(client.unparsed).to.match(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n5\r\nhello\r\n$/)
      }))

    const invalid: [string, string][] = [
      ['both framings', `${ok}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`],
      [
        'both framings the other way',
        `${ok}Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
      ],
      ['two lengths', `${ok}Content-Length: 2\r\nContent-Length: 3\r\n\r\nok`],
      ['two equal lengths', `${ok}Content-Length: 2\r\nContent-Length: 2\r\n\r\nok`],
      ['a list of lengths', `${ok}Content-Length: 2, 2\r\n\r\nok`],
      ['a negative length', `${ok}Content-Length: -2\r\n\r\nok`],
      ['an unknown encoding', `${ok}Transfer-Encoding: xchunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`],
      ['junk', 'junk\r\n\r\n'],
      ['nothing', ''],
      ['half a head', 'HTTP/1.1 200 OK\r\nContent-Le'],
      ['no status', 'HTTP/1.1 OK\r\n\r\n'],
      ['NUL in a field', `${ok}X: a\0b\r\nContent-Length: 2\r\n\r\nok`],
      ['folding', `${ok}X: a\r\n b\r\nContent-Length: 2\r\n\r\nok`],
      ['a space before the colon', `${ok}Content-Length : 2\r\n\r\nok`],
      ['an endless head', `${ok}X: ${'a'.repeat(200_000)}\r\n\r\n`],
      ['an unasked 101', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'],
    ]
    for (const [what, bytes] of invalid) {
      it(`row 27: ${what} is answered 502`, () =>
        using(cutting(bytes, false), async (arena) => {
          const verdict = await arena.attack(requestOf('GET /invalid HTTP/1.1'))
          expect(verdict.statuses).to.deep.equal([502])
          expect(fieldIn(verdict.answers[0]?.fields ?? [], 'content-type')).to.equal('application/problem+json')
          expect(verdict.upstream).to.have.length(1)
        }))
    }

    it('row 27: a reset is answered 502, and the request is not sent again', () =>
      using(cutting('', true), async (arena) => {
        const verdict = await arena.attack(requestOf('POST /reset HTTP/1.1', ['Content-Length: 2'], 'ok'))
        expect(verdict.statuses).to.deep.equal([502])
        expect(verdict.upstream).to.have.length(1)
      }))

    it('row 27: what an upstream sends after its answer is no answer to the next request', () =>
      using(
        (request) =>
          request.line.includes('first')
            ? `${ok}Content-Length: 2\r\n\r\nok${ok}Content-Length: 4\r\n\r\nevil`
            : `${ok}Content-Length: 4\r\n\r\ngood`,
        async (arena) => {
          const one = await arena.attack(requestOf('GET /first HTTP/1.1'))
          expect(one.answers.map((answer) => answer.body)).to.deep.equal(['ok'])
          const two = await arena.attack(requestOf('GET /second HTTP/1.1'))
          expect(two.answers.map((answer) => answer.body)).not.to.include('evil')
        },
      ))

    it('row 28: 103 and trailers are passed on', () =>
      using(
        () =>
          [
            'HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\nLink: </b>; rel=preload\r\n\r\n',
            `${ok}Transfer-Encoding: chunked\r\nTrailer: X-Sum, Set-Cookie\r\n\r\n`,
            '2\r\nok\r\n0\r\nX-Sum: 9\r\nSet-Cookie: evil=1\r\n\r\n',
          ].join(''),
        async (arena) => {
          const { answers, statuses } = await arena.attack(requestOf('GET / HTTP/1.1', ['TE: trailers']))
          expect(statuses).to.deep.equal([103, 200])
          expect(answers[0]?.fields.filter((line) => line.startsWith('Link: '))).to.have.length(2)
          expect(answers[1]?.body).to.equal('ok')
          expect(answers[1]?.trailers).to.deep.equal(['X-Sum: 9'])
          expect(fieldIn(answers[1]?.fields ?? [], 'trailer')?.toLowerCase()).to.equal('x-sum')
          const old = await arena.attack('GET / HTTP/1.0\r\nHost: h\r\n\r\n')
          expect(old.statuses).to.deep.equal([200])
          expect(old.answers[0]?.body).to.equal('ok')
        },
      ))

    it('a service that answers the head alone is heard, though the body does not come', async () => {
      const arena = await open(undefined)
      arena.upstream.onHead = (socket, head) => {
        if (head.startsWith('POST ')) socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno')
      }
      for (const framing of ['Content-Length: 4', 'Transfer-Encoding: chunked']) {
        const client = await new RawClient(arena.port).send(requestOf('POST /a HTTP/1.1', [framing])).answered()
        expect(client.statuses, framing).to.deep.equal([413])
        client.leave()
      }
      await arena.close()
    })

    it('row 28: an interim answer ends its hop-by-hop fields at the gateway too', () =>
      using(
        () =>
          [
            'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=3\r\n',
            'Transfer-Encoding: chunked\r\nWaybill-Exchange: 00000000000000000000000000000000\r\n\r\n',
            'HTTP/1.1 102 Processing\r\nContent-Length: 5\r\n\r\n',
            `${ok}Content-Length: 2\r\n\r\nok`,
          ].join(''),
        async (arena) => {
          const { answers } = await arena.attack(requestOf('GET / HTTP/1.1'))
          expect(answers.map(({ status }) => status)).to.deep.equal([103, 102, 200])
          expect(answers[0]?.fields).to.deep.equal(['Link: </a>', 'Via: 1.1 waybill'])
          expect(answers[1]?.fields).to.deep.equal(['Via: 1.1 waybill'])
        },
      ))
  })

  describe(`clients that leave: recording ${mode}`, () => {
    const gone = (arena: Arena, socket: Socket) => arena.upstream.until(() => !arena.upstream.sockets.has(socket))
    let socket: Socket

    it('row 29: while the answer streams, the upstream’s connection ends', () =>
      using(
        (_request, one) => {
          socket = one
          return `${ok}Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n`
        },
        async (arena) => {
          const client = new RawClient(arena.port).send(requestOf('GET /stream HTTP/1.1'))
          await client.until(() => client.unparsed.includes('half'))
          client.leave()
          await gone(arena, socket)
          await arena.judge(client)
        },
      ))

    it('row 29: before the head, the upstream’s connection ends', () =>
      using(
        (_request, one) => {
          socket = one
          return undefined
        },
        async (arena) => {
          const client = new RawClient(arena.port).send(requestOf('GET /wait HTTP/1.1'))
          await arena.upstream.until(() => arena.upstream.seen.length === 1)
          client.leave()
          await gone(arena, socket)
          await arena.judge(client)
        },
      ))

    for (const framing of ['Content-Length: 10', 'Transfer-Encoding: chunked']) {
      it(`row 29: in its own body (${framing}), the upstream never sees a whole request`, () =>
        using(undefined, async (arena) => {
          const begun = new Promise<void>((resolve) => {
            arena.upstream.onHead = (one, bytes) => {
              if (!bytes.startsWith('POST')) return
              socket = one
              resolve()
            }
          })
          const part = framing.startsWith('T') ? '4\r\nhalf\r\n' : 'half'
          const client = new RawClient(arena.port).send(requestOf('POST /body HTTP/1.1', [framing], part))
          await begun
          client.leave()
          await gone(arena, socket)
          expect((await arena.judge(client)).upstream).to.deep.equal([])
        }))
    }
  })
}
