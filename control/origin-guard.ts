// Decides whether a request may speak to the control plane at all: only under a name that is its own, and from no page of
// another origin. This is what stops DNS rebinding and cross-site requests. Pure; knows nothing of express.
import { WaybillError } from '../core/errors.js'
import type { RawFields } from '../core/exchange.js'

export interface GuardedRequest {
  /** request target as received */
  readonly target: string
  readonly fields: RawFields
}

export type OriginGuard = (request: GuardedRequest) => WaybillError | undefined

/** `hosts`: names besides loopback's, lower case, without port. */
export function createOriginGuard(hosts: readonly string[]): OriginGuard {
  const configured = new Set(hosts)
  const ours = (name: string) => isLoopbackName(name) || configured.has(name)
  return ({ target, fields }) => {
    if (!target.startsWith('/')) return refused('the target', 'that is not a path')
    const host = only(fields, 'host')
    const authority = host === undefined ? undefined : parseAuthority(host)
    if (authority === undefined || !ours(authority.name)) return refused('Host', host ?? '(none, or several)')
    const origins = valuesOf(fields, 'origin')
    if (origins.length === 0) return undefined
    const origin = origins.length === 1 ? parseOrigin(origins[0] ?? '') : undefined
    const same = origin !== undefined && origin.name === authority.name && origin.port === authority.port
    if (same || (origin !== undefined && configured.has(origin.name))) return undefined
    return refused('Origin', origins.join(', '))
  }
}

function refused(field: string, value: string): WaybillError {
  return new WaybillError('WB_FOREIGN_ORIGIN', { field, value: value.slice(0, 200) })
}

interface Authority {
  readonly name: string
  readonly port: string
}

const authorityShape = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?$/

function parseAuthority(text: string): Authority | undefined {
  const parts = authorityShape.exec(text.toLowerCase())
  return parts === null ? undefined : { name: (parts[1] ?? '').replace(/\.$/, ''), port: parts[2] ?? '' }
}

/** RFC 6454 section 7: `scheme://host[:port]`; `null` is no origin of ours. Default ports are left out by browsers. */
function parseOrigin(text: string): Authority | undefined {
  const authority = /^https?:\/\/([^/]+)$/.exec(text.toLowerCase())?.[1]
  return authority === undefined ? undefined : parseAuthority(authority)
}

export function isLoopbackName(name: string): boolean {
  return name === 'localhost' || name === '[::1]' || /^127(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/.test(name)
}

function only(fields: RawFields, name: string): string | undefined {
  const values = valuesOf(fields, name)
  return values.length === 1 ? values[0] : undefined
}

function valuesOf(fields: RawFields, name: string): readonly string[] {
  return fields.filter((_, at) => at % 2 === 1 && fields[at - 1]?.toLowerCase() === name)
}
