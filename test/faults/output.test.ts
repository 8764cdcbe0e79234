// What can't be written to standard error is lost, and nothing else is: the gateway goes on. A command whose answer can't be
// written says so.
import { expect } from 'chai'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startService, type TestService } from '../support/service.js'
import { servingWaybill, spawnRedirected, spawnWaybill, type WaybillProcess } from '../support/waybill-process.js'

describe('output that can’t be written', () => {
  let dir = ''
  let service: TestService
  let running: WaybillProcess | undefined

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'waybill-output-'))
    service = await startService((request, response) => {
      request.resume()
      if (request.url === '/fails') request.socket.destroy()
      else response.end('here')
    })
    writeFileSync(join(dir, 'waybill.yaml'), configuration(service.port))
  })
  afterEach(() => {
    running?.child.kill('SIGKILL')
    running = undefined
    service.close()
    rmSync(dir, { recursive: true, force: true })
  })

  async function goesOn(waybill: WaybillProcess, loseLog: () => void): Promise<void> {
    running = waybill
    const { gateway } = await servingWaybill(waybill)
    loseLog()
    for (let failures = 0; failures < 3; failures++) {
      // each is logged
      expect((await fetch(`${gateway}/fails`)).status).to.equal(502)
      expect(await (await fetch(`${gateway}/`)).text()).to.equal('here')
    }
    waybill.child.kill('SIGTERM')
    expect(await waybill.finished).to.include({ code: 0, signal: null })
  }

  it('as a log whose reader went away leaves the gateway running', async () => {
    const waybill = spawnWaybill(['start'], { cwd: dir })
    await goesOn(waybill, () => waybill.child.stderr?.destroy())
  })

  it('as a log on a full disk leaves the gateway running', async () => {
    await goesOn(spawnRedirected('2>/dev/full', ['start'], { cwd: dir }), () => undefined)
  })

  it('as the answer of a command is told in one line', async () => {
    expect(await spawnRedirected('>/dev/full', ['version']).finished).to.deep.include({
      code: 1,
      err: 'waybill: can’t write the answer: no space left on the device\n',
    })
  })
})

function configuration(port: number): string {
  return `services:
  here: { url: http://127.0.0.1:${port} }
routes:
  - { name: here, match: { path: /* }, service: here, record: durable }
listeners: [{ port: 0 }]
control: { port: 0 }
`
}
