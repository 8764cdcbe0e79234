// The built command line against a running Waybill: from a configuration file to custody, and down again without a loss.
import { expect } from 'chai'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { startService, type TestService } from '../support/service.js'
import {
  runWaybill,
  servingWaybill,
  spawnWaybill,
  type Serving,
  type WaybillProcess,
} from '../support/waybill-process.js'

describe('waybill start', function () {
  this.timeout(60_000)
  let dir = ''
  let trainer: TestService
  let running: WaybillProcess | undefined
  const held: (() => void)[] = []

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'waybill-cli-'))
    trainer = await startService((request, response) => {
      const body = JSON.stringify({ id: 'job-1', model: { name: 'churn', version: '3' } })
      const answer = () => response.writeHead(201, { 'content-type': 'application/json' }).end(body)
      if (request.url === '/train/slow') held.push(answer)
      else answer()
      request.resume()
    })
    writeFileSync(join(dir, 'waybill.yaml'), configuration)
  })

  after(() => {
    running?.child.kill('SIGKILL')
    trainer.close()
    rmSync(dir, { recursive: true, force: true })
  })

  const upstream = () => ({ TRAINER: String(trainer.port) })

  function start(): Promise<Serving> {
    running = spawnWaybill(['start', '--log-level', 'warn'], { cwd: dir, env: upstream() })
    return servingWaybill(running)
  }

  it('runs, answers every reading command, drains at SIGTERM with 0, and is read offline after', async () => {
    const { waybill, gateway, control } = await start()
    await waybill.said(/curl -i -X POST http:\S+\/train\/\n/)
    const answer = await fetch(`${gateway}/train/jobs`, { method: 'POST', body: '{}', headers: { 'x-user': 'alice' } })
    expect(answer.status).to.equal(201)
    const id = answer.headers.get('waybill-exchange') ?? ''
    expect(id).to.match(/^[0-9a-f]{32}$/)
    const slow = fetch(`${gateway}/train/slow`, { method: 'POST', body: '{}' })
    while (held.length === 0) await new Promise((resolve) => setImmediate(resolve))

    const env = { WAYBILL_URL: control }
    const read = (...args: string[]) => runWaybill(args, { env })
    await eventually(async () => (await read('entity', 'list', '--type', 'model')).out.includes('model:models/churn@3'))
    const tree = await read('custody', 'model:models/churn@3')
    expect(tree).to.include({ code: 0, err: '' })
    expect(tree.out).to.contain('training-run:trainer/job-1').and.to.contain('alice')
    expect((await read('custody', id, '-o', 'mermaid')).out).to.match(/^flowchart LR\n/)
    expect((await read('custody', id, '-o', 'dot')).out).to.match(/^digraph/)
    expect((await read('lineage', 'down', 'training-run:trainer/job-1')).out).to.contain(
      'generated model:models/churn@3',
    )
    expect((await read('lineage', 'path', 'model:models/churn@3', 'training-run:trainer/job-1')).code).to.equal(0)
    const list = JSON.parse((await read('exchange', 'list', '-o', 'json')).out) as { items: { id: string }[] }
    expect(list.items.map((one) => one.id)).to.include(id)
    const shown = parse((await read('exchange', 'show', id, '-o', 'yaml')).out) as { record: { route: string } }
    expect(shown.record.route).to.equal('train')
    expect((await read('coverage')).code).to.equal(0)
    const gathered = await read('gather', '--exchange', id)
    expect(gathered).to.include({ code: 0, err: '' })
    expect(gathered.out).to.contain('generated model:models/churn@3')
    const again = await read('regather', '--route', 'train', '--since', '2020-01-01T00:00:00Z', '-o', 'json')
    expect(JSON.parse(again.out)).to.deep.equal({ exchanges: 1, changed: 0, missing: 0 })
    const described = new URL('../../docs/reference/openapi.json', import.meta.url)
    expect(await (await fetch(`${control}/openapi.json`)).json()).to.deep.equal(
      JSON.parse(readFileSync(described, 'utf8')),
    )
    const missing = await read('custody', 'model:models/chrun@3')
    expect(missing.code).to.equal(3)
    expect(missing.err).to.contain('WB_NODE_NOT_FOUND').and.to.contain('model:models/churn')
    expect((await read('exchange', 'show', 'nonsense')).code).to.equal(3)

    waybill.child.kill('SIGTERM')
    await refused(gateway)
    for (const answerNow of held.splice(0)) answerNow()
    expect((await slow).status).to.equal(201)
    expect(await waybill.finished).to.include({ code: 0, signal: null })

    const offline = await runWaybill(['exchange', 'list', '--data', 'waybill-data', '-o', 'json'], { cwd: dir })
    expect(offline.err).to.equal('')
    const stored = JSON.parse(offline.out) as { items: { id: string; outcome: string }[] }
    expect(stored.items.map((one) => one.outcome)).to.deep.equal(['complete', 'complete'])
    expect((await runWaybill(['custody', id, '--data', 'waybill-data'], { cwd: dir })).out).to.contain(
      'model:models/churn@3',
    )
    expect((await runWaybill(['coverage', '--url', control])).code).to.equal(4)
  })

  it('will not read a data folder that a running Waybill holds, nor start on it twice', async () => {
    const { waybill } = await start()
    const read = await runWaybill(['coverage', '--data', 'waybill-data'], { cwd: dir })
    expect(read.code).to.equal(1)
    expect(read.err).to.contain('WB_DATA_FOLDER').and.to.contain('another process')
    const second = await runWaybill(['start'], { cwd: dir, env: upstream() })
    expect(second.code).to.equal(1)
    expect(second.err).to.contain('WB_DATA_FOLDER')
    waybill.child.kill('SIGINT')
    expect(await waybill.finished).to.include({ code: 0, signal: null })
  })

  it('says which address is taken', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as AddressInfo
    writeFileSync(join(dir, 'taken.yaml'), configuration.replace('{ port: 0 }]', `{ port: ${port} }]`))
    const { code, err } = await runWaybill(['start', '-c', 'taken.yaml', '--data', 'elsewhere'], {
      cwd: dir,
      env: upstream(),
    })
    other.close()
    expect(code).to.equal(1)
    expect(err).to.contain(`127.0.0.1:${port} is already in use`).and.to.contain('listeners')
  })

  it('starts on nothing wrong: a bad configuration exits with 2 and every error', async () => {
    writeFileSync(join(dir, 'bad.yaml'), configuration.replace('service: trainer', 'servce: trainer'))
    const { code, err } = await runWaybill(['start', '-c', 'bad.yaml'], { cwd: dir, env: upstream() })
    expect(code).to.equal(2)
    expect(err).to.contain('bad.yaml:6:5: routes[0].servce: unknown key').and.to.contain('(did you mean "service"?)')
  })

  it('is looked after by doctor', async () => {
    const { code, out } = await runWaybill(['doctor', '-o', 'json'], { cwd: dir, env: upstream() })
    const findings = JSON.parse(out) as { subject: string; verdict: string }[]
    expect(code).to.equal(0)
    expect(findings.map((one) => one.subject)).to.include.members([
      'data folder',
      'fsync',
      'clock',
      'control',
      'service trainer',
    ])
    const failing = await runWaybill(['doctor', '-o', 'json'], { cwd: dir, env: { TRAINER: '1' } })
    expect(failing.code).to.equal(1)
    expect(failing.out).to.contain('ECONNREFUSED')
  })
})

const configuration = `services:
  trainer: { url: "http://127.0.0.1:\${TRAINER}" }
routes:
  - name: train
    match: { path: /train/*, method: POST }
    service: trainer
    gather:
      - use: http-json
        when: { status: 2xx }
        with:
          activity: { type: training-run, id: "trainer/{$.response.body.id}" }
          agent: "{$.request.headers['x-user']}"
          generated:
            - { type: model, name: "models/{$.response.body.model.name}", version: "{$.response.body.model.version}" }
listeners: [{ port: 0 }]
control: { port: 0 }
`

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error('it never came to hold')
  }
}

/** Resolves when nothing accepts connections there any more. */
async function refused(url: string): Promise<void> {
  await eventually(() =>
    fetch(url).then(
      () => false,
      () => true,
    ),
  )
}
