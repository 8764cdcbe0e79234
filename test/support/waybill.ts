// A whole Waybill in the test's own process: from the text of a configuration to listeners on free ports, with a data
// folder of its own that goes when the test is done.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { startWaybill as compose, type ComposeParts, type Waybill } from '../../cli/compose.js'
import { compileConfig, type Compiled } from '../../config/compile.js'
import { errorLine, loadConfig } from '../../config/load.js'
import { gathererCatalog } from '../../gatherers/catalog.js'

export interface TestWaybill extends Waybill {
  /** base URL of the first listener */
  readonly url: string
  readonly controlUrl: string
  readonly data: string
  /** GET of the control API; throws where the status is not 2xx */
  query<T = unknown>(path: string): Promise<T>
}

export interface TestOptions {
  /** a data folder to start on (kept); default a fresh one that `stop` removes */
  readonly data?: string
  readonly parts?: Partial<ComposeParts>
}

/** Starts from YAML; `listeners`, `control` and `data` are filled in with free ports and a temporary folder where absent. */
export async function startWaybill(yaml: string, options: TestOptions = {}): Promise<TestWaybill> {
  const data = options.data ?? mkdtempSync(join(tmpdir(), 'waybill-'))
  const logger = pino({ level: 'silent' })
  const waybill = await compose(compiledFor(yaml, data), { logger, version: 'test', ...options.parts })
  const listener = waybill.listeners[0]
  if (listener === undefined) throw new Error('no listener')
  const controlUrl = `http://127.0.0.1:${waybill.control.port}`
  return {
    ...waybill,
    data,
    url: `http://127.0.0.1:${listener.port}`,
    controlUrl,
    query: (path) => getJson(new URL(path, controlUrl)),
    stop: async () => {
      await waybill.stop()
      if (options.data === undefined) rmSync(data, { recursive: true, force: true })
    },
  }
}

/** The configuration compiled as `waybill start` would; throws with every error's line where it is wrong. */
export function compiledFor(yaml: string, data: string): Compiled {
  const text = [
    yaml,
    /^listeners:/m.test(yaml) ? '' : 'listeners: [{ port: 0 }]',
    /^control:/m.test(yaml) ? '' : 'control: { port: 0 }',
    `data: ${JSON.stringify(data)}`,
  ].join('\n')
  const catalog = gathererCatalog()
  const readFile = () => {
    throw new Error('tests give no secret files')
  }
  const loaded = loadConfig({ file: 'test.yaml', text, env: {}, readFile }, catalog)
  if (!loaded.ok) throw new Error(loaded.errors.map(errorLine).join('\n'))
  return compileConfig(loaded.config, catalog)
}

async function getJson<T>(url: URL): Promise<T> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url.pathname}: ${response.status} ${await response.text()}`)
  return (await response.json()) as T
}
