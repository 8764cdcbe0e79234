// The command line as a whole: all commands, one help. Each noun has its file in commands/.
import { Command } from 'commander'
import { checkCommand } from './commands/check.js'
import { completionCommand } from './commands/completion.js'
import { coverageCommand } from './commands/coverage.js'
import { custodyCommand } from './commands/custody.js'
import { devCommand } from './commands/dev.js'
import { doctorCommand } from './commands/doctor.js'
import { entityCommand } from './commands/entity.js'
import { exchangeCommand } from './commands/exchange.js'
import { explainCommand } from './commands/explain.js'
import { gatherCommand } from './commands/gather.js'
import { lineageCommand } from './commands/lineage.js'
import { regatherCommand } from './commands/regather.js'
import { startCommand } from './commands/start.js'
import { versionCommand } from './commands/version.js'
import { failureOf } from './failure.js'
import { printable } from './render/printable.js'
import { exitCodes, type Terminal } from './terminal.js'
import { versionOf } from './version.js'

export function createProgram(terminal: Terminal): Command {
  const program = new Command('waybill')
  program
    .description(
      'A lineage-recording API gateway: routes every request unchanged and records how every answer came to be.',
    )
    .version(versionOf(), '-V, --version', 'version of Waybill')
    .helpOption('-h, --help', 'help')
    .configureHelp({ showGlobalOptions: false, sortSubcommands: false })
    .configureOutput({
      writeOut: (text) => terminal.out(text),
      writeErr: (text) => terminal.err(text),
      getOutHelpWidth: () => 100,
      getErrHelpWidth: () => 100,
    })
    .showSuggestionAfterError(true)
    .showHelpAfterError('(run it with --help)')
    .exitOverride()
  const groups = [
    ['Run', [startCommand, devCommand]],
    ['Configure', [checkCommand, explainCommand, doctorCommand]],
    ['Read', [custodyCommand, lineageCommand, entityCommand, exchangeCommand, coverageCommand]],
    ['Gather again', [gatherCommand, regatherCommand]],
    ['Other', [versionCommand, completionCommand]],
  ] as const
  for (const [title, commands] of groups) {
    program.commandsGroup(`${title}:`)
    for (const add of commands) add(program, terminal)
  }
  return program.addHelpText('after', footer)
}

const footer = `
Exit codes: 0 done, 1 failed, 2 bad input or configuration, 3 not found, 4 control plane unreachable.
Environment: WAYBILL_CONFIG, WAYBILL_DATA, WAYBILL_URL, WAYBILL_TOKEN, WAYBILL_LOG (log level);
an empty one counts as not set.

Start here:
  waybill dev                  an example platform behind the gateway, nothing to configure
  waybill start                your own, from waybill.yaml
  waybill custody <id>         how an answer came to be`

/** Runs one command line; sets the exit code, never throws. `args`: without node and script. */
export async function run(args: readonly string[], terminal: Terminal): Promise<void> {
  try {
    await createProgram(terminal).parseAsync(args, { from: 'user' })
  } catch (thrown) {
    if (isCommanderExit(thrown)) {
      terminal.exit(thrown.exitCode === 0 ? exitCodes.ok : exitCodes.badInput)
      return
    }
    const failure = failureOf(thrown)
    // both may hold what traffic chose; a message may have several lines of ours
    const message = failure.message.split('\n').map(printable).join('\n')
    terminal.err(`waybill: ${message}\n${failure.hint === '' ? '' : `  ${printable(failure.hint)}\n`}`)
    terminal.exit(failure.exit)
  }
}

/** Help, version and usage errors end a parse by throwing; commander has printed what there is to say. */
function isCommanderExit(thrown: unknown): thrown is Error & { exitCode: number } {
  return (
    thrown instanceof Error && 'exitCode' in thrown && 'code' in thrown && String(thrown.code).startsWith('commander.')
  )
}
