// `waybill custody`: how an entity version, or an answer, came to be.
import type { Command } from 'commander'
import type { Subgraph } from '../../lineage/ports.js'
import { printAnswer, readsLineage, type ReadingOptions } from '../reading.js'
import { drawSubgraph, subgraphFormats } from '../render/subgraph.js'
import { formatOption } from '../render/format.js'
import type { Terminal } from '../terminal.js'
import { walkOptions, walkQuery, type WalkFlags } from '../walk-flags.js'

export function custodyCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('custody')
    .summary('how an entity version, or an answer, came to be')
    .description('Draws everything that a node came from, with its gaps named.')
    .argument('<node>', '`type:name@version`, or an exchange id (the `Waybill-Exchange` field of an answer)')
    .addHelpText('after', examples)
  walkOptions(readsLineage(command))
    .addOption(formatOption(subgraphFormats))
    .action(async (node: string, options: ReadingOptions & WalkFlags) => {
      const question = {
        method: 'GET',
        path: '/v1/custody/{node}',
        params: { node },
        query: walkQuery(options),
      } as const
      const drawing = { format: options.output, direction: 'up', full: options.full } as const
      await printAnswer<Subgraph>(terminal, options, question, (graph) => drawSubgraph(graph, drawing))
    })
}

const examples = `
Examples:
  waybill custody model:models/churn@3
  waybill custody object:s3://lake/a.csv            the version current now
  waybill custody 9f1c…                             the answer with that Waybill-Exchange
  waybill custody model:models/churn@3 -o mermaid > churn.mmd
  waybill custody model:models/churn --as-of 2026-01-31T00:00:00Z`
