// What commands that list share: the options that page, and how a page is drawn.
import type { Command } from 'commander'
import type { Page } from '../lineage/ports.js'
import { table } from './render/table.js'

export interface PageFlags {
  readonly limit?: string
  readonly cursor?: string
}

export function pageOptions(command: Command): Command {
  return command
    .option('--limit <items>', 'items at most (default: 100)')
    .option('--cursor <cursor>', 'the page after this one: what it says under `more`')
}

type Cells = Parameters<typeof table>[1][number]

export interface Columns<Item> {
  readonly names: readonly string[]
  readonly cells: (item: Item) => Cells
  /** said where there is no item */
  readonly none: string
}

export function drawPage<Item>({ items, cursor }: Page<Item>, { names, cells, none }: Columns<Item>): string {
  if (items.length === 0) return none
  return `${table(names, items.map(cells))}${cursor === null ? '' : `\n\nmore: --cursor ${cursor}`}`
}
