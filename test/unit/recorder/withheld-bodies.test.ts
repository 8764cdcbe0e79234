// What gatherers are told of a request body of which nothing is kept.
import { expect } from 'chai'
import { gzipSync } from 'node:zlib'
import type { ExchangeRecord } from '../../../core/exchange.js'
import { redactionRules } from '../../../core/redaction.js'
import type { GathererUse } from '../../../gatherers/contract.js'
import { createBodyRedactor } from '../../../recorder/body-redaction.js'
import { gatherFrom, redactedBody } from '../../../recorder/gathering.js'
import { runnableUses } from '../../../recorder/route-gatherers.js'
import { bodyCapture, recordedRoute, recordOf } from '../../support/recorded-routes.js'

const json = ['Content-Type', 'application/json']

interface Sent {
  readonly target?: string
  readonly fields?: readonly string[]
  readonly truncated?: boolean
}

function gapsOf(use: GathererUse, body: string | Buffer, sent: Sent = {}): string[] {
  const route = recordedRoute('train', { uses: [use] })
  const { target = '/train', fields = json, truncated = false } = sent
  const record: ExchangeRecord = recordOf(route, {
    request: { method: 'POST', target, authority: 'localhost', fields, bytes: body.length },
    response: { status: 200, fields: [], bytes: 0 },
  })
  const parts = { redactor: createBodyRedactor(redactionRules({ body: ['$.token'] })), digests: {} }
  const bodies = {
    request: redactedBody('request', record, bodyCapture(body, { truncated }), parts),
    response: redactedBody('response', record, bodyCapture(), parts),
  }
  const uses = runnableUses(route, new Map())
  const yields = gatherFrom({ record, uses, bodies, skip: [], onUse: () => undefined })
  const gaps = yields.flatMap((one) => one.gaps)
  expect(gaps.at(-1)?.reason).to.equal('unredactable')
  return gaps.slice(0, -1).map(({ reason, about }) => `${reason}: ${about}`)
}

describe('a body that redaction can’t read', () => {
  const reads: GathererUse = {
    gatherer: 'http-json',
    options: { used: [{ type: 'file', name: '{$.request.body.name}' }] },
  }

  it('is to gatherers one that can’t be read, and why', () => {
    expect(gapsOf(reads, '{"name":')).to.deep.equal(['body-unparsed: request body: not JSON'])
    const coded = [...json, 'Content-Encoding', 'gzip']
    expect(gapsOf(reads, '{"name":1}', { fields: coded })).to.deep.equal(['body-unparsed: request body: not gzip'])
  })

  it('is one that was cut where it was, or is past a limit', () => {
    const cut = ['body-truncated: request body: longer than what is captured']
    expect(gapsOf(reads, '{"name":', { truncated: true })).to.deep.equal(cut)
    const bomb = gzipSync(Buffer.alloc(9 * 1024 * 1024, '1'))
    const past = ['body-truncated: request body: decoded size is past the limit']
    expect(gapsOf(reads, bomb, { fields: [...json, 'Content-Encoding', 'gzip'] })).to.deep.equal(past)
  })

  it('is that to the gatherers of MLflow and S3 too', () => {
    const target = '/api/2.0/mlflow/runs/log-inputs'
    const mlflow = gapsOf({ gatherer: 'mlflow', options: {} }, '{"run_id":', { target })
    expect([...new Set(mlflow)]).to.deep.equal(['body-unparsed: request of POST runs/log-inputs'])
    const xml = ['Content-Type', 'application/xml', 'Content-Encoding', 'gzip']
    const s3 = gapsOf({ gatherer: 's3', options: {} }, '<Delete/>', { target: '/lake?delete', fields: xml })
    expect(s3.filter((gap) => !gap.startsWith('version-unknown'))).to.deep.equal([
      'body-unparsed: request of object:s3://lake/',
    ])
  })
})
