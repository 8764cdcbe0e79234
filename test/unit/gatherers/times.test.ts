import { expect } from 'chai'
import { timeOf } from '../../../gatherers/http-json/times.js'

describe('times as services write them', () => {
  const instant = 1_700_000_000_123_456

  it('are RFC 3339 with an offset, or numbers of the epoch by their size', () => {
    expect(timeOf('2023-11-14T22:13:20.123456Z')).to.equal(instant)
    expect(timeOf('2023-11-14T23:13:20.123456+01:00')).to.equal(instant)
    expect(timeOf('1700000000')).to.equal(1_700_000_000_000_000)
    expect(timeOf('1700000000.123456')).to.equal(instant)
    expect(timeOf('1700000000123')).to.equal(1_700_000_000_123_000)
    expect(timeOf('1700000000123456')).to.equal(instant)
  })

  it('are none where microseconds can not count so far', () => {
    for (const text of ['9999-12-31T23:59:59.9999999Z', '0001-01-01T00:00:00Z', '9007199254740991']) {
      expect(timeOf(text), text).to.equal(undefined)
    }
  })

  it('are not guessed', () => {
    for (const text of [
      '2023-11-14T22:13:20',
      '2023-11-14',
      'yesterday',
      '',
      '-1',
      '1e9',
      '2023-13-44T99:99:99Z',
      '2023-02-30T00:00:00Z',
    ]) {
      expect(timeOf(text), text).to.equal(undefined)
    }
  })
})
