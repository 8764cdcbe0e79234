// What a command is given by an option or by a variable of the environment. An empty variable counts as not set, as it does in
// the configuration: compose and env files set empty ones.
import { CliFailure } from './failure.js'
import { exitCodes, type Terminal } from './terminal.js'

interface Given {
  /** such as `--data` */
  readonly flag: string
  readonly value: string | undefined
  readonly variable?: string
}

/** The option's value, else the variable's. An empty option is an error: as a path it would mean the current folder. */
export function given(terminal: Terminal, { flag, value, variable }: Given): string | undefined {
  if (value === '') throw new CliFailure(`${flag} is empty`, 'Give it a value, or leave it out.', exitCodes.badInput)
  return value ?? (variable === undefined ? undefined : setVariable(terminal, variable))
}

/** Undefined where it is empty. */
export function setVariable({ env }: Terminal, name: string): string | undefined {
  return env[name] === '' ? undefined : env[name]
}
