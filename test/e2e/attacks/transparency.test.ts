// The published list (docs/transparency.md) against the wire: the same bytes sent to the service directly and through the
// gateway differ by what is listed, and by nothing else.
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { openArena, requestOf, type Arena } from './arena.js'
import { namesIn, RawClient } from './raw-client.js'
import type { SeenRequest } from './raw-upstream.js'

const answer = [
  'HTTP/1.1 207 Odd Reason',
  'Date: Thu, 01 Jan 1970 00:00:00 GMT',
  'sErVer: Odd/1',
  'Set-Cookie: a=1',
  'X-One: 1',
  'set-cookie: b=2; Path=/',
  'ETag: "x"',
  'X-Latin: \xe9',
  'X-Empty:',
  'Location: http://127.0.0.1:1/elsewhere',
  'Content-Length: 5',
  '',
  '\x00\xff\r\n!',
].join('\r\n')

const sent = [
  'uSer-aGent: odd',
  'Accept: a',
  'accept: b',
  'Cookie: c=1',
  'X-Latin: \xe9',
  'X-Empty:',
  'Authorization: Basic eDp5',
  'Content-Type: x/y',
  'my_field: kept',
]

for (const mode of ['off', 'async', 'durable'] as const) {
  describe(`transparency: recording ${mode}`, () => {
    let arena: Arena
    before(async () => {
      arena = await openArena({ mode, answer: () => answer })
    })
    after(() => arena.close())

    const exchange = async (port: number, bytes: string) => {
      const from = arena.upstream.seen.length
      const client = await new RawClient(port).send(bytes).answered()
      client.leave()
      const [reply] = client.finals
      const seen: SeenRequest | undefined = arena.upstream.seen[from]
      if (reply === undefined || seen === undefined) throw new Error('no answer')
      return { reply, seen }
    }

    for (const [line, extra, body] of [
      ['GET /a/b?c=%2f&d=//../ HTTP/1.1', [], ''],
      ['POST /a HTTP/1.1', ['Content-Length: 4'], '\x00\xff\r\n'],
      ['PUT /a HTTP/1.1', ['Transfer-Encoding: chunked'], '4\r\n\x00\xff\r\n\r\n0\r\n\r\n'],
      ['DELETE /a HTTP/1.1', [], ''],
    ] as const) {
      it(line, async () => {
        const bytes = requestOf(line, [...sent, ...extra], body)
        const direct = await exchange(arena.upstream.port, bytes)
        const through = await exchange(arena.port, bytes)
        expect(through.seen.line).to.equal(direct.seen.line)
        expect(through.seen.body).to.equal(direct.seen.body)
        expect(plain(through.seen.fields, requestList)).to.deep.equal(plain(direct.seen.fields, requestList))
        expect(added(through.seen.fields, direct.seen.fields)).to.have.members(requestAdds)
        expect(through.reply.status).to.equal(direct.reply.status)
        expect(through.reply.body).to.equal(direct.reply.body)
        expect(plain(through.reply.fields, answerList)).to.deep.equal(plain(direct.reply.fields, answerList))
        const adds = mode === 'off' ? ['via'] : ['via', 'waybill-exchange']
        const more = added(through.reply.fields, direct.reply.fields).filter((name) => !connectionNames.includes(name))
        expect(more).to.have.members(adds)
      })
    }
  })
}

const forwarding = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-real-ip',
]
const requestAdds = [...forwarding, 'via', 'traceparent']
const connectionNames = ['connection', 'keep-alive']
/** fields whose place, case or value may differ */
const requestList = [...requestAdds, 'connection']
const answerList = ['via', 'waybill-exchange', ...connectionNames]

function plain(fields: readonly string[], listed: readonly string[]): readonly string[] {
  const lines = fields.map((line) => line.replace(/:[ \t]*/, ': '))
  return lines.filter((_, at) => !listed.includes(namesIn(fields)[at] ?? ''))
}

function added(fields: readonly string[], before: readonly string[]): readonly string[] {
  const had = namesIn(before)
  return namesIn(fields).filter((name) => !had.includes(name))
}

it('every field that the gateway adds or changes is on the published list', () => {
  const page = readFileSync(new URL('../../../docs/transparency.md', import.meta.url), 'utf8').toLowerCase()
  for (const name of [...requestList, ...answerList, 'host', 'content-length', 'transfer-encoding']) {
    const short = name.startsWith('x-forwarded-') ? name.slice('x-forwarded'.length) : name
    expect(page, name).to.include(short)
  }
})
