// Services behind https: verified, never trusted blindly; bodies pass as they do over plain connections.
import { expect } from 'chai'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import net, { type AddressInfo } from 'node:net'
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

  /** Where a Waybill that takes the service's certificate listens. */
  async function started(): Promise<string> {
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
    return (await waybill.said(/^http-0 +(http:\S+)/m))[1] ?? ''
  }

  it('is not spoken to while its certificate does not verify', async () => {
    const gateway = await startGateway([routeTo(0, { service: { url: new URL(`https://127.0.0.1:${port()}`) } })])
    const answer = await fetch(gateway.url)
    expect(answer.status).to.equal(502)
    const problem = (await answer.json()) as { code: string; detail: string }
    expect(problem.code).to.equal('WB_UPSTREAM_REFUSED')
    expect(problem.detail).to.match(/failed: its certificate is self-signed$/)
    await gateway.close()
  })

  it('is told as none where plain HTTP is spoken, in words and without those of OpenSSL', async () => {
    const plain = http.createServer((_, response) => response.end())
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve))
    const url = new URL(`https://127.0.0.1:${(plain.address() as AddressInfo).port}`)
    const gateway = await startGateway([routeTo(0, { service: { url } })])
    const problem = (await (await fetch(gateway.url)).json()) as { code: string; detail: string }
    expect(problem.code).to.equal('WB_UPSTREAM_REFUSED')
    expect(problem.detail).to.match(/ failed: the TLS handshake failed \(is it http:\/\/\?\)$/)
    await gateway.close()
    plain.close()
  })

  it('is forwarded to over kept connections where it does, by address and by name', async () => {
    const url = await started()
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
    waybill?.child.kill('SIGTERM')
    expect((await waybill?.finished)?.code).to.equal(0)
  })

  it('still speaks on an upgraded connection after the client’s end', async () => {
    service.on('upgrade', (_, socket) => {
      socket.allowHalfOpen = true
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: shout\r\n\r\n')
      socket.on('end', () => socket.end('after the end')).resume()
    })
    const client = net.connect({ port: Number(new URL(await started()).port), host: '127.0.0.1', allowHalfOpen: true })
    client.write('GET /named/ HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: shout\r\n\r\n')
    let got = ''
    for await (const bytes of client) {
      got += String(bytes)
      if (!client.writableEnded) client.end()
    }
    expect(got).to.match(/^HTTP\/1\.1 101 .*\r\n\r\nafter the end$/s)
    waybill?.child.kill('SIGTERM')
    expect((await waybill?.finished)?.code).to.equal(0)
  })
})
