// Whether the name within a node's id has a part that somebody looks for, whatever the case, in every script.
import { parseNodeId } from '../model/node-id.js'

/** The same for texts that differ only in case; both ways, as some letters have two small ones (`σ`, `ς`). */
export function folded(text: string): string {
  return text.toLowerCase().toUpperCase()
}

/** `part`: folded. Neither type nor version count, and the name counts as it is, not as ids write it. */
export function nameHas(key: string, part: string): boolean {
  return folded(parseNodeId(key)?.name ?? '').includes(part)
}
