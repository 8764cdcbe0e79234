import { expect } from 'chai'
import { fromIso, toIso } from '../../../core/clock.js'
import { newExchangeId, parseExchangeId, type Micros } from '../../../core/ids.js'

describe('exchange ids', () => {
  it('are 128 bits of hexadecimal, different each time, and parse back', () => {
    const ids = Array.from({ length: 1000 }, () => newExchangeId())
    expect(new Set(ids).size).to.equal(1000)
    for (const id of ids) expect(parseExchangeId(id)).to.equal(id)
  })

  it('begin with the second in which they were made, so that new ones lie together in an index', () => {
    const second = () => Math.floor(Date.now() / 1000)
    const [before, id, after] = [second(), newExchangeId(), second()]
    expect(Number.parseInt(id.slice(0, 8), 16)).to.be.within(before, after)
  })

  it('are not taken from text of another shape', () => {
    for (const text of ['', 'abc', 'A'.repeat(32), '0'.repeat(33), `${'0'.repeat(31)}g`, `${'0'.repeat(32)}\n`]) {
      expect(parseExchangeId(text)).to.equal(undefined)
    }
  })
})

describe('time', () => {
  it('keeps microseconds through RFC 3339 and back', () => {
    for (const time of [0, 1, 999_999, 1_766_000_000_123_456] as Micros[]) expect(fromIso(toIso(time))).to.equal(time)
    expect(fromIso('yesterday')).to.equal(undefined)
  })
})
