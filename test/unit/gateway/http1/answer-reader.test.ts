import { expect } from 'chai'
import fc from 'fast-check'
import { AnswerReader, type AnswerSink } from '../../../../gateway/http1/answer-reader.js'
import { cutAt } from './cuts.js'

class Heard implements AnswerSink {
  readonly events: string[] = []
  body = ''
  /** answers of `head` and `take` */
  flow = true

  information(status: number): void {
    this.events.push(`information ${status}`)
  }

  head({ status }: { status: number }, reason: string): boolean {
    this.events.push(`head ${status} ${reason}`)
    return this.flow
  }

  take(bytes: Buffer): boolean {
    this.body += bytes.toString('latin1')
    return this.flow
  }

  ended(trailers: readonly string[]): void {
    this.events.push(`ended ${trailers.join()}`)
  }

  switched({ status }: { status: number }): void {
    this.events.push(`switched ${status}`)
  }

  invalid(): void {
    this.events.push('invalid')
  }
}

function heard(text: string, cuts: readonly number[] = [], method = 'GET'): Heard & { reader: AnswerReader } {
  const sink = new Heard()
  const reader = new AnswerReader(sink)
  reader.begin(method)
  for (const piece of cutAt(text, cuts)) reader.feed(Buffer.from(piece, 'latin1'))
  return Object.assign(sink, { reader })
}

const answers: readonly (readonly [string, readonly string[], string])[] = [
  ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', ['head 200 OK', 'ended '], 'hello'],
  ['HTTP/1.1 204 \r\n\r\n', ['head 204 ', 'ended '], ''],
  ['HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n', ['head 404 ', 'ended '], ''],
  [
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx',
    ['information 103', 'head 200 OK', 'ended '],
    'x',
  ],
  [
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 7\r\n\r\n',
    ['head 200 OK', 'ended X-Sum,7'],
    'abcde',
  ],
]

describe('the answers of a service', () => {
  it('are read the same however their bytes are cut', () => {
    fc.assert(
      fc.property(fc.constantFrom(...answers), fc.array(fc.nat(200)), ([text, events, body], cuts) => {
        const read = heard(text, cuts)
        expect(read.events).to.deep.equal(events)
        expect(read.body).to.equal(body)
        expect(read.reader.reusable).to.equal(true)
        expect(read.reader.rest.length).to.equal(0)
      }),
    )
  })

  it('have no body where none can be, whatever their fields say', () => {
    const head = 'HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n'
    expect(heard(head).events).to.deep.equal(['head 304 Not Modified', 'ended '])
    expect(heard('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', [], 'HEAD').events).to.have.length(2)
  })

  it('end with the connection where nothing frames them, and only there', () => {
    const endless = heard('HTTP/1.1 200 OK\r\n\r\nall there is', [25])
    expect(endless.events).to.deep.equal(['head 200 OK'])
    expect(endless.reader.end()).to.equal(true)
    expect(endless.body).to.equal('all there is')
    expect(endless.reader.reusable).to.equal(false)
    expect(heard('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf').reader.end()).to.equal(false)
    expect(heard('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n').reader.end()).to.equal(false)
  })

  it('stop where they are told to, and go on from there', () => {
    const sink = new Heard()
    const reader = new AnswerReader(sink)
    reader.begin('GET')
    sink.flow = false
    reader.feed(Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n'))
    expect(sink.body).to.equal('')
    expect(reader.paused).to.equal(true)
    sink.flow = true
    expect(reader.resume()).to.equal(true)
    expect(sink.body).to.equal('abcde')
    expect(sink.events.at(-1)).to.equal('ended ')
  })

  it('say whether and how long the connection may be used again', () => {
    const reusable = (fields: string, version = '1.1') =>
      heard(`HTTP/${version} 200 OK\r\nContent-Length: 0\r\n${fields}\r\n`).reader
    expect(reusable('').reusable).to.equal(true)
    expect(reusable('Connection: X, close\r\n').reusable).to.equal(false)
    expect(reusable('', '1.0').reusable).to.equal(false)
    expect(reusable('Connection: keep-alive\r\n', '1.0').reusable).to.equal(true)
    expect(reusable('Keep-Alive: max=9, timeout=5\r\n').keeps).to.equal(5_000)
    expect(reusable('').keeps).to.equal(Infinity)
  })

  for (const text of [
    '220 mail.example ESMTP\r\n',
    'SSH-2.0-x',
    'HTTP/2.0 200 OK\r\n\r\n',
    'HTTP/1.1 20 OK\r\n\r\n',
    'HTTP/1.1 200 OK\r\nno colon\r\n\r\n',
    'HTTP/1.1 200 OK\r\nA : b\r\n\r\n',
    'HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n',
    'HTTP/1.1 200 OK\r\nA: b\nC: d\r\n\r\n',
    'HTTP/1.1 200 OK\nContent-Length: 2\n\nok',
    'HTTP/1.1 200 OK\r\nA: b\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx',
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    `HTTP/1.1 200 OK\r\nA: ${'x'.repeat(70_000)}`,
  ]) {
    it(`are invalid where they read ${JSON.stringify(text.slice(0, 60))}`, () => {
      expect(heard(text).events.at(-1)).to.equal('invalid')
    })
  }

  it('does not reuse a connection after an answer of HTTP/1.0 in chunks, whose framing is not to be trusted', () => {
    const answer = (version: string) =>
      `HTTP/${version} 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n`
    expect(heard(answer('1.0'))).to.include({ body: 'a' })
    expect(heard(answer('1.0')).reader.reusable).to.equal(false)
    expect(heard(answer('1.1')).reader.reusable).to.equal(true)
  })
})
