// `waybill lineage up|down|path`: what a node came from, what came from it, how two hang together.
import type { Command } from 'commander'
import type { Subgraph } from '../../lineage/ports.js'
import { CliFailure } from '../failure.js'
import { answerTo, printAnswer, readsLineage, type ReadingOptions } from '../reading.js'
import { formatOption, print } from '../render/format.js'
import { drawPath, drawSubgraph, subgraphFormats } from '../render/subgraph.js'
import { exitCodes, type Terminal } from '../terminal.js'
import { walkOptions, walkQuery, type WalkFlags } from '../walk-flags.js'

type Options = ReadingOptions & WalkFlags

export function lineageCommand(program: Command, terminal: Terminal): void {
  const lineage = program
    .command('lineage')
    .summary('walk the graph')
    .description('Walks the graph of what was recorded.')
  directionCommand(lineage, terminal, 'up')
  directionCommand(lineage, terminal, 'down')
  const path = lineage
    .command('path')
    .summary('the shortest path between two nodes')
    .description(
      'Finds the shortest path between two nodes, whichever of them is upstream; over an alias only where nothing else connects them.',
    )
    .argument('<from>', '`type:name[@version]`')
    .argument('<to>', '`type:name[@version]`')
    .addHelpText(
      'after',
      '\nExample:\n  waybill lineage path model:models/churn@3 object:s3://lake/a.csv\n\nExits with 3 where there is none.',
    )
  walkOptions(readsLineage(path))
    .addOption(formatOption(subgraphFormats))
    .action(async (from: string, to: string, options: Options) => {
      const question = { method: 'GET', path: '/v1/path', query: { from, to, ...walkQuery(options) } } as const
      const answer = await answerTo<Subgraph>(terminal, options, question)
      if (answer.nodes.length > 1 && answer.edges.length === 0) throw noPath(from, to)
      print(terminal, options.output, answer, () => drawPath(answer, { format: options.output, full: options.full }))
    })
}

function noPath(from: string, to: string): CliFailure {
  const hint = 'Both are there, and neither came from the other (within --depth). See lineage up and down of each.'
  return new CliFailure(`no path between ${from} and ${to}`, hint, exitCodes.notFound)
}

function directionCommand(lineage: Command, terminal: Terminal, direction: 'up' | 'down'): void {
  const summary = direction === 'up' ? 'what a node came from' : 'what came from a node'
  const command = lineage
    .command(direction)
    .summary(summary)
    .description(`Draws ${summary}, with the gaps named.`)
    .argument('<node>', '`type:name[@version]`; without version the one current at --as-of')
    .addHelpText('after', `\nExample:\n  waybill lineage ${direction} object:s3://lake/a.csv`)
  walkOptions(readsLineage(command))
    .addOption(formatOption(subgraphFormats))
    .action(async (node: string, options: Options) => {
      const query = { direction, ...walkQuery(options) }
      const question = { method: 'GET', path: '/v1/lineage/{node}', params: { node }, query } as const
      const drawing = { format: options.output, direction, full: options.full }
      await printAnswer<Subgraph>(terminal, options, question, (graph) => drawSubgraph(graph, drawing))
    })
}
