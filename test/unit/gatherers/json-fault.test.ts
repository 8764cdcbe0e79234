import { expect } from 'chai'
import fc from 'fast-check'
import { jsonFault } from '../../../gatherers/har/json-fault.js'

describe('where a text stops being JSON', () => {
  it('is told by line and column, with what was expected', () => {
    const cases = [
      ['', 1, 1, 'the text ends; expected a value'],
      ['{\n  "log": {\n    "entries": [1,\n', 4, 1, 'the text ends; expected a value'],
      ['{"a": 1,}', 1, 9, 'expected a key in double quotes'],
      ['{\n  a: 1 }', 2, 3, 'expected a key in double quotes, or }'],
      ['[1, 2,\r\n  ]', 2, 3, 'expected a value'],
      ['[\n1 2]', 2, 3, 'expected , or ]'],
      ['{"a":1 "b":2}', 1, 8, 'expected , or }'],
      ['{"a" 1}', 1, 6, 'expected :'],
      ['{} {}', 1, 4, 'expected nothing more'],
      ['["a\nb"]', 1, 4, 'expected no control character inside of a string'],
      ['["\\x"]', 1, 3, 'expected an escape that JSON knows'],
      ['["abc', 1, 6, 'the text ends; expected the end of a string'],
      ['<html>', 1, 1, 'expected a value'],
      ['[01]', 1, 3, 'expected , or ]'],
      ['{"a":1]', 1, 7, 'expected , or }'],
    ] as const
    for (const [text, line, column, message] of cases) {
      expect(jsonFault(text), text).to.deep.equal({ line, column, message })
    }
  })

  it('is nowhere in what JSON.parse takes, and somewhere in all else', () => {
    const signs = [
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '\\',
      'u00',
      '\n',
      ' ',
      '1',
      '-',
      '.',
      'e',
      'true',
      'nul',
      '\u0001',
    ]
    const cut = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('', ...signs), fc.nat(3))
      .map(([json, place, sign, gone]) => {
        const at = place % (json.length + 1)
        return json.slice(0, at) + sign + json.slice(at + gone)
      })
    const text = fc.oneof(
      fc.json(),
      cut,
      fc.array(fc.constantFrom(...signs)).map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(text, (given) => {
        expect(jsonFault(given) === undefined).to.equal(isJson(given))
      }),
      { numRuns: 2000 },
    )
  })

  it('is found in a large text whose last sign is missing', () => {
    const text = `["${'a'.repeat(8_000_000)}", ${'['.repeat(100_000)}`
    expect(jsonFault(text)?.column).to.equal(text.length + 1)
  })
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
