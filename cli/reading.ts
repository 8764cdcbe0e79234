// What the reading commands share: where they read (a control plane, or a data folder), and how they print.
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { createHttpAsker, type Asker, type Question } from './asker.js'
import { openDataFolder } from './data-folder.js'
import { CliFailure } from './failure.js'
import { given, setVariable } from './given.js'
import { print } from './render/format.js'
import { exitCodes, type Terminal } from './terminal.js'

export const defaultUrl = 'http://127.0.0.1:8081'

export interface ReadingOptions {
  readonly url?: string
  readonly data?: string
  readonly output: string
}

/** The option `--url` on a command that needs a running Waybill. */
export function asksControl(command: Command): Command {
  return command.option('-u, --url <url>', `control plane to ask (default: $WAYBILL_URL, else ${defaultUrl})`)
}

/** The options `--url` and `--data` on a command that reads. */
export function readsLineage(command: Command): Command {
  return asksControl(command).option(
    '-d, --data <folder>',
    'read this data folder instead; no Waybill may be running on it',
  )
}

/** Asks one question and lets go of what was opened for it. */
export async function answerTo<T>(terminal: Terminal, options: ReadingOptions, question: Question): Promise<T> {
  const asker = await openAsker(terminal, options)
  try {
    return (await asker.ask(question)) as T
  } finally {
    await asker.close()
  }
}

/** Asks one question and prints its answer in the format that is wanted; resolves with it. */
export async function printAnswer<T>(
  terminal: Terminal,
  options: ReadingOptions,
  question: Question,
  draw: (answer: T) => string,
): Promise<T> {
  const answer = await answerTo<T>(terminal, options, question)
  print(terminal, options.output, answer, () => draw(answer))
  return answer
}

async function openAsker(terminal: Terminal, { url, data }: ReadingOptions): Promise<Asker> {
  const folder = given(terminal, { flag: '--data', value: data })
  if (folder === undefined) {
    const base = given(terminal, { flag: '--url', value: url, variable: 'WAYBILL_URL' }) ?? defaultUrl
    if (!URL.canParse(base))
      throw new CliFailure(
        `${url === undefined ? 'WAYBILL_URL' : '--url'} is not a URL`,
        `Such as ${defaultUrl}.`,
        exitCodes.badInput,
      )
    return createHttpAsker(base, setVariable(terminal, 'WAYBILL_TOKEN'))
  }
  return openDataFolder(resolve(terminal.cwd, folder))
}
