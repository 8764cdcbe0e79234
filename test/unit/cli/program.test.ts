import { expect } from 'chai'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { parse } from 'yaml'
import { folderWith } from '../../support/folder.js'
import { startService, type TestService } from '../../support/service.js'
import { runCommand } from '../../support/terminal.js'

const configuration = `services:
  trainer: { url: http://127.0.0.1:7001/base }
routes:
  - { name: off, match: { path: /off }, service: trainer, record: off }
  - name: train
    match: { path: "/train/{team}/*", method: POST, fields: { x-team: true } }
    rewrite: { host: upstream }
    service: trainer
    gather:
      - use: http-json
        when: { method: POST, status: 2xx }
        with: { activity: { type: training-run, id: "{$.response.body.id}" } }
      - use: http-json
        when: { path: /other }
        with: { activity: { type: training-run, id: "{$.response.body.id}" } }
`

describe('waybill', () => {
  const dir = folderWith({
    'waybill.yaml': configuration,
    'wrong.yaml': configuration.replace('service: trainer, record', 'service: trainr, recrd'),
  })
  const waybill = (...args: string[]) => runCommand(args, {}, dir())

  it('checks a configuration: 0 where it is right, 2 with every error where it is not', async () => {
    expect(await waybill('check')).to.deep.include({ code: 0, err: '' })
    const wrong = await waybill('check', '-c', 'wrong.yaml')
    expect(wrong.code).to.equal(2)
    expect(wrong.out)
      .to.contain('wrong.yaml:4:58: routes[0].recrd: unknown key; ')
      .and.to.contain('(did you mean "record"?)')
    const json = JSON.parse((await waybill('check', '-c', 'wrong.yaml', '-o', 'json')).out) as {
      ok: boolean
      errors: unknown[]
    }
    expect(json.ok).to.equal(false)
    expect(json.errors[0]).to.include({ line: 4, path: 'routes[0].service', nearest: 'trainer' })
    expect(json.errors[1]).to.include({ line: 4, column: 58, path: 'routes[0].recrd', nearest: 'record' })
  })

  it('says what to do where there is no configuration', async () => {
    const { code, err } = await waybill('check', '-c', 'none.yaml')
    expect(code).to.equal(2)
    expect(err).to.contain('can’t read none.yaml: there is no such file').and.to.contain('--config')
  })

  it('explains which route takes a request, what follows, and why others don’t', async () => {
    const url = 'http://gate:8080/train/vision/jobs?x=1'
    const { out, code } = await waybill('explain', 'post', url, '-H', 'X-Team: vision', '-o', 'yaml')
    expect(code).to.equal(0)
    const explained = parse(out) as Record<string, unknown>
    expect(explained['routed']).to.deep.equal({
      route: 'train',
      params: { team: 'vision' },
      record: { mode: 'durable', wait: 20 },
      tenant: { project: 'default', domain: 'development' },
      upstream: {
        service: 'trainer',
        kind: 'http',
        url: 'http://127.0.0.1:7001/base/train/vision/jobs?x=1',
        host: '127.0.0.1:7001',
      },
      gatherers: [
        { name: 'http-json', looks: true, reason: 'if status is 2xx' },
        { name: 'http-json', looks: false, reason: 'path /train/vision/jobs does not match /other' },
      ],
    })
    expect(explained['routes']).to.deep.equal([
      { name: 'off', chosen: false, reason: 'path is not /off' },
      { name: 'train', chosen: true, reason: null },
    ])
  })

  it('explains with 3 that no route takes a request, or why it is refused', async () => {
    const missing = await waybill('explain', 'POST', '/train/vision/jobs')
    expect(missing.code).to.equal(3)
    expect(missing.out).to.contain('field x-team is missing').and.to.contain('WB_NO_ROUTE')
    const ambiguous = await waybill('explain', 'GET', '/off/..%2fadmin')
    expect(ambiguous.code).to.equal(3)
    expect(ambiguous.out).to.contain('WB_AMBIGUOUS_PATH')
  })

  it('takes wrong usage as bad input, and names what was probably meant', async () => {
    const { code, err } = await waybill('chek')
    expect(code).to.equal(2)
    expect(err).to.contain('Did you mean check?')
    expect((await waybill('check', '-o', 'xml')).code).to.equal(2)
    expect((await waybill('--help')).code).to.equal(0)
  })

  it('has a page of help with an example for each command that takes something', async () => {
    for (const name of ['check', 'explain', 'doctor', 'custody', 'coverage', 'completion']) {
      const { out, code } = await waybill(name, '--help')
      expect(code, name).to.equal(0)
      expect(out, name).to.match(/Examples?:\n {2}(waybill|source)/)
    }
  })

  it('completes what the program has', async () => {
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { out } = await waybill('completion', shell)
      expect(out, shell)
        .to.contain('custody')
        .and.to.contain('known-at')
        .and.to.match(/lineage[ |]up/)
    }
  })

  it('completes in bash behind options and operands too', async () => {
    const script = (await waybill('completion', 'bash')).out
    const completed = (...words: string[]) => {
      const line = `COMP_WORDS=(waybill ${words.join(' ')} ''); COMP_CWORD=${words.length + 1}; _waybill; echo "\${COMPREPLY[@]}"`
      return execFileSync('bash', ['-c', `${script}${line}`], { encoding: 'utf8' })
        .trim()
        .split(' ')
    }
    expect(completed()).to.include.members(['start', 'lineage', '--help'])
    expect(completed('lineage')).to.deep.equal(['up', 'down', 'path', '--help'])
    expect(completed('lineage', 'up', 'model:a@1', '--depth', '3')).to.include.members(['--as-of', '--output'])
    expect(completed('custody', '--url', 'http://127.0.0.1:1'))
      .to.include('--known-at')
      .and.not.to.include('start')
  })

  it('says which value of an option is wrong, and that a data folder is none', async () => {
    const port = await waybill('dev', '--port', 'many')
    expect(port.code).to.equal(2)
    expect(port.err).to.contain("argument 'many' is invalid. Expected a port")
    for (const command of ['start', 'doctor']) {
      const { code, out, err } = await waybill(command, '--data', 'waybill.yaml')
      expect(code, command).to.equal(1)
      expect(out + err, command).to.contain(`data folder ${join(dir(), 'waybill.yaml')}: it is not a folder`)
    }
  })
})

describe('a reading command', () => {
  let server: TestService
  let url = ''
  let asked: string[] = []
  let answer = { status: 200, body: {} as unknown }

  before(async () => {
    server = await startService((request, response) => {
      asked.push(`${request.method ?? ''} ${request.url ?? ''} ${request.headers.authorization ?? ''}`.trim())
      response
        .writeHead(answer.status, { 'content-type': 'application/json', server: 'Waybill/0.1.0' })
        .end(JSON.stringify(answer.body))
    })
    url = server.url
  })
  after(() => server.close())
  beforeEach(() => {
    asked = []
  })

  it('asks the control plane, with ids percent-encoded and its token', async () => {
    answer = { status: 200, body: { root: 'a:b', nodes: [], edges: [], gaps: [], truncated: false } }
    const args = ['custody', 'object:s3://lake/a b.csv@1', '--depth', '3', '--url', url]
    const { out, code } = await runCommand(args, { WAYBILL_TOKEN: 's3cret' })
    expect(asked).to.deep.equal(['GET /v1/custody/object%3As3%3A%2F%2Flake%2Fa%20b.csv%401?depth=3 Bearer s3cret'])
    expect(out).to.match(/^a:b\n/)
    expect(code).to.equal(0)
  })

  it('tells a missing node (3) from a bad question (2), with the hint of the answer', async () => {
    for (const [code, exit] of [
      ['WB_NODE_NOT_FOUND', 3],
      ['WB_BAD_QUERY', 2],
      ['WB_INTERNAL', 1],
    ] as const) {
      answer = { status: 400, body: { code, detail: 'what is wrong', hint: 'what to do' } }
      const run = await runCommand(['entity', 'show', 'model:a', '--url', url])
      expect(run.code, code).to.equal(exit)
      expect(run.err).to.equal(`waybill: what is wrong (${code})\n  what to do\n`)
    }
  })

  it('takes a method in small letters for what it is: the gateway lets none pass', async () => {
    answer = { status: 200, body: { items: [], cursor: null } }
    await runCommand(['exchange', 'list', '--method', 'post', '--url', url])
    expect(asked).to.deep.equal(['GET /v1/exchanges?method=POST'])
  })

  it('takes an empty node as bad input, not as another operation', async () => {
    for (const node of ['', '.', '..']) {
      expect((await runCommand(['custody', node, '--url', url])).code, node).to.equal(2)
    }
    expect(asked).to.deep.equal([])
  })

  it('tells a bad question by the options of the command', async () => {
    answer = { status: 400, body: { code: 'WB_BAD_QUERY', detail: 'query.asOf: expected a time', hint: 'a page' } }
    const run = await runCommand(['custody', 'model:a', '--as-of', 'now', '--url', url])
    expect(run.err).to.equal('waybill: --as-of: expected a time (WB_BAD_QUERY)\n  Run the command with --help.\n')
  })

  it('says that there is no path, and exits with 3', async () => {
    const node = {
      kind: 'entity',
      type: 'a',
      name: 'b',
      version: null,
      project: null,
      domain: null,
      time: null,
      facets: {},
    }
    const nodes = [
      { ...node, id: 'a:b' },
      { ...node, id: 'c:d' },
    ]
    answer = { status: 200, body: { root: 'a:b', nodes, edges: [], gaps: [], truncated: false } }
    const run = await runCommand(['lineage', 'path', 'a:b', 'c:d', '--url', url])
    expect(run).to.include({ code: 3, out: '' })
    expect(run.err).to.contain('no path between a:b and c:d')
  })

  it('gathers from an exchange or a HAR file, and gathers a route again', async () => {
    const fact = { kind: 'used', activity: { type: 'run', id: '1' }, entity: { type: 'object', name: 'a' } }
    const yielded = {
      use: 0,
      gatherer: 'http-json',
      version: '1',
      facts: [fact],
      gaps: [{ reason: 'selector-empty', about: 'b' }],
    }
    const seen = { route: 'train', method: 'POST', path: '/a', status: null, captured: true }
    const silent = [{ use: 1, gatherer: 's3', reason: 'S3 has no PATCH' }]
    const exchanges = [
      { ...seen, exchange: 'e1', gathered: [yielded], silent },
      { ...seen, exchange: 'e2', captured: false, gathered: [], silent: [] },
    ]
    answer = { status: 200, body: { exchanges } }
    const { out } = await runCommand(['gather', '--exchange', 'e1', '--url', url])
    expect(asked).to.deep.equal(['GET /v1/gather?exchange=e1'])
    expect(out)
      .to.match(/http-json +used +run:1 used object:a/)
      .and.to.match(/gap +selector-empty: b/)
    expect(out)
      .to.match(/^e1 {2}POST \/a → no answer {2}route train$/m)
      .and.to.match(/^s3 +nothing +S3 has no PATCH$/m)
    expect(out).to.contain('route train  (no bodies kept)\n  no gatherer is configured for this route')
    expect((await runCommand(['gather', '--url', url])).code).to.equal(2)
    expect((await runCommand(['gather', '--har', 'none.har', '--url', url])).err).to.contain('can’t read none.har')
    answer = { status: 200, body: { exchanges: 7, changed: 2, missing: 1 } }
    const again = await runCommand(['regather', '--route', 'train', '--since', '2026-01-31T00:00:00Z', '--url', url])
    expect(asked.at(-1)).to.equal('POST /v1/regather')
    expect(again.out).to.contain('facts changed        2')
    expect((await runCommand(['regather', '--route', 'train'])).code).to.equal(2)
  })

  it('exits with 4 where nothing answers, or something else does', async () => {
    expect((await runCommand(['coverage', '--url', 'http://127.0.0.1:1'])).code).to.equal(4)
    answer = { status: 404, body: 'not Waybill' }
    expect((await runCommand(['coverage', '--url', url])).code).to.equal(4)
  })

  it('never lets recorded text move the terminal’s cursor or forge a line', async () => {
    const hostile = 'model:a\u001b[2J\nforged\u202e'
    const node = {
      id: hostile,
      kind: 'entity',
      type: 'model',
      name: hostile,
      version: null,
      project: null,
      domain: null,
      time: null,
      facets: {},
    }
    answer = { status: 200, body: { items: [node], cursor: null } }
    const { out } = await runCommand(['entity', 'list', '--url', url])
    expect(out.split('\n')).to.have.length(3)

    expect(out).not.to.match(/[\u001b\u202e]/)
  })
})
