// A terminal that keeps what a command prints, for running commands in the test's own process.
import type { Terminal } from '../../cli/terminal.js'
import { run } from '../../cli/program.js'

export interface CommandRun {
  readonly out: string
  readonly err: string
  readonly code: number
}

export async function runCommand(args: readonly string[], env: Terminal['env'] = {}, cwd = '/'): Promise<CommandRun> {
  const said = { out: '', err: '', code: 0 }
  const terminal: Terminal = {
    env,
    cwd,
    out: (text) => {
      said.out += text
    },
    err: (text) => {
      said.err += text
    },
    exit: (code) => {
      said.code = code
    },
    onStop: () => undefined,
  }
  await run(args, terminal)
  return said
}
