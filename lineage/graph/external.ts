// Which entities come from outside by configuration. Patterns are names, or whole ids with the type, exact or ending in `*`.
import { parseNodeId } from '../model/node-id.js'
import type { Reading } from './fact-edges.js'

/** Whether the entity comes from outside, by whichever of its ids. `node` is the row of one of them. */
export type IsExternal = (node: number, reading: Pick<Reading, 'classes' | 'nodes'>) => boolean

export function createIsExternal(patterns: readonly string[]): IsExternal {
  const exact = new Set(patterns.filter((pattern) => !pattern.endsWith('*')))
  const prefixes = patterns.filter((pattern) => pattern.endsWith('*')).map((pattern) => pattern.slice(0, -1))
  if (patterns.length === 0) return () => false
  const matches = (id: string): boolean => {
    const { type, name } = parseNodeId(id) ?? { type: '', name: id }
    const full = `${type}:${name}`
    return exact.has(name) || exact.has(full) || prefixes.some((one) => name.startsWith(one) || full.startsWith(one))
  }
  return (node, { classes, nodes }) => classes.of(node).members.some((member) => matches(nodes.get(member).key))
}
