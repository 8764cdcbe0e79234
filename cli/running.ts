// Brings Waybill up for a command and takes it down when the process is asked to stop.
import { pino, type Logger } from 'pino'
import type { Compiled } from '../config/compile.js'
import type { Waybill } from './compose.js'
import { CliFailure } from './failure.js'
import { setVariable } from './given.js'
import { keepHeapsForAnswers } from './heap.js'
import { exitCodes, type Terminal } from './terminal.js'
import { versionOf } from './version.js'

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const
type LogLevel = (typeof logLevels)[number]

export interface RunningOptions {
  readonly logLevel?: LogLevel
}

export interface RunningWaybill extends Waybill {
  /** resolves when it was asked to stop and everything recorded is on disk */
  readonly stopped: Promise<void>
}

export async function running(
  compiled: Compiled,
  terminal: Terminal,
  options: RunningOptions,
  otherwise: LogLevel = 'info',
): Promise<RunningWaybill> {
  keepHeapsForAnswers()
  const { startWaybill } = await import('./compose.js')
  const logger = loggerFor(options.logLevel ?? levelOf(terminal) ?? otherwise, terminal)
  const waybill = await startWaybill(compiled, { logger, version: versionOf() })
  const stopped = new Promise<void>((resolve, reject) => {
    terminal.onStop(() => {
      logger.info('draining')
      waybill.stop().then(resolve, reject)
    })
  })
  return { ...waybill, stopped }
}

function levelOf(terminal: Terminal): LogLevel | undefined {
  const name = setVariable(terminal, 'WAYBILL_LOG')
  const level = logLevels.find((one) => one === name)
  if (name === undefined || level !== undefined) return level
  throw new CliFailure('WAYBILL_LOG is not a log level', `One of ${logLevels.join(', ')}.`, exitCodes.badInput)
}

/** JSON lines on standard error: the answer of a command alone goes to standard output. */
function loggerFor(level: LogLevel, terminal: Terminal): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, { write: (line) => terminal.err(line) })
}
