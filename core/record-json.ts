// Canonical JSON (RFC 8785) of an exchange record: the members are written in sorted order, so that one
// JSON.stringify gives the canonical form. Sorting at run time costs four times as much.
import type { ExchangeRecord } from './exchange.js'

/** The same text as `canonicalJson(record)`. */
export function recordJson(record: ExchangeRecord): string {
  const { claim, request, response, tenant } = record
  return JSON.stringify({
    claim: claim === null ? null : { agent: claim.agent, by: claim.by },
    endedAt: record.endedAt,
    error: record.error,
    gatherers: record.gatherers,
    headAt: record.headAt,
    id: record.id,
    kind: record.kind,
    mode: record.mode,
    outcome: record.outcome,
    peer: record.peer,
    phase: record.phase,
    references: record.references,
    request: {
      authority: request.authority,
      bytes: request.bytes,
      fields: request.fields,
      method: request.method,
      target: request.target,
    },
    response: response === null ? null : { bytes: response.bytes, fields: response.fields, status: response.status },
    route: record.route,
    service: record.service,
    serviceKind: record.serviceKind,
    startedAt: record.startedAt,
    tenant: { domain: tenant.domain, project: tenant.project },
    traceId: record.traceId,
  })
}
