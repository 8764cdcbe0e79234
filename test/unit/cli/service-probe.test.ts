// What `waybill doctor` says of services as they are met: each is a real server on loopback.
import { expect } from 'chai'
import { readFileSync, writeFileSync } from 'node:fs'
import https from 'node:https'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { probeService } from '../../../cli/service-probe.js'
import { folderWith } from '../../support/folder.js'
import { startService, type TestService } from '../../support/service.js'
import { runCommand } from '../../support/terminal.js'

const tlsFile = (name: string) => readFileSync(new URL(`../../support/tls/${name}`, import.meta.url))

describe('a service that doctor looks at', () => {
  const opened: { close(): void }[] = []
  const asked: string[] = []
  afterEach(() => {
    for (const one of opened.splice(0)) one.close()
    asked.length = 0
  })

  async function answering(status: number): Promise<TestService> {
    const service = await startService((request, response) => {
      asked.push(`${request.method ?? ''} ${request.url ?? ''}`)
      response.writeHead(status, { location: 'http://127.0.0.1:1/elsewhere' }).end()
    })
    opened.push(service)
    return service
  }

  async function listening(server: Server | https.Server): Promise<number> {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return (server.address() as AddressInfo).port
  }

  /** One that does `then` with whoever comes. */
  async function raw(then: (socket: Socket) => void): Promise<URL> {
    const sockets: Socket[] = []
    const server = createServer((socket) => {
      sockets.push(socket.on('error', () => undefined))
      then(socket)
    })
    const port = await listening(server)
    opened.push({
      close: () => {
        server.close()
        for (const socket of sockets) socket.destroy()
      },
    })
    return new URL(`http://127.0.0.1:${port}`)
  }

  async function secure(): Promise<number> {
    const server = https.createServer({ cert: tlsFile('cert.pem'), key: tlsFile('key.pem') }, (_, response) => {
      response.end()
    })
    opened.push({
      close: () => {
        server.close()
        server.closeAllConnections()
      },
    })
    return listening(server)
  }

  it('is told by the status line that it answers, which never fails', async () => {
    const cases = [
      [200, 'ok', '200 OK'],
      [302, 'ok', '302 Found'],
      [404, 'ok', '404 Not Found'],
      [503, 'warning', '503 Service Unavailable'],
    ] as const
    for (const [status, verdict, line] of cases) {
      const { url } = await answering(status)
      const finding = await probeService('a', new URL(`${url}/base`))
      expect(finding).to.include({ subject: 'service a', verdict })
      expect(finding.detail).to.match(new RegExp(`^${url} answers HEAD /base with ${line} \\([0-9.]+ ms\\)$`))
    }
    expect(asked).to.deep.equal(cases.map(() => 'HEAD /base'))
  })

  it('fails where nothing listens, or what does speaks no HTTP', async () => {
    const refused = await probeService('a', new URL('http://127.0.0.1:1'))
    expect(refused).to.deep.include({ verdict: 'failure', detail: 'http://127.0.0.1:1 is not reachable: ECONNREFUSED' })
    const ssh = await probeService('a', await raw((socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n')))
    expect(ssh.verdict).to.equal('failure')
    expect(ssh.detail).to.match(/ speaks no HTTP\/1\.1 \(HPE_\w+\)$/)
    const alert = Buffer.from([0x15, 0x03, 0x03, 0, 2, 2, 70])
    const tls = await probeService('a', await raw((socket) => socket.write(alert)))
    expect(tls.detail).to.contain('speaks no HTTP/1.1, but TLS: is it https://?')
  })

  it('is warned of where it takes the connection and does not answer', async () => {
    const silent = await probeService('a', await raw(() => undefined), 200)
    expect(silent.verdict).to.equal('warning')
    expect(silent.detail).to.contain('takes connections, but did not answer HEAD / within 0.2 s')
    const broken = await probeService('a', await raw((socket) => socket.destroy()))
    expect(broken.verdict).to.equal('warning')
    expect(broken.detail).to.contain('takes connections, but broke off at HEAD / (ECONNRESET)')
  })

  it('fails where its certificate does not verify, by the name of what is wrong', async () => {
    const port = await secure()
    const finding = await probeService('a', new URL(`https://127.0.0.1:${port}`))
    expect(finding.verdict).to.equal('failure')
    expect(finding.detail)
      .to.contain('has a certificate that is self-signed (DEPTH_ZERO_SELF_SIGNED_CERT)')
      .and.to.contain('NODE_EXTRA_CA_CERTS')
    const plain = await answering(200)
    const wrong = await probeService('a', new URL(`https://127.0.0.1:${plain.port}`))
    expect(wrong.verdict).to.equal('failure')
    expect(wrong.detail).to.contain('speaks no TLS')
  })

  const configuration = (url: string) => `services: { a: { url: "${url}" } }
routes: [{ name: a, match: {}, service: a }]
listeners: [{ port: 0 }]
control: { port: 0 }
`
  const dir = folderWith({})

  it('does not fail the command by a status', async () => {
    const { url } = await answering(401)
    writeFileSync(`${dir()}/waybill.yaml`, configuration(url))
    const { code, out } = await runCommand(['doctor', '--data', 'data'], {}, dir())
    expect(code, out).to.equal(0)
    expect(out).to.match(/^ok +service a +\S+ answers HEAD \/ with 401 Unauthorized/m)
  })
})
