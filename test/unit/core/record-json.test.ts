import { expect } from 'chai'
import fc from 'fast-check'
import { canonicalJson } from '../../../core/canonical-json.js'
import type { ExchangeRecord } from '../../../core/exchange.js'
import { recordJson } from '../../../core/record-json.js'
import { exchangeRecord } from '../../support/leaves.js'
import { runs } from '../../support/fuzz.js'

describe('canonical JSON of an exchange record', () => {
  it('is what the general function gives, whatever the record holds', () => {
    const text = fc.string({ unit: 'grapheme' })
    const record = fc.record<Partial<ExchangeRecord>>({
      peer: text,
      error: fc.option(text),
      claim: fc.option(fc.record({ by: fc.constantFrom('asserted', 'verified'), agent: text })),
      request: fc.record({ method: text, target: text, authority: text, fields: fc.array(text), bytes: fc.nat() }),
      response: fc.option(fc.record({ status: fc.nat(), fields: fc.array(text), bytes: fc.nat() })),
      gatherers: fc.array(text),
      traceId: fc.option(text),
      headAt: fc.option(fc.maxSafeNat()) as fc.Arbitrary<ExchangeRecord['headAt']>,
      tenant: fc.record({ project: text, domain: text }),
    })
    fc.assert(
      fc.property(record, (over) => {
        const whole = exchangeRecord(over)
        expect(recordJson(whole)).to.equal(canonicalJson(whole))
      }),
      { numRuns: runs(500) },
    )
  })
})
