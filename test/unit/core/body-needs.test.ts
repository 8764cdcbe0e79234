import { expect } from 'chai'
import { carrying, digestsOf, largerNeeds, needsOf, noNeeds, type BodyHead } from '../../../core/body-needs.js'
import type { BodyCondition, BodyNeeds } from '../../../core/exchange.js'

const head = (method: string, target: string, type?: string): BodyHead => ({
  method,
  target,
  fields: type === undefined ? [] : ['content-TYPE', type],
})
const holds = (when: BodyCondition, one: BodyHead) =>
  needsOf({ ...noNeeds, some: [{ when, bytes: 1, digests: [] }] }, one).bytes === 1

describe('core/body-needs', () => {
  it('holds a condition where all that it gives holds', () => {
    const when = { methods: ['POST'], query: ['delete', 'uploads'], types: ['application/xml'] }
    expect(holds(when, head('POST', '/lake?x=1&delete', 'Application/XML; charset=utf-8'))).to.equal(true)
    expect(holds(when, head('PUT', '/lake?delete', 'application/xml'))).to.equal(false)
    expect(holds(when, head('POST', '/lake?x', 'application/xml'))).to.equal(false)
    expect(holds(when, head('POST', '/lake?delete', 'text/xml'))).to.equal(false)
    expect(holds(when, head('POST', '/lake?delete'))).to.equal(false)
    expect(holds({}, head('GET', '/'))).to.equal(true)
  })

  it('takes query parameters by their whole names', () => {
    const when = { query: ['select'] }
    for (const query of ['?select', '?select=', '?a=select&select', '?select&select-type=2']) {
      expect(holds(when, head('POST', `/lake/k${query}`)), query).to.equal(true)
      expect(holds(when, head('POST', query)), query).to.equal(true)
      expect(holds({ withoutQuery: ['select'] }, head('POST', query)), query).to.equal(false)
    }
    for (const target of ['/select', '/k?select-type=2', '/k?a=select', '/k?preselect', '/k?a=?select', '/k&select']) {
      expect(holds(when, head('POST', target)), target).to.equal(false)
    }
  })

  it('asks for the most that always holds, or holds now', () => {
    const needs: BodyNeeds = {
      bytes: 10,
      digests: ['md5'],
      some: [
        { when: { methods: ['PUT'] }, bytes: 0, digests: ['sha256'] },
        { when: { types: ['text/plain'] }, bytes: 20, digests: [] },
      ],
    }
    expect(needsOf(needs, head('GET', '/'))).to.deep.equal({ bytes: 10, digests: ['md5'] })
    expect(needsOf(needs, head('PUT', '/'))).to.deep.equal({ bytes: 10, digests: ['md5', 'sha256'] })
    expect(needsOf(needs, head('PUT', '/', 'text/plain'))).to.deep.equal({ bytes: 20, digests: ['md5', 'sha256'] })
    expect(digestsOf(needs)).to.deep.equal(['md5', 'sha256'])
  })

  it('joins what two gatherers need, conditions and all', () => {
    const some = [{ when: { methods: ['PUT'] }, bytes: 5, digests: [] }] as const
    const joined = largerNeeds({ bytes: 1, digests: ['sha256'], some }, { bytes: 2, digests: ['md5'] })
    expect(joined).to.deep.equal({ bytes: 2, digests: ['md5', 'sha256'], some })
    expect(largerNeeds(joined, joined).some).to.have.length(2)
    expect(largerNeeds(noNeeds, noNeeds)).to.deep.equal(noNeeds)
    // it crosses to other threads
    expect(structuredClone(joined)).to.deep.equal(joined)
  })

  it('has room for small bodies wherever a digest is asked for, and nowhere else', () => {
    const needs: BodyNeeds = {
      ...noNeeds,
      some: [
        { when: { methods: ['PUT'] }, bytes: 0, digests: ['sha256'] },
        { when: { methods: ['POST'] }, bytes: 7, digests: [] },
      ],
    }
    const roomy = carrying(needs, 100)
    expect(['PUT', 'POST', 'GET'].map((method) => needsOf(roomy, head(method, '/')).bytes)).to.deep.equal([100, 7, 0])
    expect(carrying({ bytes: 200, digests: ['md5'] }, 100)).to.deep.equal({ bytes: 200, digests: ['md5'] })
  })
})
