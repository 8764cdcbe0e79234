// Reads the authority of a request, `host[:port]` (RFC 9110 section 7.2). Strict: user information, paths, percent
// encoding and other oddities that URL parsers disagree on are refused. Never resolves a name.
import { isIPv6 } from 'node:net'

export interface Authority {
  /** lower case, without port and without a trailing dot; IPv6 in brackets */
  readonly host: string
  /** decimal digits, or empty */
  readonly port: string
}

/** undefined where `text` is not a valid authority. */
export function parseAuthority(text: string): Authority | undefined {
  if (text.length === 0 || text.length > 261) return undefined
  if (text.startsWith('[')) return parseBracketed(text)
  const colon = text.indexOf(':')
  const host = colon < 0 ? text : text.slice(0, colon)
  const port = colon < 0 ? '' : text.slice(colon + 1)
  if (!isName(host) || !isPort(port)) return undefined
  const lower = host.toLowerCase()
  return { host: lower.endsWith('.') ? lower.slice(0, -1) : lower, port }
}

function parseBracketed(text: string): Authority | undefined {
  const close = text.indexOf(']')
  if (close < 0) return undefined
  const rest = text.slice(close + 1)
  if (rest !== '' && !rest.startsWith(':')) return undefined
  const address = text.slice(1, close)
  // a zone id is no part of an authority (RFC 9844)
  if (address.includes('%') || !isIPv6(address) || !isPort(rest.slice(1))) return undefined
  return { host: `[${address.toLowerCase()}]`, port: rest.slice(1) }
}

/** Letters, digits, `-`, `_`, `~` in labels between single dots; one trailing dot. */
function isName(host: string): boolean {
  if (host === '') return false
  let label = 0
  for (let at = 0; at < host.length; at++) {
    const code = host.charCodeAt(at)
    if (code === 0x2e) {
      if (label === 0) return false
      label = 0
    } else if (isNameCharacter(code)) label++
    else return false
  }
  return true
}

function isNameCharacter(code: number): boolean {
  const letter = code | 0x20
  if (letter >= 0x61 && letter <= 0x7a && code >= 0x41) return true
  if (code >= 0x30 && code <= 0x39) return true
  return code === 0x2d || code === 0x5f || code === 0x7e
}

function isPort(port: string): boolean {
  if (port.length > 5) return false
  for (let at = 0; at < port.length; at++) {
    const code = port.charCodeAt(at)
    if (code < 0x30 || code > 0x39) return false
  }
  return port === '' || Number(port) <= 65_535
}

/** The authority as records and forwarding fields name it. */
export function formatAuthority(authority: Authority): string {
  return authority.port === '' ? authority.host : `${authority.host}:${authority.port}`
}

/** That of a URL that names none; `protocol` with its colon, as URL gives it. */
export function defaultPort(protocol: string): number {
  return protocol === 'https:' ? 443 : 80
}
