// What the environment gives is told by its variable's name where it is wrong, and never as a fault of Waybill.
import { expect } from 'chai'
import { writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { folderWith } from '../../support/folder.js'
import { runCommand } from '../../support/terminal.js'

const configuration = `services: { a: { url: http://127.0.0.1:7001 }, unused: { url: http://127.0.0.1:7002 } }
routes: [{ name: a, match: {}, service: a }]
data: "\${FOLDER:-waybill-data}"
`

/** Answers nothing sensible, and keeps the credentials that come. */
async function controlPlane(): Promise<[Server, (string | undefined)[]]> {
  const fields: (string | undefined)[] = []
  const server = createServer((request, response) => {
    fields.push(request.headers.authorization)
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return [server, fields]
}

describe('the environment of a command', () => {
  const dir = folderWith({ 'waybill.yaml': configuration })

  it('has a log level that is none', async () => {
    const { code, err } = await runCommand(['start'], { WAYBILL_LOG: 'loud' }, dir())
    expect(code).to.equal(2)
    expect(err).to.contain('waybill: WAYBILL_LOG is not a log level\n  One of trace, debug, info')
  })

  it('has a URL that is none', async () => {
    const { code, err } = await runCommand(['coverage'], { WAYBILL_URL: 'gateway' }, dir())
    expect(code).to.equal(2)
    expect(err).to.contain('WAYBILL_URL is not a URL')
  })

  it('counts as not set where it is empty', async () => {
    const empty = { WAYBILL_CONFIG: '', WAYBILL_DATA: '', WAYBILL_URL: '', WAYBILL_TOKEN: '', WAYBILL_LOG: '' }
    expect((await runCommand(['check'], empty, dir())).code).to.equal(0)
    const data = join(dir(), 'data')
    const { out } = await runCommand(['doctor', '-o', 'json'], { ...empty, FOLDER: data }, dir())
    expect(out).to.contain(`"${data} is writable"`)
    const [server, fields] = await controlPlane()
    try {
      const { port } = server.address() as AddressInfo
      await runCommand(['coverage', '--url', `http://127.0.0.1:${port}`], empty, dir())
      expect(fields).to.deep.equal([undefined])
    } finally {
      server.close()
    }
    const { err } = await runCommand(['coverage'], empty, dir())
    expect(err).not.to.contain('is not a URL')
  })

  it('has no empty option in place of a folder, a file or a URL', async () => {
    const data = ['start', 'dev', 'doctor', 'coverage'].map((command) => [command, '--data', ''])
    for (const args of [
      ...data,
      ['check', '--config', ''],
      ['gather', '--har', 'x', '--config='],
      ['coverage', '-u', ''],
    ]) {
      const { code, err } = await runCommand(args, {}, dir())
      expect(code, args.join(' ')).to.equal(2)
      if (args[0] !== 'gather') expect(err).to.match(/^waybill: --(data|config|url) is empty\n/)
    }
  })

  it('has no say in how wide help is, on either output', async () => {
    expect((await runCommand([], {}, dir())).err).to.equal((await runCommand(['--help'], {}, dir())).out)
  })

  it('has a configuration that is not UTF-8', async () => {
    const text = Buffer.from('# \u20ac \ufffd\nvia: caf\u00e9 # x\n')
    writeFileSync(join(dir(), 'right.yaml'), text)
    expect((await runCommand(['check', '-c', 'right.yaml'], {}, dir())).err).not.to.contain('UTF-8')
    const latin = Buffer.concat([text.subarray(0, text.indexOf('\u00e9')), Buffer.from([0xe9]), Buffer.from(' # x\n')])
    writeFileSync(join(dir(), 'latin.yaml'), latin)
    const { code, err } = await runCommand(['check', '-c', 'latin.yaml'], {}, dir())
    expect(code).to.equal(2)
    expect(err).to.equal('waybill: latin.yaml:2:9: expected UTF-8; this byte is none\n  Save the file as UTF-8.\n')
  })

  it('has a configuration with warnings: to a strict check they are errors, in its answer too', async () => {
    const { code, out } = await runCommand(['check', '--strict', '-o', 'json'], {}, dir())
    expect(code).to.equal(2)
    expect(JSON.parse(out)).to.deep.include({ ok: false, errors: [] })
  })
})
