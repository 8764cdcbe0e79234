// What is said of an address that can't be listened on, where only the machine can know that.
import { expect } from 'chai'
import { folderWith } from '../../support/folder.js'
import { runCommand } from '../../support/terminal.js'

const configuration = (host: string): string => `services: { a: { url: http://127.0.0.1:7001 } }
routes: [{ name: a, match: {}, service: a }]
listeners: [{ port: 0, host: "${host}" }]
control: { port: 0 }
`

describe('an address that nobody can listen on', () => {
  // 203.0.113.0/24 and .invalid belong to nobody (RFC 5737, RFC 6761)
  const dir = folderWith({ 'far.yaml': configuration('203.0.113.5'), 'unknown.yaml': configuration('nosuch.invalid') })
  const start = (file: string) => runCommand(['start', '-c', file, '--log-level', 'silent'], {}, dir())

  it('is told as that, with what to do', async () => {
    const far = await start('far.yaml')
    expect(far.code).to.equal(1)
    expect(far.err).to.contain('203.0.113.5 is no address of this machine\n  Set `host`')
    const unknown = await start('unknown.yaml')
    expect(unknown.code).to.equal(1)
    expect(unknown.err).to.contain('no address is known for the host nosuch.invalid\n  Set `host`')
  })
})
