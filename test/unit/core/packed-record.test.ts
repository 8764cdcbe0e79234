import { expect } from 'chai'
import fc from 'fast-check'
import { recordId, type ExchangeRecord } from '../../../core/exchange.js'
import { createRecordPacker, createRecordUnpacker, isPackedRecord, packedId } from '../../../core/packed-record.js'
import { exchangeRecord } from '../../support/leaves.js'
import { runs } from '../../support/fuzz.js'

describe('a packed exchange record', () => {
  it('gives the record that was packed, whatever passed the gateway', () => {
    const pack = createRecordPacker()
    const unpack = createRecordUnpacker()
    const named = fc.string({ unit: 'grapheme' })
    // what RFC 9110 section 5.5 lets into a field
    const field = fc.string({ unit: fc.constantFrom('\t', ' ', '"', '\\', '{', ':', 'a', '0', '\u0080', '\u00ff') })
    // white space around a value is no part of it (section 5.5)
    const fields = fc
      .array(fc.tuple(fc.stringMatching(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/), field))
      .map((pairs) => pairs.flatMap(([name, value]) => [name, value.replace(/^[ \t]+|[ \t]+$/g, '')]))
    const time = fc.integer({ min: 0, max: 4_000_000_000_000_000 })
    const id = fc.stringMatching(/^[0-9a-f]{32}$/)
    const record: fc.Arbitrary<unknown> = fc.record({
      kind: fc.constant('exchange'),
      id,
      phase: fc.constantFrom('opening', 'progress', 'closing'),
      peer: field,
      error: fc.option(fc.constantFrom('WB_DRAINING', 'WB_UPSTREAM_RESET')),
      claim: fc.option(fc.record({ by: fc.constantFrom('asserted', 'verified'), agent: named })),
      request: fc.record({
        method: field,
        target: field,
        authority: field,
        fields,
        bytes: fc.maxSafeNat(),
      }),
      response: fc.option(fc.record({ status: fc.nat(999), fields, bytes: fc.maxSafeNat() })),
      references: fc.array(id, { maxLength: 3 }),
      route: fc.constantFrom('a', 'b\nc', '\ud800'),
      service: named,
      serviceKind: named,
      mode: fc.constantFrom('async', 'durable', 'required', 'shadow'),
      gatherers: fc.array(named),
      traceId: fc.option(id),
      startedAt: time,
      headAt: fc.option(time),
      endedAt: time,
      outcome: fc.constantFrom('complete', 'client-aborted'),
      tenant: fc.record({ project: named, domain: named }),
    })
    fc.assert(
      fc.property(record as fc.Arbitrary<ExchangeRecord>, (given) => {
        const packed = pack(given)
        expect(isPackedRecord(packed.charCodeAt(0))).to.equal(true)
        expect(packedId(packed)).to.equal(recordId(given))
        expect(unpack(packed)).to.deep.equal(given)
        // once more with what is remembered of the route
        expect(unpack(pack({ ...given }))).to.deep.equal(given)
      }),
      { numRuns: runs(500) },
    )
  })

  it('takes the lines in which fields came where they are at hand', () => {
    const given = exchangeRecord({})
    const lines = 'Host:a\r\nX-a: \t two  \r\nx-A:\r\n'
    const request = { ...given.request, fields: ['Host', 'a', 'X-a', 'two', 'x-A', ''] }
    const response = { status: 200, bytes: 1, fields: ['Date', 'today', 'A', ''] }
    const answered = 'Date:today \r\nA:\r\n'
    const packed = createRecordPacker()({
      ...given,
      request: { ...request, lines },
      response: { ...response, lines: answered },
    })
    expect(packed.endsWith(lines + answered)).to.equal(true)
    expect(createRecordUnpacker()(packed)).to.deep.equal({ ...given, request, response })
  })

  it('takes what is the same for all exchanges of a route from no other route', () => {
    const pack = createRecordPacker()
    const unpack = createRecordUnpacker()
    const one = exchangeRecord({ route: 'a' })
    for (const route of ['a', 'b', 'a', 'c']) {
      const given = { ...one, route }
      expect(unpack(pack(given))).to.deep.equal(given)
    }
    for (const given of [
      { ...one, mode: 'required' },
      { ...one, service: 's' },
      { ...one, serviceKind: 'k' },
    ] as const) {
      expect(unpack(pack(given))).to.deep.equal(given)
    }
  })

  it('is told from the JSON of any leaf by its first character', () => {
    expect(isPackedRecord(JSON.stringify(exchangeRecord({})).charCodeAt(0))).to.equal(false)
  })

  it('is refused where it is cut', () => {
    const unpack = createRecordUnpacker()
    const packed = createRecordPacker()(exchangeRecord({ response: null }))
    for (const text of ['', 'x', packed.slice(0, packed.lastIndexOf('\n')), `${packed}\nmore`]) {
      expect(() => unpack(text), JSON.stringify(text)).to.throw(RangeError)
    }
  })
})
