// What the environment gives is told by its variable's name where it is wrong, and never as a fault of Waybill.
import { expect } from 'chai'
import { folderWith } from '../../support/folder.js'
import { runCommand } from '../../support/terminal.js'

const configuration = `services: { a: { url: http://127.0.0.1:7001 }, unused: { url: http://127.0.0.1:7002 } }
routes: [{ name: a, match: {}, service: a }]
`

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

  it('has no say in how wide help is, on either output', async () => {
    expect((await runCommand([], {}, dir())).err).to.equal((await runCommand(['--help'], {}, dir())).out)
  })

  it('has a configuration with warnings: to a strict check they are errors, in its answer too', async () => {
    const { code, out } = await runCommand(['check', '--strict', '-o', 'json'], {}, dir())
    expect(code).to.equal(2)
    expect(JSON.parse(out)).to.deep.include({ ok: false, errors: [] })
  })
})
