// The `-o` option: the same answer as a table for people, or as JSON or YAML for programs.
import { Option } from 'commander'
import { stringify } from 'yaml'
import type { Terminal } from '../terminal.js'

export function formatOption(choices: readonly string[] = ['table', 'json', 'yaml']): Option {
  return new Option('-o, --output <format>', 'how the answer is written').choices(choices).default(choices[0])
}

/** JSON and YAML carry `value` as it is; anything else is drawn. */
export function print(terminal: Terminal, format: string, value: unknown, draw: () => string): void {
  terminal.out(`${rendered(format, value, draw)}\n`)
}

function rendered(format: string, value: unknown, draw: () => string): string {
  if (format === 'json') return JSON.stringify(value, null, 2)
  if (format === 'yaml') return stringify(plain(value), { lineWidth: 0 }).trimEnd()
  return draw()
}

/** What JSON would carry: drops undefined, applies toJSON. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null)) as unknown
}
