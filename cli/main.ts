#!/usr/bin/env node
// The command `waybill`: hands the process to the program, and nothing else.
import { run } from './program.js'
import type { ExitCode, Terminal } from './terminal.js'

const terminal: Terminal = {
  env: process.env,
  cwd: process.cwd(),
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  exit: (code: ExitCode) => {
    process.exitCode = code
  },
  onStop: (listener) => {
    let asked = false
    const stop = () => {
      if (asked) process.exit(1)
      asked = true
      listener()
    }
    process.on('SIGTERM', stop)
    process.on('SIGINT', stop)
  },
}

// `waybill exchange list | head` closes our output: that is no failure
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

await run(process.argv.slice(2), terminal)
