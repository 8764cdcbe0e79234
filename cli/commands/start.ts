// `waybill start`: the gateway with its recorder, lineage and control plane, from a configuration, until it is asked to stop.
import { Option, type Command } from 'commander'
import { configFlag, configText, readConfiguration, type ConfigurationOptions } from '../configuration.js'
import { banner } from '../render/banner.js'
import { logLevels, running, type RunningOptions } from '../running.js'
import type { Terminal } from '../terminal.js'

export function logOption(otherwise: 'info' | 'warn'): Option {
  const text = `log lines on standard error (default: $WAYBILL_LOG, else ${otherwise})`
  return new Option('--log-level <level>', text).choices(logLevels)
}

export function startCommand(program: Command, terminal: Terminal): void {
  program
    .command('start')
    .summary('run the gateway from a configuration')
    .description(
      'Runs the gateway with its recorder, lineage and control plane until it is asked to stop (SIGTERM, Ctrl-C), then drains.',
    )
    .option(configFlag, configText)
    .option('-d, --data <folder>', 'data folder (default: $WAYBILL_DATA, else `data` of the configuration)')
    .addOption(logOption('info'))
    .addHelpText(
      'after',
      '\nExamples:\n  waybill start\n  waybill start --config deploy/waybill.yaml --data /var/lib/waybill',
    )
    .action(async (options: ConfigurationOptions & RunningOptions) => {
      const { file, compiled } = readConfiguration(terminal, options)
      const waybill = await running(compiled, terminal, options)
      terminal.out(`${banner({ file, compiled, waybill })}\n`)
      await waybill.stopped
    })
}
