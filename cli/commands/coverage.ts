// `waybill coverage`: what was referred to and never seen to come about, per service.
import type { Command } from 'commander'
import type { ServiceCoverage } from '../../lineage/ports.js'
import { printAnswer, readsLineage, type ReadingOptions } from '../reading.js'
import { formatOption } from '../render/format.js'
import { table } from '../render/table.js'
import type { Terminal } from '../terminal.js'

export function coverageCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('coverage')
    .summary('what was referenced and never seen, per service')
    .description(
      'Lists per service (type and authority of the names, such as object:s3://lake) what was referred to and never seen to come about: where lineage ends too early.',
    )
    .addHelpText('after', '\nExample:\n  waybill coverage -o json')
  readsLineage(command)
    .addOption(formatOption())
    .action(async (options: ReadingOptions) => {
      await printAnswer(terminal, options, { method: 'GET', path: '/v1/coverage' }, drawCoverage)
    })
}

function drawCoverage(services: readonly ServiceCoverage[]): string {
  if (services.length === 0) return 'nothing was referred to yet'
  const rows = services.map(({ service, referenced, observed }) => {
    const share = referenced === 0 ? '-' : `${Math.floor((100 * observed) / referenced)} %`
    return [service, referenced, observed, share]
  })
  const unseen = services.flatMap((one) =>
    one.unseen.map(({ id, reason, references }) => [one.service, id, reason, references]),
  )
  const overview = table(['service', 'referenced', 'observed', 'covered'], rows)
  return unseen.length === 0
    ? overview
    : `${overview}\n\n${table(['service', 'never seen', 'reason', 'references'], unseen)}`
}
