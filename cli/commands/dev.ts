// `waybill dev` (what `npm start` runs): the example platform behind the gateway in one process. Plays its people once on an
// empty data folder, shows how an answer came to be, says what to try next, and stays up.
import { join, resolve } from 'node:path'
import { InvalidArgumentError, type Command } from 'commander'
import { compileConfig, type Compiled } from '../../config/compile.js'
import { errorLine, loadConfig } from '../../config/load.js'
import { WaybillError } from '../../core/errors.js'
import { whatHappened, whatNext } from '../../examples/platform/story.js'
import { gathererCatalog } from '../../gatherers/catalog.js'
import { makeFolder } from '../../lineage/sqlite/folder-lock.js'
import { createHttpAsker } from '../asker.js'
import { dataFolderOf } from '../configuration.js'
import { urlOf } from '../render/banner.js'
import { drawSubgraph } from '../render/subgraph.js'
import { running, type RunningOptions, type RunningWaybill } from '../running.js'
import type { Subgraph } from '../../lineage/ports.js'
import type { Terminal } from '../terminal.js'
import { versionOf } from '../version.js'
import { logOption } from './start.js'

interface DevOptions extends RunningOptions {
  readonly data?: string
  readonly port?: number
  readonly controlPort?: number
  readonly once?: boolean
}

export function devCommand(program: Command, terminal: Terminal): void {
  program
    .command('dev')
    .summary('an example platform behind the gateway, nothing to configure')
    .description(
      'Runs four small services behind the gateway in one process, plays their people once on an empty data folder, and shows how an answer came to be.',
    )
    .option('-d, --data <folder>', 'data folder (default: $WAYBILL_DATA, else ./waybill-data)')
    .option('-p, --port <port>', 'port of the data plane; 0 takes a free one (default: 8080)', portOf)
    .option('--control-port <port>', 'port of the control plane; 0 takes a free one (default: 8081)', portOf)
    .option('--once', 'stop when the story is told')
    .addOption(logOption('warn'))
    .addHelpText('after', '\nExample:\n  waybill dev --data /tmp/waybill-example')
    .action(async (options: DevOptions) => {
      await dev(terminal, options)
    })
}

function portOf(text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  throw new InvalidArgumentError('Expected a port, 0 to 65535.')
}

async function dev(terminal: Terminal, options: DevOptions): Promise<void> {
  const { startPlatform } = await import('../../examples/platform/start.js')
  const data = resolve(terminal.cwd, dataFolderOf(terminal, options.data) ?? 'waybill-data')
  makeFolder(data)
  const platform = await startPlatform({ dir: join(data, 'example') })
  try {
    const compiled = compiledFor(platform.configuration, data, options)
    const waybill = await running(compiled, terminal, options, 'warn')
    const gateway = urlOf(waybill.listeners[0] ?? { host: '127.0.0.1', port: 0 })
    const control = urlOf(waybill.control)
    terminal.out(`Waybill ${versionOf()} is up: data plane ${gateway}, control plane ${control}, data ${data}\n\n`)
    platform.through(gateway)
    const played = await platform.playOnce()
    await waybill.settled()
    terminal.out(`${whatHappened(played)}\n\n`)
    const exchange = played.answers[0]?.exchange ?? null
    if (exchange !== null) terminal.out(`${await custodyText(control, exchange)}\n\n`)
    terminal.out(`${whatNext({ gateway, control }, exchange)}\n`)
    await ended(waybill, options)
  } finally {
    await platform.close()
  }
}

async function custodyText(control: string, exchange: string): Promise<string> {
  const question = { method: 'GET', path: '/v1/custody/{node}', params: { node: exchange } } as const
  const graph = (await createHttpAsker(control, undefined).ask(question)) as Subgraph
  return `How the first answer came to be (waybill custody ${exchange}):\n\n${drawSubgraph(graph, { format: 'tree', direction: 'up' })}`
}

async function ended(waybill: RunningWaybill, { once }: DevOptions): Promise<void> {
  if (once === true) await waybill.stop()
  else await waybill.stopped
}

/** The example's own configuration, with what the command line says instead. */
function compiledFor(text: string, data: string, { port, controlPort }: DevOptions): Compiled {
  const readFile = () => {
    throw new Error('the example has no secrets')
  }
  const file = join(data, 'example.yaml')
  const loaded = loadConfig({ file, text, env: {}, readFile }, gathererCatalog())
  if (!loaded.ok) {
    throw new WaybillError('WB_INTERNAL', {
      reason: `the example’s configuration: ${loaded.errors.map(errorLine).join('; ')}`,
    })
  }
  const compiled = compileConfig(loaded.config, gathererCatalog())
  const listeners = compiled.listeners.map((one) => (port === undefined ? one : { ...one, port }))
  const control = controlPort === undefined ? compiled.control : { ...compiled.control, port: controlPort }
  return { ...compiled, data, listeners, control }
}
