import { expect } from 'chai'
import { compileUses } from '../../../gatherers/compile.js'
import type { GathererUse } from '../../../gatherers/contract.js'
import { gatherExchange } from '../../../gatherers/gather.js'
import { exchangeOf } from '../../support/exchanges.js'

const model = { generated: [{ type: 'model', name: 'models/{$.response.body.model}' }] }

/** What each use says of itself where it has neither facts nor gaps. */
function silence(uses: readonly GathererUse[], exchange: ReturnType<typeof exchangeOf>): readonly string[] {
  const service = { name: 'trainer', kind: 'http', url: 'http://127.0.0.1:7001' }
  const compiled = compileUses(uses, { route: 'train', service, stripPrefix: '', path: '/train/*' })
  const told: string[] = []
  const yields = gatherExchange(compiled, exchange, ({ use, gatherer }, reason) => {
    told.push(`${use} ${gatherer}: ${reason}`)
  })
  expect(yields.flatMap(({ facts, gaps }) => [...facts, ...gaps])).to.deep.equal([])
  return told
}

describe('a gatherer that has nothing to say', () => {
  const seen = (when: GathererUse['when'], exchange: ReturnType<typeof exchangeOf>) =>
    silence([{ gatherer: 'http-json', options: model, ...(when === undefined ? {} : { when }) }], exchange)
  const answered = (status: number) => exchangeOf({ body: {} }, { status, body: { model: 'churn', old: null } })

  it('names the condition that does not hold, with what was expected and found', () => {
    const unanswered = exchangeOf({ body: {} }, {}, { response: null, outcome: 'failed' })
    const page = exchangeOf({ fields: { 'Content-Type': 'text/html; charset=utf-8' }, body: 'a' }, { body: 'b' })
    const cases = [
      [{ method: ['PUT', 'patch'] }, answered(200), 'method is POST, not PUT or PATCH'],
      [{ path: '/train/{job}/end' }, answered(200), 'path /train/jobs does not match /train/{job}/end'],
      [{ status: ['2xx', 304] }, answered(404), 'status is 404, not 2xx or 304'],
      [{ status: '2xx' }, unanswered, 'no answer came, so its status is not 2xx'],
      [{ content: { request: 'application/*' } }, page, 'content type of the request is text/html, not application/*'],
      [
        { content: { response: 'application/json' } },
        page,
        'content type of the response is not told, so it is not application/json',
      ],
      [{ exists: ['$.response.body.model', '$.response.body.id'] }, answered(200), '$.response.body.id finds nothing'],
      [{ exists: '$.response.body.old' }, answered(200), '$.response.body.old finds only null'],
    ] as const
    for (const [when, exchange, reason] of cases) {
      expect(seen(when as GathererUse['when'], exchange)).to.deep.equal([`0 http-json: ${reason}`])
    }
  })

  it('names the selectors that found nothing and need not', () => {
    const options = {
      used: [
        { each: '$.request.body.inputs[*]', type: 'dataset', name: '{$.uri}' },
        { type: 'model', name: 'models/{$.request.body.base}' },
      ],
      generated: [
        { type: 'model', name: 'models/{$.response.body.model}', version: '{$.response.body.version}' },
        { type: 'model', name: 'models/{$.response.body.other}' },
      ],
    }
    expect(silence([{ gatherer: 'http-json', options }], answered(200))).to.deep.equal([
      '0 http-json: found nothing for used[0].each: $.request.body.inputs[*]; used[1].name: models/{$.request.body.base}; generated[0].version: {$.response.body.version}',
    ])
  })

  it('says that the service never saw the request, or did not do it', () => {
    const refused = exchangeOf({ body: {} }, { status: 502 }, { error: 'WB_UPSTREAM_REFUSED' })
    const missing = (target: string) => exchangeOf({ method: 'GET', target }, { status: 404 })
    const saw = 'the gateway answered it: the service never saw the request'
    const bare = { gatherer: 'http-json', options: { activity: { type: 'call', id: '1' } } }
    const uses = [bare, { gatherer: 's3', options: {} }, { gatherer: 'mlflow', options: {} }]
    const { request } = missing('/api/2.0/mlflow/runs/get').record
    expect(silence(uses, { ...refused, record: { ...refused.record, request } })).to.deep.equal([
      `0 http-json: ${saw}`,
      `1 s3: ${saw}`,
      `2 mlflow: ${saw}`,
    ])
    const [, ...others] = silence(uses, missing('/api/2.0/mlflow/runs/get?run_id=1'))
    expect(others).to.deep.equal(['1 s3: the service answered 404', '2 mlflow: the service answered 404'])
    expect(silence(uses, missing('/api/2.0/mlflow/runs/search?acl'))).to.deep.equal([
      '0 http-json: it looked and found nothing',
      '1 s3: the request is about no object’s content',
      '2 mlflow: nothing is read off runs/search',
    ])
  })
})
