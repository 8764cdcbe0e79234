// W3C Trace Context (https://www.w3.org/TR/trace-context/): a valid `traceparent` is passed on untouched, else a new trace
// is started. Never changes a trace that it did not start.
import { randomFillSync } from 'node:crypto'

const versionOne = /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/
const later = /^(?!00|ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?$/

/** The trace id, 32 hexadecimal digits; undefined where the value is not a valid traceparent (section 3.2). */
export function traceIdOf(traceparent: string): string | undefined {
  const match = versionOne.exec(traceparent) ?? later.exec(traceparent)
  const trace = match?.[1]
  const parent = match?.[2]
  if (trace === undefined || parent === undefined) return undefined
  return isZero(trace) || isZero(parent) ? undefined : trace
}

function isZero(digits: string): boolean {
  for (let at = 0; at < digits.length; at++) if (digits.charCodeAt(at) !== 0x30) return false
  return true
}

export interface StartedTrace {
  readonly traceId: string
  readonly traceparent: string
}

const pool = Buffer.alloc(24 * 128)
let used = pool.length

/**
 * A new trace. Its sampled flag is set, since without a parent most tracers sample: a service must not go dark because
 * the gateway stands before it. Random bytes are drawn 128 traces at a time.
 */
export function startTrace(): StartedTrace {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const traceId = pool.toString('hex', used, used + 16)
  const parentId = pool.toString('hex', used + 16, used + 24)
  used += 24
  // all zeros is the one invalid value; one in 2^64
  if (isZero(traceId) || isZero(parentId)) return startTrace()
  return { traceId, traceparent: `00-${traceId}-${parentId}-01` }
}
