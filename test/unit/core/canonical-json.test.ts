import { expect } from 'chai'
import * as canonicalize from 'canonicalize'
import fc from 'fast-check'
import { canonicalJson } from '../../../core/canonical-json.js'
import { runs } from '../../support/fuzz.js'

const reference = canonicalize.default as unknown as (value: unknown) => string

describe('canonical JSON', () => {
  it('is what the reference implementation of RFC 8785 gives', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), (value) => {
        expect(canonicalJson(value)).to.equal(reference(value))
      }),
      { numRuns: runs(1000) },
    )
  })

  it('keeps the order of names by code unit, whatever they look like', () => {
    expect(canonicalJson({ b: 1, 10: 2, 9: 3, a: undefined, '\u00e9': 4, A: -0 })).to.equal(
      '{"10":2,"9":3,"A":0,"b":1,"\u00e9":4}',
    )
  })

  it('refuses what JSON has no form for', () => {
    for (const value of [
      Number.NaN,
      Number.POSITIVE_INFINITY,
      undefined,
      () => 1,
      1n,
      { 1: Number.NaN },
      { 2: [1n] },
    ]) {
      expect(() => canonicalJson(value)).to.throw(TypeError)
    }
  })
})
