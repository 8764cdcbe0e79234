// What the reading commands share: where they read (a control plane, or a data folder), and how they print.
import type { Command } from 'commander'
import { createHttpAsker, type Asker, type Question } from './asker.js'
import { CliFailure } from './failure.js'
import { exitCodes, type Terminal } from './terminal.js'

export const defaultUrl = 'http://127.0.0.1:8081'

export interface ReadingOptions {
  readonly url?: string
  readonly output: string
}

/** The options `--url` and `--data` on a command that reads. */
export function readsLineage(command: Command): Command {
  return command.option('-u, --url <url>', `control plane to ask (default: $WAYBILL_URL, else ${defaultUrl})`)
}

/** Asks one question and lets go of what was opened for it. */
export async function answerTo<T>(terminal: Terminal, options: ReadingOptions, question: Question): Promise<T> {
  const asker = openAsker(terminal, options)
  try {
    return (await asker.ask(question)) as T
  } finally {
    await asker.close()
  }
}

function openAsker(terminal: Terminal, { url }: ReadingOptions): Asker {
  const base = url ?? terminal.env['WAYBILL_URL'] ?? defaultUrl
  if (!URL.canParse(base)) throw new CliFailure('--url is not a URL', `Such as ${defaultUrl}.`, exitCodes.badInput)
  return createHttpAsker(base, terminal.env['WAYBILL_TOKEN'])
}
