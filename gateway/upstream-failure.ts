// Names what went wrong on the way to an upstream by our error table. Knows Node's error codes, so that nobody else has to; never
// shows their messages, which quote OpenSSL and name files of its build.
import { WaybillError, type ErrorCode } from '../core/errors.js'
import type { ForwardFailure } from './forwarder.js'
import type { Service } from './route.js'

const byCode: Readonly<Record<string, ErrorCode>> = {
  ETIMEDOUT: 'WB_UPSTREAM_CONNECT_TIMEOUT',
  ECONNREFUSED: 'WB_UPSTREAM_REFUSED',
  ENOTFOUND: 'WB_UPSTREAM_REFUSED',
  EAI_AGAIN: 'WB_UPSTREAM_REFUSED',
  EHOSTUNREACH: 'WB_UPSTREAM_REFUSED',
  ENETUNREACH: 'WB_UPSTREAM_REFUSED',
  EADDRNOTAVAIL: 'WB_UPSTREAM_REFUSED',
  ENOENT: 'WB_UPSTREAM_REFUSED',
  EPROTO: 'WB_UPSTREAM_REFUSED',
}

const noTls = 'the TLS handshake failed (is it http://?)'

const broken: Readonly<Record<string, string>> = { ECONNRESET: 'connection reset', EPIPE: 'connection reset' }

const plain: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'the name does not resolve',
  EAI_AGAIN: 'the name does not resolve',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  ...broken,
  EPROTO: noTls,
  ERR_SSL_WRONG_VERSION_NUMBER: noTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: noTls,
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate leads to a root that is not trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate has an issuer that is not known',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate has an issuer that is not known',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host name',
}

/** `stood`: the connection stood, and what was sent over it may have had its effect. */
export function upstreamFailure(error: unknown, stood = false): ForwardFailure {
  const code = codeOf(error)
  if (stood) return { code: 'WB_UPSTREAM_RESET', reason: broken[code] ?? `the connection broke (${code || 'no code'})` }
  return { code: byCode[code] ?? classOf(code), reason: plain[code] ?? (code === '' ? 'the connection failed' : code) }
}

/** The answer for a failure before anything of the upstream's answer has gone out. */
export function errorOf({ code, reason }: ForwardFailure, service: Service): WaybillError {
  const { connect, head } = service.timeouts
  const afterMs = code === 'WB_UPSTREAM_CONNECT_TIMEOUT' ? connect : head
  return new WaybillError(code, { service: service.name, url: service.url.origin, reason, afterMs })
}

function classOf(code: string): ErrorCode {
  // a certificate that does not verify, a handshake that fails: no connection was made
  if (code.startsWith('ERR_TLS') || code.startsWith('ERR_SSL') || /CERT|LEAF_SIGNATURE/.test(code))
    return 'WB_UPSTREAM_REFUSED'
  return 'WB_UPSTREAM_RESET'
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  const own = (error as NodeJS.ErrnoException).code
  if (own !== undefined) return own
  // a name with several addresses, all of which failed
  if (error instanceof AggregateError) return codeOf(error.errors[0])
  return ''
}
