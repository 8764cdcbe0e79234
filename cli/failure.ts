// Why a command could not do its work, what to do about it, and the exit code that says so to scripts.
import { asWaybillError, errorTable, WaybillError, type ErrorCode } from '../core/errors.js'
import { exitCodes, type ExitCode } from './terminal.js'

export class CliFailure extends Error {
  readonly hint: string
  readonly exit: ExitCode

  constructor(message: string, hint: string, exit: ExitCode) {
    super(message)
    this.name = 'CliFailure'
    this.hint = hint
    this.exit = exit
  }
}

const byCode: Partial<Record<ErrorCode, ExitCode>> = {
  WB_CONFIG_INVALID: exitCodes.badInput,
  WB_BAD_QUERY: exitCodes.badInput,
  WB_BAD_REQUEST: exitCodes.badInput,
  WB_NODE_NOT_FOUND: exitCodes.notFound,
  WB_CONTROL_UNREACHABLE: exitCodes.unreachable,
}

export function exitCodeOf(code: string): ExitCode {
  return Object.hasOwn(errorTable, code) ? (byCode[code as ErrorCode] ?? exitCodes.failure) : exitCodes.failure
}

/** Any thrown value as what the reader is told. */
export function failureOf(thrown: unknown): CliFailure {
  if (thrown instanceof CliFailure) return thrown
  const system = systemFailure(thrown)
  if (system !== undefined) return system
  const error = asWaybillError(thrown)
  return new CliFailure(`${error.message} (${error.code})`, error.hint, exitCodeOf(error.code))
}

const unreadableBy: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'this user may not read it',
}

/** Why a file could not be read. */
export function unreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'it can’t be read'
  return unreadableBy[code] ?? code
}

interface SystemError extends NodeJS.ErrnoException {
  readonly address?: string
  readonly port?: number
  /** of a name that was looked up */
  readonly hostname?: string
}

function systemFailure(thrown: unknown): CliFailure | undefined {
  if (!(thrown instanceof Error) || thrown instanceof WaybillError) return undefined
  const { code, address, port, hostname } = thrown as SystemError
  const at = `${address ?? '?'}:${port ?? '?'}`
  if (code === 'EADDRINUSE') {
    return new CliFailure(
      `${at} is already in use`,
      'Stop what listens there, or set another port under `listeners` or `control` (`waybill dev`: --port, --control-port).',
      exitCodes.failure,
    )
  }
  if (code === 'EACCES' && port !== undefined) {
    return new CliFailure(
      `${at} may not be used by this user`,
      'Take a port above 1023, or give the process the right.',
      exitCodes.failure,
    )
  }
  if (code === 'EADDRNOTAVAIL') return notOurs(`${address ?? '?'} is no address of this machine`)
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return notOurs(`no address is known for the host ${hostname ?? '?'}`)
  return undefined
}

function notOurs(message: string): CliFailure {
  const hint = 'Set `host` under `listeners` or `control` to an address of this machine, such as 127.0.0.1 or 0.0.0.0.'
  return new CliFailure(message, hint, exitCodes.failure)
}
