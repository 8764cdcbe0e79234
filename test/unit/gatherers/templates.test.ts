import { expect } from 'chai'
import fc from 'fast-check'
import type { ExchangeValue } from '../../../gatherers/exchange-value.js'
import { valuesOf } from '../../../gatherers/pairing.js'
import { SelectorError } from '../../../gatherers/selectors.js'
import { compileTemplate, templateFault } from '../../../gatherers/templates.js'
import type { JsonValue } from '../../../lineage/model/fact.js'
import { runs } from '../../support/fuzz.js'

const exchange: ExchangeValue = { part: () => undefined, whole: () => ({}) }

function fill(template: string, element: JsonValue) {
  const place = {
    element: true,
    fromRequest: false,
    params: new Set<string>(),
    reads: { request: false, response: false },
  }
  return compileTemplate(template, place).fill((finder) => valuesOf(finder, { exchange, element }, undefined))
}
const texts = (template: string, element: JsonValue) => fill(template, element).texts

const isFault = (thrown: unknown) => thrown instanceof SelectorError
const isFaultOrNothing = (thrown: unknown) => thrown === undefined || isFault(thrown)

function thrownBy(work: () => unknown): unknown {
  try {
    work()
    return undefined
  } catch (thrown) {
    return thrown
  }
}

describe('templates', () => {
  it('put the values of their selectors into the text', () => {
    expect(texts('models/{$.name}@{ $.v }', { name: 'churn', v: 3 })).to.deep.equal(['models/churn@3'])
    expect(texts("{$['}']}{{x}}", { '}': true })).to.deep.equal(['true{x}'])
    expect(texts('{$[?@.k == "}"].v}', [{ k: '}', v: 1 }])).to.deep.equal(['1'])
    expect(texts('plain', null)).to.deep.equal(['plain'])
  })

  it('give several texts where a selector finds several values', () => {
    expect(texts('s3://{$.bucket}/{$.keys[*]}', { bucket: 'b', keys: ['x', 'y'] })).to.deep.equal([
      's3://b/x',
      's3://b/y',
    ])
    expect(texts('{$.keys}', { keys: ['x', 'y'] })).to.deep.equal(['x', 'y'])
  })

  it('do not guess which of several values belong together', () => {
    const ambiguous = { texts: [], ambiguous: true }
    expect(fill('{$.a[*]}-{$.b[*]}', { a: [1, 2], b: [3, 4] })).to.deep.include(ambiguous)
    expect(fill('{$.a[*]}-{$.b[*]}', { a: [1, 2], b: [3] })).to.deep.include(ambiguous)
    expect(fill('{$.a}-{$.b}', { a: [1, 2], b: [3] })).to.deep.include(ambiguous)
    expect(fill('{$[*].n}-{$[*].v}', [{ n: 'a', v: null }, { v: 1 }])).to.deep.include(ambiguous)
    expect(texts('{$.a[*]}-{$.b[*]}', { a: [1], b: [3] })).to.deep.equal(['1-3'])
    expect(texts('{$.a[*]}-{$.b[0]}', { a: [1, 2], b: [3, 4] })).to.deep.equal(['1-3', '2-3'])
  })

  it('give nothing where a selector finds nothing that can stand in a name', () => {
    for (const value of [undefined, null, '', {}, [], [null], '[redacted]', 'x'.repeat(5_000)]) {
      expect(texts('a-{$.v}', value === undefined ? {} : { v: value }), JSON.stringify(value)).to.deep.equal([])
    }
  })

  it('give back any text that is escaped, and any scalar that is selected', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 1 }), (literal, value) => {
        fc.pre(value !== '[redacted]')
        const template = `${literal.replaceAll('{', '{{').replaceAll('}', '}}')}{$.v}`
        expect(texts(template, { v: value })).to.deep.equal([`${literal}${value}`])
      }),
    )
  })

  it('never throw anything but a fault, whatever the text', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('{', '}', '$', '.a', "'", '"', '[', ']', '\\', ' ')), (parts) => {
        const text = parts.join('')
        const fault = templateFault(text)
        // `$$` is the exchange, which has no `a`: that is told only where the place is known.
        const elsewhere = text.includes('$$') && fault === undefined
        if (fault === undefined && !elsewhere) expect(() => texts(text, { a: 1 })).not.to.throw()
        else expect(thrownBy(() => texts(text, { a: 1 }))).to.satisfy(elsewhere ? isFaultOrNothing : isFault)
      }),
      { numRuns: runs(2_000) },
    )
  })

  it('say what is wrong', () => {
    expect(templateFault('a{$.b')).to.equal('a `{` without its `}`; write `{{` for a brace')
    expect(templateFault('a}b')).to.equal('a `}` without its `{`; write `}}` for a brace')
    expect(templateFault('{$.a[}')).to.match(/^\{\$\.a\[\}: not a selector/)
    expect(templateFault('{b}')).to.match(/^\{b\}: not a selector/)
  })
})
