// What a command may touch of the process: its output, environment and folder. Handed in, so that tests run commands in
// process and read what they print.
import type { ConfigSource } from '../config/load.js'

export interface Terminal {
  readonly env: ConfigSource['env']
  /** where relative paths of the command line start */
  readonly cwd: string
  /** for the answer: nothing else goes there, so that it can be piped */
  out(text: string): void
  /** for everything that is said besides */
  err(text: string): void
  /** sets what the process will exit with */
  exit(code: ExitCode): void
  /** calls back once when the process is asked to stop (SIGTERM, SIGINT); asked again a second later it ends at once */
  onStop(listener: () => void): void
}

/** Documented in docs/cli.md and in `waybill --help`. */
export const exitCodes = { ok: 0, failure: 1, badInput: 2, notFound: 3, unreachable: 4 } as const
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]
