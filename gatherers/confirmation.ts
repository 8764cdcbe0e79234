// Whether the service is known to have done what a request asked for. Gatherers believe nothing else.
import type { ExchangeRecord } from '../core/exchange.js'

/**
 * `confirmed`: the service answered. `refused`: the gateway answered and the service never saw the request.
 * `unknown`: the service may have done it, but nobody saw its answer.
 */
export type Confirmation = 'confirmed' | 'refused' | 'unknown'

/** Why there is nothing to tell where nothing was confirmed. */
export function unanswered(confirmation: 'refused' | 'unknown'): string {
  return confirmation === 'refused'
    ? 'the gateway answered it: the service never saw the request'
    : 'nobody saw the service’s answer'
}

/** Why there is nothing to tell of what the service did not do. */
export function answeredWith(status: number): string {
  return `the service answered ${status}`
}

const reachedService = new Set(['WB_UPSTREAM_TIMEOUT', 'WB_UPSTREAM_RESET', 'WB_UPSTREAM_INVALID', 'WB_RECORD_FAILED'])

export function confirmationOf({ response, error, outcome }: ExchangeRecord): Confirmation {
  // a stop refuses what is not under way, and breaks off what is
  if (error === 'WB_DRAINING') return outcome === 'refused' ? 'refused' : 'unknown'
  if (error !== null) return reachedService.has(error) ? 'unknown' : 'refused'
  return response === null ? 'unknown' : 'confirmed'
}
