// Who an exchange's request comes from, as an agent. Never reads credentials: only the claim that was read from them.
import type { ExchangeRecord } from '../core/exchange.js'
import type { AgentRef, By } from '../lineage/model/fact.js'

export interface Caller {
  readonly agent: AgentRef
  readonly by: By
}

/** Undefined where the request makes no claim. An unverified claim is `asserted`. */
export function agentOf(record: ExchangeRecord): Caller | undefined {
  const { claim } = record
  if (claim === null) return undefined
  return { agent: { type: 'agent', id: claim.agent }, by: claim.by === 'asserted' ? 'asserted' : 'observed' }
}
