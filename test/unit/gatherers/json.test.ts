import { expect } from 'chai'
import fc from 'fast-check'
import { decodeLimits } from '../../../gatherers/bodies/decoded.js'
import { parseJson, parseNdjson } from '../../../gatherers/bodies/json.js'
import { runs } from '../../support/fuzz.js'

const parse = (text: string) => parseJson(text, decodeLimits)
const fault = (text: string) => {
  const parsed = parse(text)
  return parsed.ok ? undefined : parsed.gap.about
}

const isWide = (value: unknown) =>
  typeof value === 'number' && /^-?\d{16,}$/.test(String(value)) && !Number.isSafeInteger(value)

describe('JSON of captured bodies', () => {
  it('reads every JSON value as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent)
        const expected = JSON.parse(text, (_, found: unknown) => (isWide(found) ? String(found) : found)) as unknown
        expect(parse(text)).to.deep.equal({ ok: true, value: expected })
      }),
    )
  })

  it('refuses exactly the texts that JSON.parse refuses, and never throws', () => {
    const pieces = fc.array(fc.constantFrom('{', '}', '[', ']', '"', '\\', ':', ',', '1', '-', 'e', 'a', ' ', 'null'))
    fc.assert(
      fc.property(pieces, (parts) => {
        const text = parts.join('')
        const parsed = parse(text)
        let expected: unknown
        try {
          expected = JSON.parse(text) as unknown
        } catch {
          expect(parsed.ok).to.equal(false)
          return
        }
        if (parsed.ok) expect(parsed.value).to.deep.equal(expected)
        else expect(parsed.gap.about).to.equal('duplicate keys')
      }),
      { numRuns: runs(5_000) },
    )
  })

  it('does not parse objects with duplicate keys, however deep or written', () => {
    expect(fault('{"a":1,"a":1}')).to.equal('duplicate keys')
    expect(fault('[{"b":{"a":1,"\\u0061":2}}]')).to.equal('duplicate keys')
    expect(fault('{"1":0,"b":0,"1":0}')).to.equal('duplicate keys')
    expect(fault('{"__proto__":1,"__proto__":2}')).to.equal('duplicate keys')
    expect(parse('{"a":{"a":":"},"b":[{"a":1},{"a":2}]}').ok).to.equal(true)
  })

  it('finds a duplicate wherever one is put', () => {
    const members = fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 })
    fc.assert(
      fc.property(members, fc.jsonValue(), fc.nat(), (object, value, pick) => {
        const keys = Object.keys(object)
        const again = JSON.stringify(keys[pick % keys.length])
        const text = `${JSON.stringify(object).slice(0, -1)},${again}:${JSON.stringify(value)}}`
        expect(fault(text)).to.equal('duplicate keys')
      }),
    )
  })

  it('keeps every digit of integers that a double cannot hold, as text', () => {
    const parsed = parse(
      '{"id":9007199254740993,"ok":9007199254740991,"neg":-12345678901234567890,"in":"9007199254740993"}',
    )
    expect(parsed).to.deep.equal({
      ok: true,
      value: {
        id: '9007199254740993',
        ok: 9007199254740991,
        neg: '-12345678901234567890',
        in: '9007199254740993',
      },
    })
    for (const text of ['1e-eeeee', '00000000000000000001', '1.e400', '-1e999e', '123456789012345678-']) {
      expect(fault(text), text).to.equal('not JSON')
    }
    expect(parse('[1e400,-1e999,1e30,0.12345678901234567890]')).to.deep.equal({
      ok: true,
      value: ['1e400', '-1e999', 1e30, 0.12345678901234568],
    })
  })

  it('keeps any integer, big or small', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt()), (numbers) => {
        const parsed = parse(`[${numbers.join(',')}]`)
        expect(parsed.ok && (parsed.value as readonly unknown[]).map(String)).to.deep.equal(numbers.map(String))
      }),
    )
  })

  it('does not parse lone surrogates, and parses pairs', () => {
    expect(fault('"\\ud800"')).to.equal('lone surrogates')
    expect(fault('{"\\udc00":1}')).to.equal('lone surrogates')
    expect(parse('["\\ud83d\\ude00","\\\\ud800"]')).to.deep.equal({ ok: true, value: ['😀', '\\ud800'] })
  })

  it('does not parse what is too deep or has too many members', () => {
    expect(fault('['.repeat(100_000) + ']'.repeat(100_000))).to.equal('nested deeper than 128 levels')
    expect(fault('{"a":'.repeat(100_000))).to.equal('nested deeper than 128 levels')
    const million = `{${Array.from({ length: 1_000_000 }, (_, at) => `"k${at}":${at}`).join(',')}}`
    expect(fault(million)).to.equal('more than 500000 values')
  })

  it('takes __proto__ and constructor for data and leaves prototypes alone', () => {
    const parsed = parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}')
    expect(parsed.ok && Object.keys(parsed.value as object)).to.deep.equal(['__proto__', 'constructor'])
    expect('polluted' in {}).to.equal(false)
  })

  it('reads NDJSON line by line, and names the line that is not JSON', () => {
    expect(parseNdjson('{"a":1}\r\n\n\u001e[2]\n3', decodeLimits)).to.deep.equal({
      ok: true,
      value: [{ a: 1 }, [2], 3],
    })
    const bad = parseNdjson('1\n{"a":1,"a":2}\n', decodeLimits)
    expect(!bad.ok && bad.gap).to.deep.equal({ reason: 'body-unparsed', about: 'line 2: duplicate keys' })
  })
})
