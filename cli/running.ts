// Brings Waybill up for a command and takes it down when the process is asked to stop.
import { pino, type Logger } from 'pino'
import type { Compiled } from '../config/compile.js'
import type { Waybill } from './compose.js'
import type { Terminal } from './terminal.js'
import { versionOf } from './version.js'

export interface RunningOptions {
  readonly logLevel?: string
}

export interface RunningWaybill extends Waybill {
  /** resolves when it was asked to stop and everything recorded is on disk */
  readonly stopped: Promise<void>
}

export async function running(
  compiled: Compiled,
  terminal: Terminal,
  options: RunningOptions,
): Promise<RunningWaybill> {
  const { startWaybill } = await import('./compose.js')
  const logger = loggerFor(terminal, options)
  const waybill = await startWaybill(compiled, { logger, version: versionOf() })
  const stopped = new Promise<void>((resolve, reject) => {
    terminal.onStop(() => {
      logger.info('draining')
      waybill.stop().then(resolve, reject)
    })
  })
  return { ...waybill, stopped }
}

/** JSON lines on standard error: the answer of a command alone goes to standard output. */
function loggerFor(terminal: Terminal, { logLevel }: RunningOptions): Logger {
  const level = logLevel ?? terminal.env['WAYBILL_LOG'] ?? 'info'
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, { write: (line) => terminal.err(line) })
}
