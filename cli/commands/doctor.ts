// `waybill doctor`: is what Waybill stands on sound?
import type { Command } from 'commander'
import { checkup } from '../checkup.js'
import { configFlag, configText, readConfiguration, type ConfigurationOptions } from '../configuration.js'
import type { Finding } from '../finding.js'
import { formatOption, print } from '../render/format.js'
import { table } from '../render/table.js'
import { exitCodes, type Terminal } from '../terminal.js'

export function doctorCommand(program: Command, terminal: Terminal): void {
  program
    .command('doctor')
    .summary('is what Waybill stands on sound?')
    .description(
      'Checks the data folder, the cost of an fsync, the clock, the ports, and what each service answers to a HEAD for its URL. Listens on each port for an instant; never takes the data folder’s lock.',
    )
    .option(configFlag, configText)
    .option('-d, --data <folder>', 'data folder (default: $WAYBILL_DATA, else `data` of the configuration)')
    .addOption(formatOption())
    .addHelpText(
      'after',
      '\nExample:\n  waybill doctor --config deploy/waybill.yaml\n\nExits with 1 where something fails; no status that a service answers is a failure.',
    )
    .action(async (options: ConfigurationOptions & { readonly output: string }) => {
      const { compiled } = readConfiguration(terminal, options)
      const findings: readonly Finding[] = [runtime(), ...(await checkup(compiled))]
      const rows = findings.map(({ verdict, subject, detail }) => [marks[verdict], subject, detail])
      print(terminal, options.output, findings, () => table(['', 'what', 'finding'], rows))
      if (findings.some((finding) => finding.verdict === 'failure')) terminal.exit(exitCodes.failure)
    })
}

const marks: Readonly<Record<Finding['verdict'], string>> = { ok: 'ok', warning: 'warning', failure: 'FAILED' }

function runtime(): Finding {
  return { subject: 'node', verdict: 'ok', detail: `${process.version} on ${process.platform} ${process.arch}` }
}
