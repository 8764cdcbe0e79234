import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { asWaybillError, errorTable, problemOf, WaybillError } from '../../../core/errors.js'

const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8')

describe('the error table', () => {
  it('has a section in docs/errors.md for every code, with its status, and none for others', () => {
    const documented = [...page.matchAll(/^## (WB_\w+)\n\nStatus (\d+)/gm)].map(
      ([, code, status]) => `${code} ${status}`,
    )
    const known = Object.entries(errorTable).map(([code, kind]) => `${code} ${kind.status}`)
    expect(documented).to.have.members(known)
  })

  it('fills details into text and hint, and leaves no secret-looking remains', () => {
    const error = new WaybillError('WB_NO_ROUTE', { method: 'GET', path: '/x' })
    expect(error.message).to.equal('no route matches GET /x')
    expect(error.hint).to.contain('waybill explain GET /x')
  })

  it('becomes RFC 9457 problem details', () => {
    const problem = problemOf(new WaybillError('WB_UPSTREAM_TIMEOUT', { service: 'trainer', afterMs: 3000 }), '/jobs')
    expect(problem).to.include({
      status: 504,
      code: 'WB_UPSTREAM_TIMEOUT',
      title: 'WB_UPSTREAM_TIMEOUT',
      instance: '/jobs',
    })
    expect(problem['detail']).to.equal('service trainer did not answer within 3000 ms')
  })

  it('takes any thrown value, keeping the cause', () => {
    const cause = new Error('broken')
    expect(asWaybillError(cause)).to.include({ code: 'WB_INTERNAL', cause })
    const known = new WaybillError('WB_DRAINING')
    expect(asWaybillError(known)).to.equal(known)
  })
})
