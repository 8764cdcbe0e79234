// `waybill gather`: what the configured gatherers make of a recorded exchange or a HAR file. Stores nothing.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { GathererYield } from '../../lineage/model/fact.js'
import { CliFailure } from '../failure.js'
import { answerTo, asksControl, type ReadingOptions } from '../reading.js'
import { factText } from '../render/fact.js'
import { formatOption, print } from '../render/format.js'
import { printable } from '../render/printable.js'
import { table } from '../render/table.js'
import { exitCodes, type Terminal } from '../terminal.js'

interface GatherFlags extends ReadingOptions {
  readonly har?: string
  readonly exchange?: string
  readonly route?: string
}

interface Gathered {
  readonly exchanges: readonly {
    readonly exchange: string
    readonly route: string
    readonly captured: boolean
    readonly gathered: readonly GathererYield[]
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
    .addHelpText('after', examples)
  asksControl(command)
    .addOption(formatOption())
    .action(async (options: GatherFlags) => {
      const answer = await gathered(options, terminal)
      print(terminal, options.output, answer, () => draw(answer))
    })
}

const examples = `
Examples:
  waybill gather --har capture.har
  waybill gather --exchange 9f1c2d3e4f5061728394a5b6c7d8e9f0 -o yaml`

function gathered(options: GatherFlags, terminal: Terminal): Promise<Gathered> {
  const { har, exchange, route } = options
  if ((har === undefined) === (exchange === undefined)) {
    throw new CliFailure('expected either --har or --exchange', 'See waybill gather --help.', exitCodes.badInput)
  }
  if (exchange !== undefined) {
    return answerTo(terminal, options, { method: 'GET', path: '/v1/gather', query: { exchange, route } })
  }
  const body = { har: readHar(resolve(terminal.cwd, har ?? '')), ...(route === undefined ? {} : { route }) }
  return answerTo(terminal, options, { method: 'POST', path: '/v1/gather', body })
}

function readHar(file: string): unknown {
  try {
    // HAR 1.2: readers take a byte order mark, which some exporters write
    return JSON.parse(readFileSync(file, 'utf8').replace(/^\ufeff/, '')) as unknown
  } catch (error) {
    const reason = error instanceof SyntaxError ? 'it is not JSON' : 'it can’t be read'
    throw new CliFailure(
      `${file} is no HAR file: ${reason}`,
      'Save one from a browser’s network panel, or a proxy.',
      exitCodes.badInput,
    )
  }
}

function draw({ exchanges }: Gathered): string {
  if (exchanges.length === 0) return 'no exchange'
  return exchanges
    .map(({ exchange, route, captured, gathered: yields }) => {
      const head = `${printable(exchange)}  route ${printable(route)}${captured ? '' : '  (no bodies kept)'}`
      const rows = yields.flatMap(({ gatherer, facts, gaps }) => [
        ...facts.map((fact) => [gatherer, fact.kind, factText(fact)]),
        ...gaps.map((gap) => [gatherer, 'gap', `${gap.reason}: ${gap.about}`]),
      ])
      return rows.length === 0 ? `${head}\n  nothing` : `${head}\n${table(['gatherer', 'kind', 'fact'], rows)}`
    })
    .join('\n\n')
}
