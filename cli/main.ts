#!/usr/bin/env node
// The command `waybill`: hands the process to the program, and nothing else.
import { run } from './program.js'
import { exitCodes, type ExitCode, type Terminal } from './terminal.js'

/**
 * npm passes a Ctrl-C on that the terminal has given to all of its group, to us as well: what comes so soon after the first is
 * the same wish.
 */
const sameWishMs = 1_000

const terminal: Terminal = {
  env: process.env,
  cwd: process.cwd(),
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  exit: (code: ExitCode) => {
    process.exitCode = code
  },
  onStop: (listener) => {
    let asked: number | undefined
    const stop = () => {
      if (asked === undefined) {
        asked = performance.now()
        listener()
      } else if (performance.now() - asked > sameWishMs) process.exit(1)
    }
    process.on('SIGTERM', stop)
    process.on('SIGINT', stop)
  },
}

// `waybill exchange list | head` closes our output: that is no failure
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  terminal.err(`waybill: can’t write the answer: ${whyUnwritten(error)}\n`)
  process.exit(exitCodes.failure)
})

// a log that can't be written (a full disk, a reader that went away) is no reason to stop answering
process.stderr.on('error', () => undefined)

function whyUnwritten({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOSPC') return 'no space left on the device'
  return code === 'EFBIG' ? 'the file may not grow further' : message
}

await run(process.argv.slice(2), terminal)
