// The README is true: its five minutes, done as they stand there, give what is printed there.
import { expect } from 'chai'
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runWaybill, servingWaybill, spawnWaybill, type WaybillProcess } from '../support/waybill-process.js'

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
const blocks = [...readme.matchAll(/```(\w*)\n([^]*?)```/g)].map(([, kind = '', text = '']) => ({ kind, text }))

function block(start: RegExp): string {
  const found = blocks.find(({ text }) => start.test(text))
  if (found === undefined) throw new Error(`the README has no block that starts with ${start.source}`)
  return found.text
}

/** Without what differs from one run to the next. */
function masked(text: string): string {
  return text
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d( – \d\d:\d\d:\d\d)?Z/g, '<time>')
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}|[0-9a-f]{16}…|\b\d{13}\b|\b[0-9a-f]{8}\b/g, '<id>')
    .trim()
}

describe('the README', function () {
  this.timeout(120_000)
  let dir = ''
  let service: ChildProcess | undefined
  let running: WaybillProcess | undefined

  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'waybill-readme-'))
  })
  after(() => {
    running?.child.kill('SIGKILL')
    service?.kill('SIGKILL')
    rmSync(dir, { recursive: true, force: true })
  })

  /** The README's service, on a free port. */
  async function serviceUrl(): Promise<string> {
    const script = /^node -e '([^']*)'/
      .exec(block(/^node -e/))?.[1]
      ?.replace('3000', '0, "127.0.0.1", function () { console.log(this.address().port) }')
    service = spawn(process.execPath, ['-e', script ?? ''], { stdio: ['ignore', 'pipe', 'inherit'] })
    const port = await new Promise<string>((resolve) =>
      service?.stdout?.once('data', (data: Buffer) => resolve(String(data).trim())),
    )
    return `http://127.0.0.1:${port}`
  }

  it('shows what one’s own service gives in five minutes', async () => {
    const url = await serviceUrl()
    const yaml = block(/^services:/).replace('http://127.0.0.1:3000', url)
    writeFileSync(join(dir, 'waybill.yaml'), `${yaml}listeners: [{ port: 0 }]\ncontrol: { port: 0 }\n`)
    const commands = block(/^npx waybill check/)
    expect(commands).to.contain("curl -i -X POST -H 'x-user: ann' http://127.0.0.1:8080/predict")
    expect(await runWaybill(['check'], { cwd: dir })).to.deep.include({
      code: 0,
      out: 'waybill.yaml is right\n',
      err: '',
    })
    const explained = await runWaybill(['explain', 'POST', 'http://127.0.0.1:8080/predict'], { cwd: dir })
    expect(explained.out).to.contain('→  predict  takes it')

    running = spawnWaybill(['start'], { cwd: dir })
    const { gateway, control } = await servingWaybill(running)
    const answer = await fetch(`${gateway}/predict`, { method: 'POST', headers: { 'x-user': 'ann' } })
    await answer.text()
    const id = answer.headers.get('waybill-exchange') ?? ''
    const drawn = block(/^exchange [0-9a-f]{32} {2}POST \/predict/)
    let custody = ''
    // the facts follow the answer
    while (masked(custody) !== masked(drawn)) {
      custody = (await runWaybill(['custody', id], { env: { WAYBILL_URL: control } })).out
      if (!custody.includes('facts-pending')) expect(masked(custody)).to.equal(masked(drawn))
    }
  })

  it('shows what npm start draws', async () => {
    const { out } = await runWaybill([
      'dev',
      '--once',
      '--port',
      '0',
      '--control-port',
      '0',
      '--data',
      join(dir, 'example'),
    ])
    const drawn = block(/^exchange [0-9a-f]{32} {2}POST \/inference/).replace(/\n *…\s*$/, '\n')
    expect(masked(out)).to.contain(masked(drawn))
  })
})
