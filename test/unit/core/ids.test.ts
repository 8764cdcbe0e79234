import { expect } from 'chai'
import { fromIso, toIso } from '../../../core/clock.js'
import { newExchangeId, parseExchangeId, type Micros } from '../../../core/ids.js'

describe('exchange ids', () => {
  it('are 128 bits of hexadecimal, different each time, and parse back', () => {
    const ids = Array.from({ length: 5000 }, () => newExchangeId())
    expect(new Set(ids).size).to.equal(5000)
    for (const id of ids) expect(parseExchangeId(id)).to.equal(id)
  })

  it('begin with the second in which they were made, so that new ones lie together in an index', () => {
    const second = () => Math.floor(Date.now() / 1000)
    const [before, id, after] = [second(), newExchangeId(), second()]
    expect(Number.parseInt(id.slice(0, 8), 16)).to.be.within(before, after)
    for (const at of [0, 1, 0, 4_294_967_295]) {
      const given = newExchangeId(at)
      expect([given.length, Number.parseInt(given.slice(0, 8), 16)]).to.deep.equal([32, at])
    }
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
    expect(fromIso('2024-02-29T23:59:59+01:00')).to.equal(1_709_247_599_000_000)
  })

  it('takes no text for a time that is none, or none that microseconds can count', () => {
    const days = ['2024-02-30', '2023-02-29T00:00:00Z', '2024-04-31T00:00:00.5+01:00', '2024-13-01T00:00:00Z']
    const clock = ['2024-01-01T25:00:00Z', '2024-01-01T00:60:00Z', '1', '5 May 2024', 'yesterday', '']
    const far = ['9999-12-31T23:59:59.9999999Z', '2255-06-05T23:47:34.740991Z', '0001-01-01T00:00:00Z']
    for (const text of [...days, ...clock, ...far]) expect(fromIso(text), text).to.equal(undefined)
    expect(fromIso('2255-06-05T23:47:34.740990Z')).to.equal(Number.MAX_SAFE_INTEGER - 1)
  })
})
