import { expect } from 'chai'
import fc from 'fast-check'
import { microsText } from '../../../core/clock.js'
import type { Micros } from '../../../core/ids.js'

describe('the text of a time', () => {
  it('is that of its number, whatever came before', () => {
    const time = fc.oneof(
      fc.integer({ min: 1_764_430_000_000_000, max: 1_764_430_003_000_000 }),
      fc.constantFrom(0, 1, 999_999, 1_000_000, 1_764_430_000_999_999, 1_764_430_001_000_000, 1_764_430_001_000_999),
      fc.maxSafeInteger(),
    ) as fc.Arbitrary<Micros>
    fc.assert(
      fc.property(fc.array(time), (times) => {
        expect(times.map(microsText)).to.deep.equal(times.map(String))
      }),
    )
  })
})
