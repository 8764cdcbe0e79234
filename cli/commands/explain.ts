// `waybill explain`: what would become of a request.
import type { Command } from 'commander'
import { configFlag, configText, readConfiguration, type ConfigurationOptions } from '../configuration.js'
import { explain, type Explanation } from '../explanation.js'
import { CliFailure } from '../failure.js'
import { formatOption, print } from '../render/format.js'
import { printable } from '../render/printable.js'
import { properties, table } from '../render/table.js'
import { exitCodes, type Terminal } from '../terminal.js'

interface ExplainOptions extends ConfigurationOptions {
  readonly header?: readonly string[]
  readonly output: string
}

export function explainCommand(program: Command, terminal: Terminal): void {
  program
    .command('explain')
    .summary('which route takes a request, and what follows')
    .description(
      'Says which route takes a request and why others don’t, what the service would see, and which gatherers would look. Sends nothing.',
    )
    .argument('<method>', 'HTTP method')
    .argument('<url>', 'URL as a client would ask the gateway for it, or just a path')
    .option(configFlag, configText)
    .option('-H, --header <field>', 'a header field, `name: value` (may be repeated)', collect)
    .addOption(formatOption())
    .addHelpText('after', examples)
    .action((method: string, url: string, options: ExplainOptions) => {
      const { compiled } = readConfiguration(terminal, options)
      const asked = { method: method.toUpperCase(), url, fields: (options.header ?? []).flatMap(fieldParts) }
      const explanation = explain(asked, compiled)
      print(terminal, options.output, explanation, () => draw(explanation))
      if (explanation.outcome !== 'routed') terminal.exit(exitCodes.notFound)
    })
}

const examples = `
Examples:
  waybill explain POST http://127.0.0.1:8080/train/jobs
  waybill explain GET /v1/models -H 'x-team: vision'

Exits with 3 where no route takes the request.`

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

function fieldParts(text: string): [string, string] {
  const colon = text.indexOf(':')
  if (colon < 1)
    throw new CliFailure('--header is not `name: value`', "Such as -H 'x-team: vision'.", exitCodes.badInput)
  return [text.slice(0, colon).trim(), text.slice(colon + 1).trim()]
}

function draw(explanation: Explanation): string {
  const { method, host, path, readAs, outcome, reason, routed, routes } = explanation
  const at = host === '' ? '' : ` at ${printable(host)}`
  const lines = [`${method} ${printable(path)}${at}${readAs === null ? '' : `, read as ${printable(readAs)}`}`, '']
  const takes = outcome === 'ambiguous' ? 'would take it' : 'takes it'
  const rows = routes.map((route) => [route.chosen ? '→' : '', route.name, route.chosen ? takes : route.reason])
  lines.push(table(['', 'route', 'verdict'], rows), '')
  if (outcome === 'no-route') lines.push('No route takes it: the gateway answers 404 (WB_NO_ROUTE).')
  if (outcome === 'ambiguous') lines.push(`Refused with 400 (WB_AMBIGUOUS_PATH): ${reason ?? ''}.`)
  if (routed !== null) lines.push(drawRouted(routed))
  return lines.join('\n')
}

function drawRouted({ params, upstream, record, tenant, gatherers }: NonNullable<Explanation['routed']>): string {
  const named = Object.entries(params).map(([name, value]) => `${name}=${value}`)
  const facts = properties([
    ['service', `${upstream.service} (${upstream.kind})`],
    ['upstream', upstream.url],
    ['host field', upstream.host === '' ? 'as the client sends it' : upstream.host],
    ...(named.length === 0 ? [] : [['parameters', named.join(', ')] as const]),
    ['recorded', record.mode === 'required' ? `required (waits ${record.wait} ms for facts)` : record.mode],
    ['tenant', `${tenant.project}/${tenant.domain}`],
  ])
  if (record.mode === 'off') return `${facts}\n\nNothing is recorded: no gatherer looks.`
  if (gatherers.length === 0)
    return `${facts}\n\nNo gatherer on this route: the exchange is recorded, no facts are read off it.`
  const rows = gatherers.map(({ name, looks, reason }) => [name, looks ? 'looks' : 'does not look', reason])
  return `${facts}\n\n${table(['gatherer', 'verdict', 'reason'], rows)}`
}
