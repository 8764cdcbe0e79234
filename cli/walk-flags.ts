// Options of the commands that walk the graph.
import type { Command } from 'commander'

export interface WhenFlags {
  readonly asOf?: string
  readonly knownAt?: string
}

export interface WalkFlags extends WhenFlags {
  readonly depth?: string
  readonly limit?: string
  readonly full?: boolean
}

export function walkOptions(command: Command): Command {
  return whenOptions(command)
    .option('--depth <edges>', 'edges from the node at most (default: 50)')
    .option('--limit <nodes>', 'nodes at most (default: 10000)')
    .option('--full', 'whole ids in trees, not the first digits of digests')
}

export function whenOptions(command: Command): Command {
  return command
    .option('--as-of <time>', 'only what had happened by then (RFC 3339)')
    .option('--known-at <time>', 'only what had been recorded by then (RFC 3339)')
}

export function walkQuery({ asOf, knownAt, depth, limit }: WalkFlags): Record<string, string | undefined> {
  return { asOf, knownAt, depth, limit }
}
