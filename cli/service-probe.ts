// What a service answers when the gateway would come to it: one HEAD for its URL, as the gateway speaks (HTTP/1.1, certificates
// verified), within a few seconds. Judges whether it can be spoken to, not what it answers; follows nothing.
import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import type { Finding } from './finding.js'

const defaultPatience = 3000

type Verdict = Pick<Finding, 'verdict' | 'detail'>

/** `patience`: milliseconds for connection and answer together. */
export function probeService(name: string, url: URL, patience = defaultPatience): Promise<Finding> {
  const asked = `HEAD ${url.pathname}`
  return new Promise((resolve) => {
    let connected = false
    const began = performance.now()
    const { request: open } = url.protocol === 'https:' ? https : http
    // one connection for this request: `Connection: close`
    const request = open(url, { method: 'HEAD', agent: false })
    const end = ({ verdict, detail }: Verdict): void => {
      clearTimeout(timer)
      request.on('error', () => undefined).destroy()
      resolve({ subject: `service ${name}`, verdict, detail: `${url.origin} ${detail}` })
    }
    const timer = setTimeout(() => end(silent(asked, connected, patience)), patience)
    request.once('socket', (socket) => socket.once('connect', () => (connected = true)))
    request.once('response', (response) => end(answered(response, asked, performance.now() - began)))
    request.once('upgrade', (response: IncomingMessage) => end(answered(response, asked, performance.now() - began)))
    request.once('error', (error) => end(failed(error, asked, connected)))
    request.end()
  })
}

function answered({ statusCode = 0, statusMessage }: IncomingMessage, asked: string, ms: number): Verdict {
  const status = [statusCode, statusMessage].filter((part) => part !== '').join(' ')
  return {
    verdict: statusCode < 500 ? 'ok' : 'warning',
    detail: `answers ${asked} with ${status} (${ms.toFixed(1)} ms)`,
  }
}

function silent(asked: string, connected: boolean, patience: number): Verdict {
  const within = `within ${patience / 1000} s`
  if (!connected) return { verdict: 'failure', detail: `did not answer ${within}` }
  return { verdict: 'warning', detail: `takes connections, but did not answer ${asked} ${within}` }
}

/** By OpenSSL's and Node's names for what is wrong with a certificate. */
const certificateFaults: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'leads to a root that is not trusted',
  UNABLE_TO_GET_ISSUER_CERT: 'has an issuer that is not known',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'has an issuer that is not known',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'has an issuer that is not known, or the service does not send it',
  CERT_UNTRUSTED: 'is not trusted',
  CERT_HAS_EXPIRED: 'has expired',
  CERT_NOT_YET_VALID: 'is not valid yet',
  CERT_REVOKED: 'is revoked',
  ERR_TLS_CERT_ALTNAME_INVALID: 'is for another host name',
}

const untrusted = /SELF_SIGNED|ISSUER|VERIFY_LEAF|UNTRUSTED/

function failed(error: NodeJS.ErrnoException, asked: string, connected: boolean): Verdict {
  const code = error.code ?? error.message
  const fault = certificateFaults[code]
  if (fault !== undefined) {
    const hint = untrusted.test(code) ? '; to trust its issuer, start with NODE_EXTRA_CA_CERTS=<its certificate>' : ''
    return { verdict: 'failure', detail: `has a certificate that ${fault} (${code})${hint}` }
  }
  if (!connected) return { verdict: 'failure', detail: `is not reachable: ${code}` }
  if (code.startsWith('HPE_')) return { verdict: 'failure', detail: `speaks no HTTP/1.1${insteadOf(error)} (${code})` }
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') {
    return { verdict: 'failure', detail: `speaks no TLS, or not as wanted (${code}): is it http://?` }
  }
  return { verdict: 'warning', detail: `takes connections, but broke off at ${asked} (${code})` }
}

const tlsAlert = 0x15

/** A service behind TLS answers a plain request with an alert. */
function insteadOf(error: Error): string {
  const { rawPacket } = error as { rawPacket?: Uint8Array }
  return rawPacket?.[0] === tlsAlert ? ', but TLS: is it https://?' : ''
}
