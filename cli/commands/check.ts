// `waybill check`: is the configuration right, and if not, what all is wrong and where.
import type { Command } from 'commander'
import { configFlag, configText, loadFile, type ConfigurationOptions } from '../configuration.js'
import { errorLine } from '../../config/issues.js'
import { formatOption, print } from '../render/format.js'
import { exitCodes, type Terminal } from '../terminal.js'

interface CheckOptions extends ConfigurationOptions {
  readonly output: string
  readonly strict?: boolean
}

export function checkCommand(program: Command, terminal: Terminal): void {
  program
    .command('check')
    .summary('is the configuration right?')
    .description(
      'Checks the configuration and prints every error with file:line:column, path, what was expected and the nearest valid key.',
    )
    .option(configFlag, configText)
    .option('--strict', 'warnings count as errors')
    .addOption(formatOption())
    .addHelpText(
      'after',
      '\nExamples:\n  waybill check\n  waybill check --config deploy/waybill.yaml -o json\n\nExits with 2 where there are errors.',
    )
    .action((options: CheckOptions) => {
      const { file, loaded } = loadFile(terminal, options)
      const errors = loaded.ok ? [] : loaded.errors
      const { warnings } = loaded
      const failed = errors.length > 0 || (options.strict === true && warnings.length > 0)
      print(terminal, options.output, { ok: !failed, errors, warnings }, () =>
        [
          ...warnings.map((warning) => `warning: ${errorLine(warning)}`),
          ...errors.map(errorLine),
          summary(file, errors.length, warnings.length),
        ].join('\n'),
      )
      if (failed) terminal.exit(exitCodes.badInput)
    })
}

function summary(file: string, errors: number, warnings: number): string {
  const parts = [counted(errors, 'error'), counted(warnings, 'warning')].filter((part) => part !== undefined)
  return parts.length === 0 ? `${file} is right` : `${file}: ${parts.join(', ')}`
}

function counted(count: number, word: string): string | undefined {
  return count === 0 ? undefined : `${count} ${word}${count === 1 ? '' : 's'}`
}
