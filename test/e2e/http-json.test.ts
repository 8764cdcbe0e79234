import { expect } from 'chai'
import { mkdtempSync, rmSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { GraphEdge, Subgraph } from '../../lineage/ports.js'
import { startService, type TestService } from '../support/service.js'
import { startWaybill, type TestWaybill } from '../support/waybill.js'

const startedAt = '2023-11-14T22:13:20.500000Z'
const finishedAt = '2023-11-14T22:15:00.250000Z'

// A trainer as many are: it takes a job, is polled, and calls back when it is done. It knows nothing of Waybill.
function trainer(): RequestListener {
  let polls = 0
  const send = (status: number, body: unknown) => ({ status, body: JSON.stringify(body) })
  const answer = (method: string, path: string) => {
    if (path === '/callbacks') return send(202, {})
    if (method === 'POST') return send(202, { id: 7, status: 'queued' })
    polls += 1
    if (polls <= 18) return send(200, { id: 7, status: 'running', started_at: startedAt, model: { name: 'churn' } })
    const model = { name: 'churn', version: 3 }
    return send(200, { id: 7, status: 'done', started_at: startedAt, finished_at: finishedAt, model })
  }
  return (request, response) => {
    request.resume().on('end', () => {
      const { status, body } = answer(request.method ?? '', request.url ?? '')
      response.writeHead(status, { 'content-type': 'application/json' }).end(body)
    })
  }
}

const configuration = (url: string) => `
services:
  trainer: { url: '${url}' }
  application: { url: '${url}' }
routes:
  - name: jobs
    match: { path: /jobs/* }
    service: trainer
    gather:
      - use: http-json
        when: { status: 2xx }
        with:
          activity:
            type: training-run
            id: 'job:{$.response.body.id}'
            state: { phase: '{$.response.body.status}', map: { queued: START, running: RUNNING, done: COMPLETE } }
            startedAt: '{$.response.body.started_at}'
            endedAt: '{$.response.body.finished_at}'
          agent: "{$.request.headers['x-user']}"
          used:
            - { each: '$.request.body.datasets[*]', type: dataset, name: '{$.uri}', version: '{$.etag}' }
          generated:
            - { type: model, name: 'models/{$.response.body.model.name}', version: '{$.response.body.model.version}' }
  - name: callbacks
    match: { path: /callbacks, method: POST }
    service: application
    gather:
      - use: http-json
        with:
          activity:
            type: training-run
            id: 'job:{$.request.body.id}'
            state: { phase: '{$.request.body.status}', map: { done: COMPLETE } }
            endedAt: '{$.request.body.finished_at}'
          generated:
            - { type: model, name: 'models/{$.request.body.model.name}', version: '{$.request.body.model.version}' }
`

describe('an activity over many exchanges, through the gateway', () => {
  let service: TestService
  let data: string
  let yaml: string

  before(async () => {
    service = await startService(trainer())
    yaml = configuration(service.url)
    data = mkdtempSync(join(tmpdir(), 'waybill-'))
  })
  after(() => {
    service.close()
    rmSync(data, { recursive: true, force: true })
  })

  async function during(use: (waybill: TestWaybill) => Promise<void>): Promise<void> {
    const waybill = await startWaybill(yaml, { data })
    try {
      await use(waybill)
    } finally {
      await waybill.stop()
    }
  }

  async function post(url: string, body: unknown): Promise<void> {
    const headers = { 'content-type': 'application/json', 'x-user': 'ada' }
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
    expect(response.status).to.equal(202)
    await response.arrayBuffer()
  }

  async function poll(waybill: TestWaybill, times: number): Promise<void> {
    for (let at = 0; at < times; at += 1) await (await fetch(`${waybill.url}/jobs/7`)).arrayBuffer()
  }

  it('is one activity with the right times, callback first, the process restarted in between', async () => {
    const done = { id: 7, status: 'done', finished_at: finishedAt, model: { name: 'churn', version: 3 } }
    await during((waybill) => post(`${waybill.url}/callbacks`, done))
    await during(async (waybill) => {
      await post(`${waybill.url}/jobs`, { datasets: [{ uri: 's3://lake/a.csv', etag: 'e1' }] })
      await poll(waybill, 10)
    })
    await during(async (waybill) => {
      await poll(waybill, 10)
      await waybill.settled()
      const custody = await waybill.query<Subgraph>(`/v1/custody/${encodeURIComponent('model:models/churn@3')}`)
      expect(custody.nodes.filter((node) => node.kind === 'activity').map((node) => node.id)).to.deep.equal([
        'training-run:job:7',
      ])
      const run = custody.nodes.find((node) => node.kind === 'activity')
      expect(run?.facets['state']).to.deep.equal({ phase: 'COMPLETE', startedAt, endedAt: finishedAt })
      const shown = (edge: GraphEdge) => `${edge.from} ${edge.kind} ${edge.to} (${edge.by})`
      expect(custody.edges.map(shown).sort()).to.deep.equal([
        'model:models/churn@3 generated training-run:job:7 (observed)',
        'training-run:job:7 attributed-to agent:ada (asserted)',
        'training-run:job:7 used dataset:s3://lake/a.csv@e1 (observed)',
      ])
      const exchanges = await waybill.query<{ items: unknown[] }>('/v1/exchanges?limit=100')
      expect(exchanges.items).to.have.length(22)
    })
  })
})
