import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Subgraph } from '../../lineage/ports.js'
import { startJsonService, type TestService } from '../support/service.js'
import { startWaybill } from '../support/waybill.js'

const configuration = (url: string) => `
services:
  inference: { url: '${url}' }
routes:
  - name: predict
    match: { path: /predict }
    service: inference
    gather:
      - use: http-json
        with:
          activity: { type: inference, id: '{$.response.body.id}' }
          used:
            - { type: model, name: 'models/{$.response.body.model.name}', version: '{$.response.body.model.version}' }
          generated:
            - { type: answer, name: predictions, version: '{$.response.body.id}', required: true }
`

describe('one GET through the gateway', () => {
  let upstream: TestService
  let url: string
  const answer = { id: 'p1', model: { name: 'churn', version: '3' }, label: 1 }

  before(async () => {
    upstream = await startJsonService(answer)
    url = upstream.url
  })
  after(() => upstream.close())

  it('arrives unchanged, and its custody leads to the model version', async () => {
    const waybill = await startWaybill(configuration(url))
    try {
      const response = await fetch(`${waybill.url}/predict`)
      expect(await response.text()).to.equal(JSON.stringify(answer))
      const exchange = response.headers.get('waybill-exchange')
      expect(exchange).to.match(/^[0-9a-f]{32}$/)
      await waybill.settled()
      const custody = await waybill.query<Subgraph>(`/v1/custody/${exchange}`)
      expect(custody.nodes.map((node) => node.id)).to.include.members([
        'answer:predictions@p1',
        'inference:p1',
        'model:models/churn@3',
      ])
      expect(custody.gaps.map((gap) => `${gap.reason} ${gap.at}`)).to.include(
        'origin-not-observed model:models/churn@3',
      )
    } finally {
      await waybill.stop()
    }
  })

  it('is still there when the process has been started again', async () => {
    const data = mkdtempSync(join(tmpdir(), 'waybill-'))
    try {
      const first = await startWaybill(configuration(url), { data })
      const response = await fetch(`${first.url}/predict`)
      await response.text()
      await first.stop()
      const second = await startWaybill(configuration(url), { data })
      const custody = await second.query<Subgraph>('/v1/custody/answer%3Apredictions%40p1')
      await second.stop()
      expect(custody.edges.map((edge) => `${edge.from} ${edge.kind} ${edge.to}`)).to.include.members([
        'answer:predictions@p1 generated inference:p1',
        'inference:p1 used model:models/churn@3',
      ])
      expect(custody.edges[0]?.exchange).to.equal(response.headers.get('waybill-exchange'))
    } finally {
      rmSync(data, { recursive: true, force: true })
    }
  })
})
