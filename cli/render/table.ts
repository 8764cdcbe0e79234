// Rows as aligned columns, for people.
import { printable } from './printable.js'

export type Cell = string | number | boolean | null | undefined

/** Columns in capitals, two spaces between, no lines: easy to read and to `cut`. */
export function table(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const lines = [columns.map((column) => column.toUpperCase()), ...rows.map((row) => row.map(cellText))]
  const widths = columns.map((_, at) => Math.max(...lines.map((line) => widthOf(line[at] ?? ''))))
  return lines
    .map((line) =>
      line
        .map((cell, at) => padded(cell, widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** Names and values under one another; values of several lines are indented. */
export function properties(pairs: readonly (readonly [string, Cell])[]): string {
  const width = Math.max(0, ...pairs.map(([name]) => name.length))
  return pairs.map(([name, value]) => `${name.padEnd(width)}  ${cellText(value)}`).join('\n')
}

function cellText(cell: Cell): string {
  return cell === null || cell === undefined || cell === '' ? '-' : printable(String(cell))
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)))
}

function widthOf(text: string): number {
  return Array.from(text).length
}
