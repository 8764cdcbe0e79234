import { expect } from 'chai'
import { inspect } from 'node:util'
import { compileConfig } from '../../../config/compile.js'
import { errorLine, loadConfig, type ConfigSource } from '../../../config/load.js'
import { fakeCatalog } from '../../support/fake-catalog.js'

const services = 'services: { trainer: { url: "http://127.0.0.1:7001" } }\n'
const routes = 'routes: [{ name: train, match: { path: /train/* }, service: trainer }]\n'

function load(text: string, more: Partial<ConfigSource> = {}) {
  const readFile = (path: string) => {
    throw new Error(`no ${path}`)
  }
  return loadConfig({ file: '/etc/waybill.yaml', text, env: {}, readFile, ...more }, fakeCatalog)
}

function errorsOf(text: string, more: Partial<ConfigSource> = {}): string[] {
  const loaded = load(text, more)
  return loaded.ok ? [] : loaded.errors.map(errorLine)
}

describe('a configuration', () => {
  it('needs services and routes only; everything else has a default', () => {
    const loaded = load(services + routes)
    if (!loaded.ok) throw new Error(loaded.errors.map(errorLine).join('\n'))
    const compiled = compileConfig(loaded.config, fakeCatalog)
    expect(compiled.routes[0]).to.deep.include({ mode: 'durable', wait: 20, gatherers: [] })
    expect(compiled.listeners).to.deep.equal([{ host: '127.0.0.1', port: 8080, name: 'http-8080' }])
    expect(compiled.control).to.deep.equal({ host: '127.0.0.1', port: 8081, hosts: [] })
    expect(compiled.data).to.equal('/etc/waybill-data')
  })

  it('names place, path, what was expected and the nearest valid key', () => {
    expect(errorsOf(`${services}routes:\n  - { name: a, match: { pth: /a }, service: trainer }\n`)).to.deep.equal([
      '/etc/waybill.yaml:3:25: routes[0].match.pth: unknown key; expected one of host, path, method, fields (did you mean "path"?)',
    ])
    expect(errorsOf(`${services}routes: [{ name: a, match: {}, service: trainr }]\n`)).to.deep.equal([
      '/etc/waybill.yaml:2:41: routes[0].service: unknown service "trainr"; expected one of trainer (did you mean "trainer"?)',
    ])
  })

  it('tells what is wrong across the file beside what is wrong with one value', () => {
    const text = `${services}routes: [{ name: a, match: {}, service: trainr, record: durabl }]\ncontrol: { token: { env: TOKEN } }\n`
    const paths = errorsOf(text).map((line) => line.split(' ')[1])
    expect(paths).to.deep.equal(['routes[0].service:', 'routes[0].record:', 'control.token:'])
  })

  it('does not complain of what follows from a part that failed already', () => {
    const route = '{ name: a, match: { pth: /b/* }, rewrite: { stripPrefix: /b }, service: trainer }'
    expect(errorsOf(`${services}routes: [${route}]\ncontrol: { host: 0.0.0.0, tokn: x }\n`)).to.have.length(2)
    expect(errorsOf(`servces: {}\nroutes: [${route.replace('pth', 'path')}]\n`)).to.have.length(2)
    const loaded = load(`${services}routes: [{ name: a, match: {}, service: trainr }]\n`)
    expect(loaded.warnings).to.deep.equal([])
  })

  it('takes no time that a timer can’t wait for; how long bodies are kept is none', () => {
    expect(errorsOf(`${services}${routes}limits: { drain: 25d }\nrecorder: { watchdog: 600h }\n`)).to.deep.equal([
      '/etc/waybill.yaml:3:18: limits.drain: expected at most 24d',
      '/etc/waybill.yaml:4:23: recorder.watchdog: expected at most 24d',
    ])
    expect(errorsOf(`${services}${routes}record: { mode: required, wait: 30d }\n`)).to.deep.equal([
      '/etc/waybill.yaml:3:33: record.wait: expected at most 24d',
    ])
    expect(errorsOf(`${services}${routes}limits: { drain: 24d }\nexchanges: { keep: 365d }\n`)).to.deep.equal([])
  })

  it('takes no tag that YAML does not have, at its place, and warns nobody of keys that are collections', async () => {
    expect(errorsOf(`services: { trainer: { url: !env STORE } }\n${routes}data: !secret x\n`)).to.deep.equal([
      '/etc/waybill.yaml:1:29: not valid YAML: unknown tag !env; expected the value without it',
      '/etc/waybill.yaml:3:7: not valid YAML: unknown tag !secret; expected the value without it',
    ])
    expect(errorsOf(`${services}${routes}data: !!str x\n`)).to.deep.equal([])
    expect(errorsOf(`${services}${routes}data: !!float x\n`)).to.deep.equal([
      '/etc/waybill.yaml:3:7: not valid YAML: expected a value that fits its tag !!float',
    ])
    const warned: string[] = []
    const onWarning = ({ message }: Error) => void warned.push(message)
    process.on('warning', onWarning)
    expect(errorsOf(`${services}${routes}? { a: 1 }\n: x\n`)).not.to.be.empty
    await new Promise(setImmediate)
    process.off('warning', onWarning)
    expect(warned).to.deep.equal([])
  })

  it('lets no two listen on the same port where one address takes in the other', () => {
    const faults = (one: string, other: string) =>
      errorsOf(
        `${services}${routes}listeners: [{ port: 18095, host: "${one}" }, { port: 18095, host: "${other}" }]\n`,
      ).map((line) => line.replace(/^\S+ /, ''))
    for (const [one, other] of [
      ['127.0.0.1', '127.0.0.1'],
      ['0.0.0.0', '127.0.0.1'],
      ['10.0.0.1', '0.0.0.0'],
      ['::', '0.0.0.0'],
      ['::', '::1'],
      ['localhost', '127.0.0.1'],
      ['::1', 'localhost'],
    ] as const) {
      expect(faults(one, other)).to.deep.equal([
        `listeners[1].port: listeners[0] already listens on ${one}:18095; expected another port`,
      ])
    }
    for (const [one, other] of [
      ['127.0.0.1', '127.0.0.2'],
      ['localhost', '10.0.0.1'],
      ['localhost', '127.0.0.2'],
      ['0.0.0.0', '::1'],
    ] as const) {
      expect(faults(one, other)).to.deep.equal([])
    }
    const control = 'listeners: [{ port: 18095, host: 0.0.0.0 }]\ncontrol: { port: 18095 }\n'
    expect(errorsOf(services + routes + control)).to.deep.equal([
      '/etc/waybill.yaml:4:18: control.port: listeners[0] already listens on 0.0.0.0:18095; expected another port',
    ])
  })

  it('takes no zero where nothing would work with it, and no heap too small for a gatherer', () => {
    const faults = (text: string) =>
      errorsOf(services + routes + text).map((line) => line.split(' ').slice(1).join(' '))
    for (const key of ['connect', 'head', 'idle']) {
      expect(faults(`timeouts: { ${key}: 0s }\n`)).to.deep.equal([`timeouts.${key}: expected more than 0`])
      const service = `{ url: "http://127.0.0.1:7001", timeouts: { ${key}: 000ms } }`
      const text = `services: { trainer: ${service} }\n${routes}`
      expect(errorsOf(text).join('\n')).to.match(/timeouts\.\w+: expected more than 0$/)
    }
    expect(faults('limits: { head: 0B, headTime: 0s, bodyIdle: 0m }\n')).to.deep.equal([
      'limits.head: expected more than 0',
      'limits.headTime: expected more than 0',
      'limits.bodyIdle: expected more than 0',
    ])
    expect(faults('recorder: { queueBytes: 0KiB, watchdog: 0d, memory: 0B }\n')).to.deep.equal([
      'recorder.queueBytes: expected more than 0',
      'recorder.watchdog: expected more than 0',
      'recorder.memory: expected at least 32MiB',
    ])
    expect(faults('recorder: { memory: 31MiB }\n')).to.deep.equal(['recorder.memory: expected at least 32MiB'])
    expect(faults('recorder: { memory: 32MiB, queueBytes: 1B }\ntimeouts: { idle: 1ms }\n')).to.deep.equal([])
    expect(faults('timeouts: { idle: 0 s }\n')).to.deep.equal([
      'timeouts.idle: expected a duration such as 250ms, 10s, 5m, 1h or 7d',
    ])
  })

  it('takes a zero where it says that nothing is to be waited for or kept', () => {
    const zero = 'limits: { keepAlive: 0s, retryAfter: 0s, drain: 0s }\nexchanges: { keep: 0s, max: 0B }\n'
    expect(errorsOf(`${services}${routes}${zero}record: { mode: required, wait: 0ms }\n`)).to.deep.equal([])
  })

  it('takes the gatherers and the path mode of the service’s kind', () => {
    const loaded = load(
      'services: { lake: { kind: s3, url: "http://127.0.0.1:9000" } }\nroutes: [{ name: lake, match: { host: S3.local }, service: lake }]',
    )
    if (!loaded.ok) throw new Error('not loaded')
    const {
      routes: [route],
      recorded,
    } = compileConfig(loaded.config, fakeCatalog)
    expect(route?.service.path).to.equal('opaque')
    expect(route?.match.host).to.equal('s3.local')
    expect(recorded[0]?.uses.map((use) => use.gatherer)).to.deep.equal(['s3'])
  })

  it('warns of a route that an earlier one hides, and of nothing less certain', () => {
    const text = `${services}routes:
  - { name: all, match: { path: /a/* }, service: trainer }
  - { name: hidden, match: { path: "/a/{b}/c", method: POST }, service: trainer }
  - { name: seen, match: { path: /b }, service: trainer }
`
    const loaded = load(text)
    expect(loaded.warnings.map((one) => one.path)).to.deep.equal(['routes[1].match'])
  })
})

describe('environment references', () => {
  it('are replaced in values, with a default where one is given', () => {
    const text = `services: { trainer: { url: "http://\${HOST:-localhost}:7001" } }\n${routes}listeners: [{ port: "\${PORT}" }]\n`
    const loaded = load(text, { env: { PORT: '9090' } })
    if (!loaded.ok) throw new Error(loaded.errors.map(errorLine).join('\n'))
    expect(loaded.config.services['trainer']?.url).to.equal('http://localhost:7001')
    expect(loaded.config.listeners[0]?.port).to.equal(9090)
  })

  it('that are not set are errors at their place', () => {
    expect(errorsOf(`services: { trainer: { url: "\${NOWHERE}" } }\n${routes}`)).to.deep.equal([
      '/etc/waybill.yaml:1:29: services.trainer.url: environment variable NOWHERE is not set',
    ])
  })

  it('never bring a value into a message', () => {
    const env = { SECRET: 'canary-4711' }
    for (const place of [
      'services: { t: { url: "http://a:${SECRET}@b" } }\n' + routes,
      'services: { t: { url: "${SECRET}" } }\n' + routes,
      services + 'routes: [{ name: "${SECRET} ", match: { path: "${SECRET}" }, service: "${SECRET}" }]',
      services + 'routes: [{ name: a, match: { path: "/${SECRET}{x" }, service: trainer }]',
      services + routes + 'record: ${SECRET}',
      services + routes + 'control: { token: "${SECRET}" }',
      services + routes + 'exchanges: { max: "${SECRET}", keep: [ "${SECRET}" ] }',
    ]) {
      const errors = errorsOf(place, { env })
      expect(errors, place).not.to.be.empty
      expect(errors.join('\n'), place).not.to.contain('canary')
    }
  })
})

describe('a secret', () => {
  const text = `${services}${routes}control: { token: { env: TOKEN } }\n`

  it('is read by reference and shows nothing of itself', () => {
    const loaded = load(text, { env: { TOKEN: 'canary-4711' } })
    if (!loaded.ok) throw new Error('not loaded')
    expect(loaded.config.control.token?.reveal()).to.equal('canary-4711')
    expect(JSON.stringify(loaded.config) + inspect(loaded.config, { depth: 9 })).not.to.contain('canary')
  })

  it('comes from a file beside the configuration, its last line end cut', () => {
    const readFile = (path: string) => `${path}!\n`
    const loaded = load(text.replace('env: TOKEN', 'file: token.txt'), { readFile })
    if (!loaded.ok) throw new Error('not loaded')
    expect(loaded.config.control.token?.reveal()).to.equal('/etc/token.txt!')
    const windows = load(text.replace('env: TOKEN', 'file: token.txt'), { readFile: () => 'canary-4711\r\n' })
    if (!windows.ok) throw new Error('not loaded')
    expect(windows.config.control.token?.reveal()).to.equal('canary-4711')
  })

  it('that no client could send as a bearer token is an error, which does not show it', () => {
    const expected = 'expected a bearer token: visible ASCII without spaces (RFC 6750 §2.1)'
    for (const [secret, what] of [
      ['canary\n4711', 'a line end'],
      ['canary-4711\r\n', 'a line end'],
      [' canary-4711', 'a space'],
      ['canäry-4711', 'a character that is not visible ASCII'],
      ['canary\u00004711', 'a character that is not visible ASCII'],
    ] as const) {
      const inFile = errorsOf(text.replace('env: TOKEN', 'file: token.txt'), { readFile: () => `${secret}\n` })
      expect(inFile).to.deep.equal([`/etc/waybill.yaml:3:19: control.token: file token.txt holds ${what}; ${expected}`])
      const inEnvironment = errorsOf(text, { env: { TOKEN: secret } })
      expect(inEnvironment).to.deep.equal([
        `/etc/waybill.yaml:3:19: control.token: environment variable TOKEN holds ${what}; ${expected}`,
      ])
    }
  })

  it('that is not there is an error', () => {
    expect(errorsOf(text)).to.deep.equal([
      '/etc/waybill.yaml:3:19: control.token: environment variable TOKEN is not set',
    ])
  })
})
