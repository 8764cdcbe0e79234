// Services behind https: verified, never trusted blindly; bodies pass as they do over plain connections.
import { expect } from 'chai'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { routeTo, startGateway } from '../../support/gateway.js'
import { spawnWaybill, type WaybillProcess } from '../../support/waybill-process.js'

const tlsFolder = fileURLToPath(new URL('../../support/tls/', import.meta.url))
const certificate = join(tlsFolder, 'cert.pem')

describe('a service behind https', function () {
  this.timeout(60_000)
  let service: https.Server
  let connections = 0
  let waybill: WaybillProcess | undefined
  const dir = mkdtempSync(join(tmpdir(), 'waybill-tls-'))

  before(async () => {
    const keys = { cert: readFileSync(certificate), key: readFileSync(join(tlsFolder, 'key.pem')) }
    service = https.createServer(keys, (request, response) => {
      const hash = createHash('sha256')
      request.on('data', (bytes: Buffer) => hash.update(bytes))
      request.on('end', () => {
        response.setHeader('x-sha256', hash.digest('hex'))
        response.end(request.url === '/large' ? Buffer.alloc(5_000_000, 'y') : 'small')
      })
    })
    service.on('secureConnection', () => connections++)
    await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
  })

  after(() => {
    waybill?.child.kill('SIGKILL')
    service.close()
    service.closeAllConnections()
    rmSync(dir, { recursive: true, force: true })
  })

  const port = () => (service.address() as AddressInfo).port

  it('is not spoken to while its certificate does not verify', async () => {
    const gateway = await startGateway([routeTo(0, { service: { url: new URL(`https://127.0.0.1:${port()}`) } })])
    const answer = await fetch(gateway.url)
    expect(answer.status).to.equal(502)
    const problem = (await answer.json()) as { code: string; detail: string }
    expect(problem.code).to.equal('WB_UPSTREAM_REFUSED')
    expect(problem.detail).to.match(/self-signed certificate/)
    await gateway.close()
  })

  it('is forwarded to over kept connections where it does, by address and by name', async () => {
    const configuration = `services:
  named: { url: "https://localhost:${port()}" }
  numbered: { url: "https://127.0.0.1:${port()}" }
routes:
  - { name: named, match: { path: /named/* }, rewrite: { stripPrefix: /named }, service: named }
  - { name: numbered, match: { path: /numbered/* }, rewrite: { stripPrefix: /numbered }, service: numbered }
listeners: [{ port: 0 }]
control: { port: 0 }
`
    writeFileSync(join(dir, 'waybill.yaml'), configuration)
    waybill = spawnWaybill(['start', '--log-level', 'warn'], { cwd: dir, env: { NODE_EXTRA_CA_CERTS: certificate } })
    const url = (await waybill.said(/^http-0 +(http:\S+)/m))[1] ?? ''
    const body = randomBytes(3_000_000)
    const digest = createHash('sha256').update(body).digest('hex')
    for (const name of ['named', 'numbered']) {
      connections = 0
      for (const path of ['small', 'large', 'small']) {
        const answer = await fetch(`${url}/${name}/${path}`, { method: 'POST', body })
        expect(answer.status, name).to.equal(200)
        expect(answer.headers.get('x-sha256')).to.equal(digest)
        expect((await answer.arrayBuffer()).byteLength).to.equal(path === 'large' ? 5_000_000 : 5)
      }
      expect(connections, 'one connection for three requests').to.equal(1)
    }
    waybill.child.kill('SIGTERM')
    expect((await waybill.finished).code).to.equal(0)
  })
})
