// `waybill regather`: runs changed gatherers again over what is still captured.
import type { Command } from 'commander'
import { printAnswer, asksControl, type ReadingOptions } from '../reading.js'
import { formatOption } from '../render/format.js'
import { properties } from '../render/table.js'
import type { Terminal } from '../terminal.js'

interface RegatherFlags extends ReadingOptions {
  readonly route: string
  readonly since: string
}

interface Regathered {
  readonly exchanges: number
  readonly changed: number
  readonly missing: number
}

export function regatherCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('regather')
    .summary('apply changed gatherers to what was captured')
    .description(
      'Runs a route’s gatherers again over the captures that are still kept. Facts that differ supersede the ones before; none is deleted.',
    )
    .requiredOption('-r, --route <route>', 'the route')
    .requiredOption('--since <time>', 'exchanges that ended at or after this time (RFC 3339)')
    .addHelpText('after', '\nExample:\n  waybill regather --route train --since 2026-01-31T00:00:00Z')
  asksControl(command)
    .addOption(formatOption())
    .action(async (options: RegatherFlags) => {
      const body = { route: options.route, since: options.since }
      await printAnswer(terminal, options, { method: 'POST', path: '/v1/regather', body }, draw)
    })
}

function draw({ exchanges, changed, missing }: Regathered): string {
  return properties([
    ['exchanges looked at', exchanges],
    ['facts changed', changed],
    ['no capture kept', missing],
  ])
}
