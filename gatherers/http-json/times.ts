// Times as services write them. Never guesses a time zone: RFC 3339 needs an offset, numbers count from the epoch.
import { fromIso, kept } from '../../core/clock.js'
import type { Micros } from '../../core/ids.js'

const withOffset = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)$/
const number = /^\d{1,16}(\.\d{1,9})?$/

/**
 * RFC 3339, or a number of the epoch: seconds below 10^11, milliseconds below 10^14, microseconds above (each of them
 * means a time between 1973 and 5138). Undefined where it is neither.
 */
export function timeOf(text: string): Micros | undefined {
  if (withOffset.test(text)) return fromIso(text)
  if (!number.test(text)) return undefined
  const value = Number(text)
  const unit = value < 1e11 ? 1_000_000 : value < 1e14 ? 1_000 : 1
  return kept(Math.round(value * unit))
}
