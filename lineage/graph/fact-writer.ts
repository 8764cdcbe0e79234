// The planned rows of facts into their tables, table by table, without those of leaves that the graph has already. What goes by
// a node goes in in the nodes' order: the rows of new ones then all lie at the table's end.
import type { SqlValue } from '../sqlite/driver.js'
import type { Ids } from './interning.js'
import { plannedTables, type Column, type Plan, type PlannedTable } from './plan.js'
import { createRows, type Into, type Rows } from './rows.js'

/** The ids of what a plan numbers. */
export interface PlanIds {
  readonly words: Ids
  readonly nodes: Ids
  /** undefined: nothing of that leaf is to be written */
  readonly leaves: readonly (number | undefined)[]
}

export interface FactWriter {
  /** Is in the tables when it returns. */
  write(plan: Plan, ids: PlanIds): void
  /** after a rollback */
  forget(): void
}

/** A leaf mentions a node at a time in one way once, however many of its facts do. */
const mayRepeat: readonly PlannedTable[] = ['alias', 'seen', 'digest', 'digest_seen']

export function createFactWriter(into: Into): FactWriter {
  const tables = (Object.keys(plannedTables) as PlannedTable[]).map((name) => {
    const columns = plannedTables[name]
    const rows = createRows(into, name, columns.length, mayRepeat.includes(name) ? 'IGNORE' : 'FAIL')
    return { name, rows, write: createTableWriter(rows, columns) }
  })
  return {
    write: (plan, ids) => {
      for (const { name, write } of tables) write(plan.rows[name], plan.texts, ids)
    },
    forget: () => {
      for (const { rows } of tables) rows.forget()
    },
  }
}

type WriteTable = (numbers: Float64Array, texts: readonly string[], ids: PlanIds) => void

function createTableWriter(rows: Rows, columns: readonly Column[]): WriteTable {
  const row: SqlValue[] = columns.map(() => null)
  const width = columns.filter((column) => column !== 'leaf').length + 1
  const byNode = columns[0] === 'node'
  return (numbers, texts, { words, nodes, leaves }) => {
    const order = byNode ? orderByNode(numbers, width, nodes) : undefined
    const count = numbers.length / width
    for (let index = 0; index < count; index += 1) {
      let at = width * (order === undefined ? index : (order[index] ?? 0) % mostSorted)
      const leaf = leaves[numbers[at] ?? 0]
      if (leaf === undefined) continue
      for (let place = 0; place < columns.length; place += 1) {
        const column = columns[place]
        if (column === 'leaf') {
          row[place] = leaf
          continue
        }
        const number = numbers[(at += 1)] ?? 0
        if (column === 'node') row[place] = nodes[number] ?? null
        else if (Number.isNaN(number)) row[place] = null
        else if (column === 'number') row[place] = number
        else row[place] = (column === 'word' ? words[number] : texts[number]) ?? null
      }
      rows.add(row)
    }
    rows.flush()
  }
}

const mostSorted = 2 ** 20

/** The places of rows, in their first node's order, in the lower 20 bits; undefined where they are too many for that. */
function orderByNode(numbers: Float64Array, width: number, nodes: Ids): Float64Array | undefined {
  const count = numbers.length / width
  if (count > mostSorted) return undefined
  const order = new Float64Array(count)
  for (let index = 0; index < count; index += 1) {
    order[index] = (nodes[numbers[index * width + 1] ?? 0] ?? 0) * mostSorted + index
  }
  return order.sort()
}
