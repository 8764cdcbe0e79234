// Which entities come from outside by configuration. Patterns are names, or whole ids with the type, exact or ending in `*`.
import { parseNodeId } from '../model/node-id.js'

/** Whether the entity with this id comes from outside. */
export type IsExternal = (id: string) => boolean

export function createIsExternal(patterns: readonly string[]): IsExternal {
  const exact = new Set(patterns.filter((pattern) => !pattern.endsWith('*')))
  const prefixes = patterns.filter((pattern) => pattern.endsWith('*')).map((pattern) => pattern.slice(0, -1))
  if (patterns.length === 0) return () => false
  return (id) => {
    const { type, name } = parseNodeId(id) ?? { type: '', name: id }
    const full = `${type}:${name}`
    return exact.has(name) || exact.has(full) || prefixes.some((one) => name.startsWith(one) || full.startsWith(one))
  }
}
