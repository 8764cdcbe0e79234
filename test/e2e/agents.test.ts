// Who asked, from the credentials of a request to the custody of its answer, and nothing of the credentials anywhere.
import { expect } from 'chai'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Subgraph } from '../../lineage/ports.js'
import { startService, type TestService } from '../support/service.js'
import { runWaybill, servingWaybill, spawnWaybill, type Serving } from '../support/waybill-process.js'

const configuration = `services: { inference: { url: "http://127.0.0.1:\${SERVICE}" } }
routes:
  - name: predict
    match: { path: /predict }
    service: inference
    record: { mode: required, wait: 30s }
    gather:
      - use: http-json
        with:
          activity: { type: inference, id: "{$.response.body.id}", state: exchange }
          agent: "{$.request.agent}"
          generated: [{ type: answer, name: predictions, version: "{$.response.body.id}" }]
listeners: [{ port: 0 }]
control: { port: 0 }
`

const part = (json: unknown) => Buffer.from(JSON.stringify(json)).toString('base64url')
const claims = { iss: 'https://sso.example', sub: 'user-17', preferred_username: 'ann', exp: 4_102_444_800 }
const jwt = `${part({ alg: 'HS256' })}.${part(claims)}.c2lnbmF0dXJlLWNhbmFyeQ`
const basic = Buffer.from('bob:password-canary').toString('base64')

/** What would let somebody else act in the caller's name, in every form in which it could be kept. */
const secrets = [jwt, 'c2lnbmF0dXJlLWNhbmFyeQ', 'signature-canary', part(claims), basic, 'password-canary']

describe('the agent of a request', function () {
  this.timeout(60_000)
  let dir = ''
  let service: TestService
  let serving: Serving
  const received: string[] = []

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'waybill-agents-'))
    writeFileSync(join(dir, 'waybill.yaml'), configuration)
    service = await startService((request, response) => {
      received.push(request.headers.authorization ?? '')
      response.writeHead(200, { 'content-type': 'application/json' }).end(`{"id":"p${received.length}"}`)
    })
    const env = { SERVICE: String(service.port) }
    serving = await servingWaybill(spawnWaybill(['start', '--log-level', 'trace'], { cwd: dir, env }))
  })
  after(() => {
    serving.waybill.child.kill('SIGKILL')
    service.close()
    rmSync(dir, { recursive: true, force: true })
  })

  async function predict(authorization: string): Promise<string> {
    const answer = await fetch(`${serving.gateway}/predict`, { headers: { authorization } })
    expect(await answer.text()).to.contain('"id"')
    expect(received.at(-1), 'the service gets them as they are').to.equal(authorization)
    return answer.headers.get('waybill-exchange') ?? ''
  }

  const read = (...args: string[]) => runWaybill(args, { env: { WAYBILL_URL: serving.control } })

  it('is in the custody of the answer, as what the client says, and its credentials are nowhere', async () => {
    const shown: string[] = []
    const agents = [
      [`Bearer ${jwt}`, 'jwt:user-17'],
      [`Basic ${basic}`, 'basic:bob'],
    ] as const
    for (const [authorization, agent] of agents) {
      const id = await predict(authorization)
      const custody = await read('custody', id, '-o', 'json')
      expect(custody).to.include({ code: 0, err: '' })
      const { nodes, edges, gaps } = JSON.parse(custody.out) as Subgraph
      expect(nodes.find((node) => node.id === id)?.facets['exchange']).to.include({ agent })
      const said = edges.filter((edge) => edge.kind === 'attributed-to')
      expect(said.map(({ to, by }) => `${to} ${by}`)).to.deep.equal([`agent:${agent} asserted`])
      expect(gaps).to.deep.equal([])
      expect((await read('custody', id)).out).to.contain(`by agent:${agent}`)
      expect((await read('exchange', 'show', id)).out).to.contain(`${agent} (asserted)`)
      const record = await read('exchange', 'show', id, '-o', 'json')
      expect(record.out).to.contain('[redacted]')
      shown.push(custody.out, record.out)
      shown.push((await read('gather', '--exchange', id, '-o', 'json')).out)
    }
    shown.push((await read('entity', 'list', '-o', 'json')).out)
    shown.push(await (await fetch(`${serving.control}/metrics`)).text())
    const open = filesUnder(dir)
    serving.waybill.child.kill('SIGTERM')
    const { code, out, err } = await serving.waybill.finished
    expect(code).to.equal(0)
    const kept = [...open, ...filesUnder(dir), ['output', out], ['log', err], ...shown.map((text) => ['answer', text])]
    expect(kept.map(([name]) => name).join(' '))
      .to.contain('ledger.db')
      .and.to.contain('captures')
    for (const [place, text] of kept) {
      expect(
        secrets.filter((secret) => text?.includes(secret)),
        place,
      ).to.deep.equal([])
    }
  })
})

function filesUnder(folder: string): [string, string][] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => [join(parentPath, name), readFileSync(join(parentPath, name), 'latin1')])
}
