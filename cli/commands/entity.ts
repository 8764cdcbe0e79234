// `waybill entity list|show`: entity versions by type and name, and one of them with its facets.
import type { Command } from 'commander'
import type { GraphNode, Page } from '../../lineage/ports.js'
import { drawPage, pageOptions, type Columns, type PageFlags } from '../paging.js'
import { printAnswer, readsLineage, type ReadingOptions } from '../reading.js'
import { formatOption } from '../render/format.js'
import { properties } from '../render/table.js'
import type { Terminal } from '../terminal.js'
import { whenOptions, type WhenFlags } from '../walk-flags.js'

interface ListFlags extends ReadingOptions, PageFlags, WhenFlags {
  readonly type?: string
  readonly name?: string
  readonly project?: string
  readonly domain?: string
}

export function entityCommand(program: Command, terminal: Terminal): void {
  const entity = program.command('entity').summary('what was recorded').description('Lists and shows entity versions.')
  listCommand(entity, terminal)
  const show = entity
    .command('show')
    .summary('one node with its facets')
    .description('Shows one node: its times, tenant and facets.')
    .argument('<node>', '`type:name[@version]`')
    .addHelpText('after', '\nExample:\n  waybill entity show model:models/churn@3 -o yaml')
  whenOptions(readsLineage(show))
    .addOption(formatOption())
    .action(async (node: string, options: ReadingOptions & WhenFlags) => {
      const query = { asOf: options.asOf, knownAt: options.knownAt }
      const question = { method: 'GET', path: '/v1/entities/{node}', params: { node }, query } as const
      await printAnswer(terminal, options, question, drawNode)
    })
}

function listCommand(entity: Command, terminal: Terminal): void {
  const list = entity
    .command('list')
    .summary('entity versions by type and name')
    .description('Lists entity versions in the order of their ids.')
    .option('-t, --type <type>', 'only of this type, such as model or object')
    .option('-n, --name <part>', 'only names that contain this; case does not matter')
    .option('--project <project>', 'only of this project')
    .option('--domain <domain>', 'only of this domain')
    .addHelpText('after', '\nExamples:\n  waybill entity list --type model\n  waybill entity list --name churn -o json')
  whenOptions(readsLineage(pageOptions(list)))
    .addOption(formatOption())
    .action(async (options: ListFlags) => {
      const { type, name, project, domain, limit, cursor, asOf, knownAt } = options
      const query = { type, q: name, project, domain, limit, cursor, asOf, knownAt }
      const question = { method: 'GET', path: '/v1/entities', query } as const
      await printAnswer<Page<GraphNode>>(terminal, options, question, (page) => drawPage(page, columns))
    })
}

const columns: Columns<GraphNode> = {
  names: ['id', 'type', 'time', 'tenant'],
  cells: ({ id, type, time, project, domain }) => [id, type, time, tenantOf(project, domain)],
  none: 'nothing recorded that fits',
}

function tenantOf(project: string | null, domain: string | null): string | null {
  return project === null ? null : `${project}/${domain ?? ''}`
}

function drawNode(node: GraphNode): string {
  const facets = Object.entries(node.facets).map(([name, value]) => [name, JSON.stringify(value)] as const)
  return properties([
    ['id', node.id],
    ['kind', node.kind],
    ['type', node.type],
    ['name', node.name],
    ['version', node.version],
    ['tenant', tenantOf(node.project, node.domain)],
    ['time', node.time],
    ...facets,
  ])
}
