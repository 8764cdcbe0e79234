// `waybill exchange list|show`: what passed through the gateway, and what was read off it.
import type { Command } from 'commander'
import { toIso } from '../../core/clock.js'
import type { ExchangeRecord } from '../../core/exchange.js'
import type { Page, StoredExchange } from '../../lineage/ports.js'
import { drawPage, pageOptions, type Columns, type PageFlags } from '../paging.js'
import { printAnswer, readsLineage, type ReadingOptions } from '../reading.js'
import { formatOption } from '../render/format.js'
import { properties, table } from '../render/table.js'
import { factText } from '../render/fact.js'
import type { Terminal } from '../terminal.js'

interface ListFlags extends ReadingOptions, PageFlags {
  readonly route?: string
  readonly service?: string
  readonly method?: string
  readonly status?: string
  readonly since?: string
  readonly until?: string
}

export function exchangeCommand(program: Command, terminal: Terminal): void {
  const exchange = program.command('exchange').summary('what passed').description('Lists and shows recorded exchanges.')
  listCommand(exchange, terminal)
  const show = exchange
    .command('show')
    .summary('one exchange: record, facts, gaps')
    .description('Shows one exchange: its record, the facts read off it, and its gaps.')
    .argument('<id>', 'exchange id: the `Waybill-Exchange` field of the answer')
    .addHelpText('after', '\nExample:\n  waybill exchange show 9f1c2d3e4f5061728394a5b6c7d8e9f0')
  readsLineage(show)
    .addOption(formatOption())
    .action(async (id: string, options: ReadingOptions) => {
      const question = { method: 'GET', path: '/v1/exchanges/{id}', params: { id } } as const
      await printAnswer(terminal, options, question, drawExchange)
    })
}

function listCommand(exchange: Command, terminal: Terminal): void {
  const list = exchange
    .command('list')
    .summary('recorded exchanges, newest first')
    .description('Lists recorded exchanges, newest first.')
    .option('-r, --route <route>', 'only of this route')
    .option('-s, --service <service>', 'only to this service')
    .option('-m, --method <method>', 'only with this method', (text) => text.toUpperCase())
    .option('--status <status>', 'only with this status (404) or class (4xx)')
    .option('--since <time>', 'only from then on (RFC 3339)')
    .option('--until <time>', 'only before then (RFC 3339)')
    .addHelpText('after', '\nExample:\n  waybill exchange list --route train --status 5xx')
  readsLineage(pageOptions(list))
    .addOption(formatOption())
    .action(async (options: ListFlags) => {
      const { route, service, method, status, since, until, limit, cursor } = options
      const query = { route, service, method, status, since, until, limit, cursor }
      const question = { method: 'GET', path: '/v1/exchanges', query } as const
      await printAnswer<Page<ExchangeRecord>>(terminal, options, question, (page) => drawPage(page, columns))
    })
}

const columns: Columns<ExchangeRecord> = {
  names: ['id', 'started', 'route', 'method', 'target', 'status', 'outcome'],
  cells: ({ id, startedAt, route, request, response, outcome }) => [
    ...[id, toIso(startedAt), route, request.method, request.target],
    ...[response?.status, outcome],
  ],
  none: 'no exchange recorded that fits',
}

function drawExchange({ record, recorded, facts, gaps }: StoredExchange): string {
  const { request, response } = record
  const head = properties([
    ['id', record.id],
    ['request', `${request.method} ${request.target}`],
    ['host', request.authority],
    ['status', response?.status],
    ['outcome', record.error === null ? record.outcome : `${record.outcome} (${record.error})`],
    ['route', `${record.route} → ${record.service} (${record.serviceKind})`],
    ['tenant', `${record.tenant.project}/${record.tenant.domain}`],
    ['claim', record.claim === null ? null : `${record.claim.agent} (${record.claim.by})`],
    ['peer', record.peer],
    ['started', toIso(record.startedAt)],
    ['took', `${((record.endedAt - record.startedAt) / 1000).toFixed(1)} ms`],
    ['bytes', `${request.bytes} in, ${response?.bytes ?? 0} out`],
    ['recorded', `${toIso(recorded)} (${record.mode})`],
  ])
  const latest = facts.reduce<(typeof facts)[number] | undefined>(
    (best, leaf) => (best === undefined || leaf.generation > best.generation ? leaf : best),
    undefined,
  )
  const read = (latest?.gathered ?? []).flatMap(({ gatherer, facts: made, gaps: missed }) => [
    ...made.map((fact) => [gatherer, fact.kind, factText(fact)]),
    ...missed.map((gap) => [gatherer, 'gap', `${gap.reason}: ${gap.about}`]),
  ])
  const missing = gaps.map((gap) => ['-', 'gap', `${gap.reason} at ${gap.at}`])
  const rows = [...read, ...missing]
  return rows.length === 0 ? `${head}\n\nno facts` : `${head}\n\n${table(['gatherer', 'kind', 'fact'], rows)}`
}
