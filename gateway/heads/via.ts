// `Via` (RFC 9110 section 7.6.3): one field line of ours after those that came, which stay as they are.

/** What `receivedBy` may be: a token, so that it needs no quoting and reveals no host name. */
export function isPseudonym(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(name)
}

/** `version`: of the message as received, e.g. `1.1`. */
export function viaValue(version: string, pseudonym: string): string {
  return `${version} ${pseudonym}`
}
