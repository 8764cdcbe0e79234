// `waybill gather`: what the configured gatherers make of a recorded exchange or a HAR file. Stores nothing.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { GathererYield } from '../../lineage/model/fact.js'
import { readConfiguration } from '../configuration.js'
import { CliFailure, unreadable } from '../failure.js'
import { createHarAsker } from '../har-asker.js'
import { answerTo, asksControl, type ReadingOptions } from '../reading.js'
import { factText } from '../render/fact.js'
import { formatOption, print } from '../render/format.js'
import { printable } from '../render/printable.js'
import { table } from '../render/table.js'
import { exitCodes, type Terminal } from '../terminal.js'

interface GatherFlags extends ReadingOptions {
  readonly config?: string
  readonly har?: string
  readonly exchange?: string
  readonly route?: string
}

interface Gathered {
  /** entries of a HAR file that are no requests */
  readonly skipped?: number
  readonly exchanges: readonly {
    readonly exchange: string
    readonly route: string
    readonly method: string
    readonly path: string
    readonly status: number | null
    readonly captured: boolean
    readonly gathered: readonly GathererYield[]
    /** those with neither facts nor gaps, and why */
    readonly silent: readonly { readonly use: number; readonly gatherer: string; readonly reason: string }[]
  }[]
}

export function gatherCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('gather')
    .summary('what gatherers make of an exchange, storing nothing')
    .description(
      'Shows what the configured gatherers make of a recorded exchange, or of the entries of a HAR file. Stores nothing.',
    )
    .option('--exchange <id>', 'a recorded exchange whose capture is still kept')
    .option('--har <file>', 'a HAR 1.2 file, as browsers and proxies save it')
    .option('-r, --route <route>', 'the route whose gatherers look (default: the one that takes each request)')
    .option('-c, --config <file>', 'with --har: gather by this configuration; no Waybill needs to run')
    .addHelpText('after', examples)
  asksControl(command)
    .addOption(formatOption())
    .action(async (options: GatherFlags) => {
      const answer = await gathered(options, terminal)
      print(terminal, options.output, answer, () => draw(answer, options))
    })
}

const examples = `
Examples:
  waybill gather --har capture.har
  waybill gather --har capture.har --config waybill.yaml    before any Waybill runs with it
  waybill gather --exchange 9f1c2d3e4f5061728394a5b6c7d8e9f0 -o yaml`

async function gathered(options: GatherFlags, terminal: Terminal): Promise<Gathered> {
  const { har, exchange, route, config } = options
  if ((har === undefined) === (exchange === undefined)) {
    throw new CliFailure('expected either --har or --exchange', 'See waybill gather --help.', exitCodes.badInput)
  }
  if (exchange !== undefined) {
    if (config !== undefined) {
      const hint = 'The Waybill that recorded an exchange gathers by its own configuration: leave --config out.'
      throw new CliFailure('--config goes with --har only', hint, exitCodes.badInput)
    }
    return answerTo(terminal, options, { method: 'GET', path: '/v1/gather', query: { exchange, route } })
  }
  const body = { har: await harIn(har ?? '', terminal), ...(route === undefined ? {} : { route }) }
  const question = { method: 'POST', path: '/v1/gather', body } as const
  if (config === undefined) return answerTo(terminal, options, question)
  const { compiled } = readConfiguration(terminal, { config })
  const asker = await createHarAsker(compiled)
  return (await asker.ask(question)) as Gathered
}

/** Read and checked here, so that what is wrong is told by the file's name. */
async function harIn(name: string, { cwd }: Terminal): Promise<unknown> {
  let text: string
  try {
    text = readFileSync(resolve(cwd, name), 'utf8')
  } catch (error) {
    throw noHar(`can’t read ${name}: ${unreadable(error)}`)
  }
  const { readHar } = await import('../../gatherers/har/har.js')
  // HAR 1.2: readers take a byte order mark, which some exporters write
  const har = readHar(text.replace(/^\ufeff/, ''))
  if (!har.ok) throw noHar(`${name} is ${har.fault}`)
  return { log: { entries: har.entries } }
}

function noHar(message: string): CliFailure {
  return new CliFailure(message, 'Save one from a browser’s network panel, or a proxy.', exitCodes.badInput)
}

function draw({ exchanges, skipped = 0 }: Gathered, { har, route }: GatherFlags): string {
  const untaken = har !== undefined && route === undefined
  const none = untaken ? 'no exchange that a route takes; --route says which one to take for all' : 'no exchange'
  const parts = exchanges.length === 0 ? [none] : exchanges.map(drawOne)
  const what = skipped === 1 ? 'entry skipped: it is no request' : 'entries skipped: they are no requests'
  if (skipped > 0) parts.push(`${skipped} ${what} over HTTP or WebSocket (data:, blob:, …)`)
  return parts.join('\n\n')
}

function drawOne(one: Gathered['exchanges'][number]): string {
  const { exchange, route, method, path, status, captured, gathered: yields, silent } = one
  const request = `${method} ${path} → ${status ?? 'no answer'}`
  const about = `${exchange}  ${request}  route ${route}${captured ? '' : '  (no bodies kept)'}`
  const rows = [
    ...yields.flatMap(({ use, gatherer, facts, gaps }) => [
      ...facts.map((fact) => ({ use, gatherer, cells: [fact.kind, factText(fact)] })),
      ...gaps.map((gap) => ({ use, gatherer, cells: ['gap', `${gap.reason}: ${gap.about}`] })),
    ]),
    ...silent.map(({ use, gatherer, reason }) => ({ use, gatherer, cells: ['nothing', reason] })),
  ]
  if (rows.length === 0) return `${printable(about)}\n  no gatherer is configured for this route`
  // as in the route's list, what Waybill itself says last
  const place = (use: number) => (use < 0 ? Infinity : use)
  rows.sort((a, b) => (a.use === b.use ? 0 : place(a.use) - place(b.use)))
  const named = ({ use, gatherer }: { readonly use: number; readonly gatherer: string }) =>
    rows.some((row) => row.gatherer === gatherer && row.use !== use) ? `${gatherer} (gather[${use}])` : gatherer
  const lines = rows.map((row) => [named(row), ...row.cells])
  return `${printable(about)}\n${table(['gatherer', 'kind', 'fact'], lines)}`
}
