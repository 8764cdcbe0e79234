// How many more times an OPTIONS request may be forwarded (RFC 9110 section 7.6.2); TRACE never is.
import { fieldOf, type RawFields } from '../../core/exchange.js'

/** 0: whoever has it answers it. Undefined where the request does not say, or not in digits. */
export function forwardsLeft(method: string, fields: RawFields): number | undefined {
  if (method !== 'OPTIONS') return undefined
  const value = fieldOf(fields, 'max-forwards') ?? ''
  return /^\d{1,9}$/.test(value) ? Number(value) : undefined
}

/** Takes this hop off in `fields`, name, value, name, value… */
export function countForward(method: string, fields: string[]): void {
  const left = forwardsLeft(method, fields)
  if (left === undefined) return
  for (let at = 0; at < fields.length; at += 2) {
    if (fields[at]?.toLowerCase() === 'max-forwards') fields[at + 1] = String(left - 1)
  }
}
