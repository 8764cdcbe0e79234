// Asked to stop, Waybill drains and lets go of its ports and its folder, whoever the signal goes through; asked again, it goes at
// once.
import { expect } from 'chai'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startService } from '../support/service.js'
import { until } from '../support/until.js'
import {
  runWaybill,
  servingWaybill,
  spawnNpmStart,
  spawnWaybill,
  type WaybillProcess,
} from '../support/waybill-process.js'

describe('a wish to stop', () => {
  let dir = ''
  let running: WaybillProcess | undefined

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'waybill-stop-'))
  })
  afterEach(() => {
    const { pid } = running?.child ?? {}
    if (pid !== undefined) killGroup(pid)
    running = undefined
    rmSync(dir, { recursive: true, force: true })
  })

  async function npmStarted(): Promise<{ npm: WaybillProcess; pid: number; ports: readonly number[] }> {
    const npm = spawnNpmStart(['--port', '0', '--control-port', '0', '--data', dir])
    running = npm
    const [, gateway = '', control = ''] = await npm.said(/data plane http:\S+:(\d+), control plane http:\S+:(\d+)/)
    await npm.said(/Stop with Ctrl-C/)
    return { npm, pid: npm.child.pid ?? 0, ports: [Number(gateway), Number(control)] }
  }

  async function hasLetGo(ports: readonly number[]): Promise<void> {
    for (const port of ports) expect(await isOpen(port), `port ${port}`).to.equal(false)
    expect(await runWaybill(['exchange', 'list', '--data', dir])).to.include({ code: 0, err: '' })
  }

  it('reaches it through npm (SIGTERM)', async () => {
    const { npm, ports } = await npmStarted()
    npm.child.kill('SIGTERM')
    // whoever else holds npm's output has ended too
    expect(await npm.finished).to.include({ code: 0, signal: null })
    await hasLetGo(ports)
  })

  it('is one where the terminal gives it to all and npm passes it on (Ctrl-C)', async () => {
    const { npm, pid, ports } = await npmStarted()
    process.kill(-pid, 'SIGINT')
    expect(await npm.finished).to.include({ code: 0, signal: null })
    await hasLetGo(ports)
  })

  it('ends it at once when it is repeated while exchanges are in flight', async () => {
    let asked = false
    const service = await startService((request) => {
      request.resume()
      asked = true
    })
    try {
      writeFileSync(join(dir, 'waybill.yaml'), configuration(service.port))
      const waybill = spawnWaybill(['start', '--log-level', 'silent'], { cwd: dir })
      running = waybill
      const { gateway } = await servingWaybill(waybill)
      const answer = fetch(`${gateway}/`).catch(() => undefined)
      await until(() => asked)
      const { child } = waybill
      await until(() => {
        child.kill('SIGTERM')
        return child.exitCode !== null
      })
      expect(await waybill.finished).to.include({ code: 1, signal: null })
      await answer
    } finally {
      service.close()
    }
  })
})

function configuration(port: number): string {
  return `services:
  held: { url: http://127.0.0.1:${port} }
routes:
  - { name: held, match: { path: /* }, service: held, record: durable }
listeners: [{ port: 0 }]
control: { port: 0 }
`
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

function killGroup(pid: number): void {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, 'SIGKILL')
    } catch {
      // has ended
    }
  }
}
