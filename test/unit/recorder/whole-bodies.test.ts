import { expect } from 'chai'
import type { ExchangeRecord, Outcome } from '../../../core/exchange.js'
import { bodyDigests } from '../../../gatherers/bodies/body-hash.js'
import type { GathererUse } from '../../../gatherers/contract.js'
import { gatherFrom, type RedactedBody } from '../../../recorder/gathering.js'
import { runnableUses } from '../../../recorder/route-gatherers.js'
import { recordedRoute, recordOf } from '../../support/recorded-routes.js'

const text = 'what passed'
const digest = bodyDigests(['sha256'], Buffer.from(text)).sha256
const skipped = (about: string) => ({ reason: 'digest-skipped', about })

function bodyOf(passed: string): RedactedBody {
  const bytes = Buffer.from(passed)
  const digests = bodyDigests(['sha256'], bytes)
  const kept = { total: bytes.length, length: bytes.length, truncated: false, contentEncoding: null, digests }
  return { contentType: undefined, kept, bytes, gaps: [] }
}

interface Passed {
  readonly method?: string
  readonly target?: string
  readonly status?: number
  readonly sent?: string
  readonly asked?: readonly string[]
  readonly answered?: readonly string[]
  readonly answer?: string
  readonly outcome?: Outcome
}

function gatherUsing(use: GathererUse, passed: Passed) {
  const { sent = '', answer = text, asked = [], answered = [], outcome = 'complete' } = passed
  const route = recordedRoute('files', { uses: [use] })
  const { method = 'GET', target = '/files/a', status = 200 } = passed
  const record: ExchangeRecord = recordOf(route, {
    request: { method, target, authority: 'localhost', fields: asked, bytes: sent.length },
    response: { status, fields: answered, bytes: answer.length },
    outcome,
  })
  const yields = gatherFrom({
    record,
    uses: runnableUses(route, new Map()),
    bodies: { request: bodyOf(sent), response: bodyOf(answer) },
    skip: [],
    onUse: () => undefined,
  })
  return { facts: yields.flatMap((one) => one.facts), gaps: yields.flatMap((one) => one.gaps) }
}

describe('digests of bodies', () => {
  const reads = (side: string): GathererUse => ({
    gatherer: 'http-json',
    options: { used: [{ type: 'file', name: 'a', digest: { body: side } }] },
  })
  const usedOf = (side: string, passed: Passed) => {
    const { facts, gaps } = gatherUsing(reads(side), passed)
    const [fact] = facts
    return { digest: fact?.kind === 'used' ? fact.entity.digest : 'no fact', gaps }
  }

  it('are those of bodies that passed as a whole', () => {
    expect(usedOf('response', {})).to.deep.equal({ digest, gaps: [] })
    expect(usedOf('request', { method: 'PUT', sent: text })).to.deep.equal({ digest, gaps: [] })
    const stated = ['Content-Length', String(text.length)]
    const left = { method: 'PUT', sent: text, asked: stated, answer: '', outcome: 'client-aborted' as const }
    expect(usedOf('request', left)).to.deep.equal({ digest, gaps: [] })
    const empty = bodyDigests(['sha256'], Buffer.alloc(0)).sha256
    expect(usedOf('request', { method: 'PUT', asked: ['Content-Length', '0'] })).to.deep.equal({
      digest: empty,
      gaps: [],
    })
  })

  it('are left out, with a gap, where a body was cut, is a part, or is not there', () => {
    const none = (side: string) => ({ digest: undefined, gaps: [skipped(`${side} body`)] })
    expect(usedOf('response', { outcome: 'client-aborted' })).to.deep.equal(none('response'))
    expect(usedOf('response', { answered: ['Content-Length', '99'] })).to.deep.equal(none('response'))
    expect(usedOf('response', { status: 206 })).to.deep.equal(none('response'))
    expect(usedOf('response', { method: 'HEAD', answer: '' })).to.deep.equal(none('response'))
    expect(usedOf('response', { status: 304, answer: '' })).to.deep.equal(none('response'))
    expect(usedOf('response', { status: 204, answer: '' })).to.deep.equal(none('response'))
    expect(usedOf('request', {})).to.deep.equal(none('request'))
    expect(usedOf('request', { method: 'PUT', sent: text, asked: ['Content-Length', '99'] })).to.deep.equal(
      none('request'),
    )
  })

  it('are no version of an MLflow artifact of which the client took only a part', () => {
    const path = `1/${'a'.repeat(32)}/artifacts/weights.bin`
    const target = `/api/2.0/mlflow-artifacts/artifacts/${path}`
    const use: GathererUse = { gatherer: 'mlflow', options: {} }
    const digestsOf = (passed: Passed) => {
      const { facts, gaps } = gatherUsing(use, { target, ...passed })
      return { used: facts.flatMap((fact) => (fact.kind === 'used' ? [[fact.entity.digest, fact.by]] : [])), gaps }
    }
    expect(digestsOf({})).to.deep.equal({ used: [[digest, 'observed']], gaps: [] })
    expect(digestsOf({ outcome: 'client-aborted' })).to.deep.equal({
      used: [[undefined, 'name-at-time']],
      gaps: [skipped(`artifact ${path}`)],
    })
  })
})
