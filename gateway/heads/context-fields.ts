// Waybill's own fields on requests from outside. Only references (`Waybill-Exchange`) are read, and only their shape;
// every other `Waybill-*` field is dropped and counted, since anybody can write one.
import { parseExchangeId, type ExchangeId } from '../../core/ids.js'

export const maxReferences = 64

/** Bounded labels for the signal `contextFieldDropped`. */
export type DroppedContext = 'waybill-exchange' | 'waybill-execution' | 'disguised' | 'other'

/** Adds the well-formed references of one field's value to `into`; returns how many were dropped. */
export function addReferences(value: string, into: ExchangeId[]): number {
  let dropped = 0
  // a value that could hold more than is accepted is not split
  if (value.length > maxReferences * 40) return 1
  for (const part of value.split(',')) {
    const id = parseExchangeId(part.trim())
    if (id === undefined || into.length >= maxReferences) dropped++
    else if (!into.includes(id)) into.push(id)
  }
  return dropped
}

/** `name` in lower case. */
export function droppedLabel(name: string): DroppedContext {
  if (name === 'waybill-execution' || name === 'waybill-exchange') return name
  return name.startsWith('waybill_') ? 'disguised' : 'other'
}
