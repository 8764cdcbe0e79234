// What `npm start` runs: the example plays, its custody is drawn, and a second start goes on from the same folder.
import { expect } from 'chai'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startJsonService } from '../support/service.js'
import { runWaybill } from '../support/waybill-process.js'

describe('waybill dev', function () {
  this.timeout(120_000)
  let dir = ''
  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'waybill-dev-'))
  })
  after(() => rmSync(dir, { recursive: true, force: true }))

  it('tells its story on an empty folder, and again from what it kept', async () => {
    const args = ['dev', '--once', '--port', '0', '--control-port', '0', '--data', dir]
    const first = await runWaybill(args)
    expect(first).to.include({ code: 0, err: '' })
    const links = [
      'answer:predictions/digits@',
      'model:models/digits@1',
      'training-run:',
      'labelling:',
      'alice',
      'object:s3://lake/',
    ]
    for (const link of links) expect(first.out).to.contain(link)
    expect(first.out).to.match(
      /Try next[^]*npx waybill custody model:models\/digits@1 --url http:\/\/127\.0\.0\.1:\d+\n/,
    )
    const second = await runWaybill(args)
    expect(second).to.include({ code: 0, err: '' })
    expect(second.out).to.contain('model:models/digits@1')
    const offline = await runWaybill(['custody', 'model:models/digits@1', '--data', join(dir)])
    expect(offline.out).to.contain('alice')
  })

  it('says which option takes another port where its own is taken', async () => {
    const other = await startJsonService({})
    const { port } = new URL(other.url)
    const run = await runWaybill(['dev', '--once', '--port', port, '--control-port', '0', '--data', join(dir, 'other')])
    other.close()
    expect(run.code).to.equal(1)
    expect(run.err).to.contain(`127.0.0.1:${port} is already in use`).and.to.contain('--port')
  })
})
